import type { Texts } from '../../accounts/principal.ts';

/** What the doctor found in one place: a problem keeps leads from being answered, a warning may. */
export interface Finding {
  level: 'ok' | 'warning' | 'problem';
  texts: Texts;
}

export function fine(ru: string, en: string): Finding {
  return { level: 'ok', texts: { ru, en } };
}

/** `ru` and `en` say what is wrong and what to do. */
export function warning(ru: string, en: string): Finding {
  return { level: 'warning', texts: { ru, en } };
}

/** `ru` and `en` say what is wrong and what to do. */
export function problem(ru: string, en: string): Finding {
  return { level: 'problem', texts: { ru, en } };
}
