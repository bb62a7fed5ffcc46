import type { Results } from '../robots/kind.ts';

/** What an ended step says of the question whether the lead got an answer. */
export type Answer = 'answered' | 'silent' | null;

const SILENT = new Set(['E', 'U', 'NW', 'N']);

/**
 * A run in which some step is silent and none answered flags its lead «без ответа». A message that the provider took answers.
 * A check or a send that ended in E or U is silent, so is a send that was refused, and a send that was skipped because what its
 * condition compared was empty, E or U: nobody decided not to write, the answer just was not there.
 */
export function answerOf(step: {
  sends: boolean;
  status: 'done' | 'skipped' | 'failed';
  results: Results;
  compared: readonly { actual: unknown }[];
}): Answer {
  if (step.status === 'skipped')
    return step.sends && step.compared.some((one) => isDoubt(one.actual)) ? 'silent' : null;
  if (step.results.sent === 'Y') return 'answered';
  if (step.sends) return step.status === 'failed' || SILENT.has(step.results.sent ?? '') ? 'silent' : null;
  return step.results.exists === 'E' ? 'silent' : null;
}

function isDoubt(actual: unknown): boolean {
  return actual === null || actual === undefined || actual === '' || actual === 'E' || actual === 'U';
}
