import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Texts } from '../accounts/principal.ts';
import { messageError } from '../messages/message-errors.ts';
import { defineErrors, withWords } from './define-errors.ts';
import { providerError } from './provider-errors.ts';

test('a fault is said in the language asked for, with its parameters as they are', () => {
  const speak = defineErrors({ silent: { ru: '{who} молчит {n} с', en: '{who} is silent for {n} s' } });
  expect(speak('silent', 'ru', { who: '$& {n}', n: 30 })).toBe('$& {n} молчит 30 с');
  expect(speak('silent', 'en', { who: 'WAHA', n: 1.5 })).toBe('WAHA is silent for 1.5 s');
});

test('words of a provider are quoted as they came; where there are none, nothing is quoted', () => {
  expect(withWords('Отказ', 'Bad $1', 'ru')).toBe('Отказ. Ответ: «Bad $1»');
  expect(withWords('Refused', null, 'en')).toBe('Refused');
});

/** The dictionary of each channel: what its `errors.ts` exports that speaks. */
async function dictionaries(): Promise<[string, Record<string, Texts>][]> {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const ofChannels = folders.map(async ({ name }): Promise<[string, Record<string, Texts>]> => {
    const exported: object = await import(join(import.meta.dirname, name, 'errors.ts'));
    const speaker = Object.values(exported).find((one) => typeof one === 'function');
    return [name, speaker.texts];
  });
  return [['any provider', providerError.texts], ['messages', messageError.texts], ...(await Promise.all(ofChannels))];
}

describe.each(await dictionaries())('the errors of %s', (_, texts) => {
  test('there are some', () => expect(Object.keys(texts)).not.toEqual([]));

  test.each(Object.entries(texts))('%s is a sentence in both languages, with the same parameters', (_code, text) => {
    const params = (sentence: string) => [...new Set(sentence.match(/\{\w+\}/g))].sort();
    expect(text.ru).toMatch(/[а-яё]{3}/i);
    expect(text.en).toMatch(/[a-z]{3}/i);
    expect(text.en).not.toMatch(/[а-яё]/i);
    expect(params(text.ru)).toEqual(params(text.en));
    for (const sentence of Object.values(text)) expect(sentence).not.toMatch(/[.\s]$|\s\s/);
  });
});
