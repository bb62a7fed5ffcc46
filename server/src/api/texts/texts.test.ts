import { describe, expect, it } from 'vitest';
import * as en from './en.ts';
import * as ru from './ru.ts';
import { pickLanguage } from './texts.ts';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const allOf = (texts: typeof en) => ({
  ...Object.fromEntries(Object.entries(texts.fields)),
  ...Object.fromEntries(
    Object.entries(texts.problems).map(([code, text]) => [`problem ${code}`, `${text.title}|${text.detail ?? ''}`]),
  ),
});

describe('the texts', () => {
  it('have the same codes and parameters in both languages', () => {
    const [russian, english] = [allOf(ru as unknown as typeof en), allOf(en)];
    expect(Object.keys(english).sort()).toEqual(Object.keys(russian).sort());
    for (const [code, text] of Object.entries(russian)) {
      expect([code, placeholders(english[code] ?? '')]).toEqual([code, placeholders(text)]);
    }
  });

  it.each([
    [undefined, 'ru', 'ru'],
    ['en', 'ru', 'en'],
    ['en-US,en;q=0.9', 'ru', 'en'],
    ['de', 'en', 'en'],
    ['en;q=0.3, ru;q=0.7', 'en', 'ru'],
    ['en;q=0', 'ru', 'ru'],
    ['*', 'ru', 'ru'],
  ] as const)('of %s, with %s otherwise, are in %s', (header, otherwise, language) => {
    expect(pickLanguage(header, otherwise)).toBe(language);
  });
});
