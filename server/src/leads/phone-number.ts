import { type CountryCode, isSupportedCountry, ParseError, parsePhoneNumberWithError } from 'libphonenumber-js/max';
import { fail, ok, type Result } from '../lib/result.ts';

export type PhoneProblem =
  | 'phone.empty'
  /** Holds something else than a number: letters, an e-mail, two numbers. */
  | 'phone.not-a-number'
  | 'phone.too-short'
  | 'phone.too-long'
  /** Of the right length, but no such range is in use. */
  | 'phone.invalid'
  /** 7,9E+10: a spreadsheet has rounded the number away. */
  | 'phone.rounded';

const MAX_LENGTH = 100;
const CACHE_SIZE = 2_000;
/** People write «тел. 8 900 …» into a cell. */
const LABEL = /^(?:тел(?:ефон)?|моб(?:ильный)?|т|tel|phone|mob)[.:\s]+/i;
const ROUNDED = /^\d[.,]?\d*e\+?\d+$/i;

/** Numbers seen last, oldest first: the same few forms come again within an import and from one form of a site. */
const cache = new Map<string, Result<string, PhoneProblem>>();

/**
 * Reads a number the way people of the country write it and gives it as E.164. An extension is dropped, since neither
 * WhatsApp nor SMS knows one.
 */
export function parsePhone(raw: string, country: string): Result<string, PhoneProblem> {
  if (raw.length > MAX_LENGTH) return fail('phone.not-a-number');
  const key = `${country} ${raw}`;
  const known = cache.get(key);
  if (known) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const result = readNumber(raw.normalize('NFKC').trim().replace(LABEL, ''), country);
  cache.set(key, result);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  return result;
}

function readNumber(text: string, country: string): Result<string, PhoneProblem> {
  if (text === '') return fail('phone.empty');
  if (ROUNDED.test(text)) return fail('phone.rounded');
  try {
    const options = isSupportedCountry(country)
      ? { defaultCountry: country as CountryCode, extract: false }
      : { extract: false };
    const phone = parsePhoneNumberWithError(text, options);
    return phone.isValid() ? ok(phone.number) : fail(lengthProblem(phone.isPossible(), phone.nationalNumber.length));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return fail(problemOf(error.message));
  }
}

function lengthProblem(isPossible: boolean, digits: number): PhoneProblem {
  if (isPossible) return 'phone.invalid';
  return digits < 10 ? 'phone.too-short' : 'phone.too-long';
}

function problemOf(message: string): PhoneProblem {
  if (message === 'TOO_SHORT') return 'phone.too-short';
  if (message === 'TOO_LONG') return 'phone.too-long';
  return 'phone.not-a-number';
}
