import type { Language, Texts } from '../accounts/principal.ts';

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

type ParamsOf<Text extends string> = [NamesIn<Text>] extends [never]
  ? []
  : [params: Record<NamesIn<Text>, string | number>];

/** Says a fault in the language of a workspace; the placeholders of its sentences are its parameters. */
export interface ErrorSpeaker<Dictionary extends Record<string, Texts>> {
  <Code extends keyof Dictionary>(
    code: Code,
    language: Language,
    ...params: ParamsOf<Dictionary[Code][Language]>
  ): string;
  readonly texts: Dictionary;
}

/**
 * Makes a dictionary of faults speak. A sentence says what happened and what the operator can do; it stands beside a message or
 * a line long after, so it promises nothing ("is tried again") that may be over by then. Words of a provider are quoted as they came.
 */
export function defineErrors<const Dictionary extends Record<string, Texts>>(
  texts: Dictionary,
): ErrorSpeaker<Dictionary> {
  const speak = (code: keyof Dictionary, language: Language, params: Record<string, string | number> = {}) =>
    (texts[code] as Texts)[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
  return Object.assign(speak, { texts });
}

const ANSWER: Texts = { ru: '. Ответ: «{words}»', en: '. Its answer: “{words}”' };

/** The sentence with the provider's own words behind it, where there are any. */
export function withWords(sentence: string, words: string | null, language: Language): string {
  return words === null ? sentence : sentence + ANSWER[language].replace('{words}', () => words);
}
