import { type ApiError, conflict } from './problem.ts';

/** 409: robots of these stages name it. */
export function inUse(stages: readonly string[]): ApiError {
  const by = stages.map((name) => `«${name}»`).join(', ');
  return conflict('in-use', { by }, [
    {
      path: 'params.id',
      code: 'in-use',
      message: { ru: `Это используют роботы стадий: ${by}`, en: `Robots of these stages use it: ${by}` },
    },
  ]);
}
