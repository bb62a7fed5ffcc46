import type { Language } from '../../accounts/principal.ts';
import * as en from './en.ts';
import * as ru from './ru.ts';

/** Stable codes of problem documents and of what is wrong with one value: clients may rely on them. */
export type ProblemCode = keyof typeof ru.problems;
export type FieldCode = keyof typeof ru.fields;

export type TextParams = Record<string, string | number>;

const TEXTS: Record<Language, { problems: ru.ProblemTexts; fields: ru.FieldTexts }> = { ru, en };

/** Title and detail of a problem; the detail is null when a parameter it needs is not there. */
export function problemText(
  code: ProblemCode,
  params: TextParams,
  language: Language,
): { title: string; detail: string | null } {
  const text = TEXTS[language].problems[code];
  return { title: text.title, detail: text.detail === undefined ? null : fillText(text.detail, params) };
}

/** What is wrong with a value, in words. */
export function fieldText(code: FieldCode, params: TextParams, language: Language): string {
  return fillText(TEXTS[language].fields[code], params) ?? TEXTS[language].fields['invalid-value'];
}

/** Whether a text names a field code of the dictionary. */
export function isFieldCode(text: unknown): text is FieldCode {
  return typeof text === 'string' && Object.hasOwn(ru.fields, text);
}

/**
 * The language of an `Accept-Language` header; `otherwise` when it prefers neither of ours.
 * https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
 */
export function pickLanguage(header: string | undefined, otherwise: Language): Language {
  if (!header) return otherwise;
  let best: { language: Language; quality: number } | null = null;
  for (const part of header.slice(0, 500).split(',')) {
    const [range = '', ...params] = part.trim().toLowerCase().split(';');
    const language = range.split('-')[0];
    const quality = Number(
      params
        .find((param) => param.trim().startsWith('q='))
        ?.trim()
        .slice(2) ?? 1,
    );
    if ((language === 'ru' || language === 'en') && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language ?? otherwise;
}

function fillText(text: string, params: TextParams): string | null {
  let complete = true;
  const filled = text.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = params[name];
    if (value === undefined) complete = false;
    return String(value);
  });
  return complete ? filled : null;
}
