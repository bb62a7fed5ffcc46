import type { Language } from '../accounts/principal.ts';
import type { HttpOutcome } from '../lib/http.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import type { CheckOutcome, LookUpOutcome, SendOutcome } from './channel.ts';
import { withWords } from './define-errors.ts';
import { providerError } from './provider-errors.ts';

/**
 * Whose fault a failed call is, decided in one place for all providers over HTTP. An adapter reads its provider's own
 * words first (a known error text can tell more than a status) and leaves the rest to this.
 */

export interface ProviderSuccess {
  type: 'success';
  status: number;
  json: unknown;
}

export type ProviderFailure = {
  /** For people, in the language of the workspace. */
  error: string;
  /** What the provider itself said of it, as it came; null when it said nothing. */
  words: string | null;
  json: unknown;
  retryAfterMs: number | null;
} & (
  | {
      /**
       * `unreachable`: nothing left. `lost`: it left, and no answer came. `throttled`: turned away, to be tried later.
       * `misconfigured`: the line's address or key is wrong, the message is not. `rejected`: our request is wrong.
       * `broken`: the host failed while it had the request.
       */
      type: 'unreachable' | 'lost';
      status: null;
    }
  | { type: 'throttled' | 'misconfigured' | 'rejected' | 'broken'; status: number }
);

export type ProviderAnswer = ProviderSuccess | ProviderFailure;

/** Sorts what came of a call to `provider`, a name to begin a sentence with, and says a failure in `language`. */
export function readProviderAnswer(outcome: HttpOutcome, provider: string, language: Language): ProviderAnswer {
  if (outcome.type !== 'answer') {
    const error = providerError(outcome.fault, language, { provider, words: outcome.error });
    const type = outcome.type === 'not-sent' ? 'unreachable' : 'lost';
    return { type, status: null, error, words: null, json: undefined, retryAfterMs: null };
  }
  const { status, json } = outcome;
  if (status >= 200 && status < 300) return { type: 'success', status, json };
  const type = faultOf(status);
  const words = errorText(json) ?? (outcome.body.trim().slice(0, 200) || null);
  const error = withWords(providerError(sentenceOf(status, type), language, { provider, status }), words, language);
  return { type, status, error, words, json, retryAfterMs: retryAfterMs(outcome.headers) };
}

const SENTENCES = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found' } as const;

function sentenceOf(status: number, type: ReturnType<typeof faultOf>) {
  if (type !== 'misconfigured') return type;
  return SENTENCES[status as keyof typeof SENTENCES] ?? 'misdirected';
}

/** A redirect, an unknown path and a refused key are all answered before a provider looks at the message. */
const misconfigured = new Set([401, 403, 404, 405]);

function faultOf(status: number): 'throttled' | 'misconfigured' | 'rejected' | 'broken' {
  if (status === 429) return 'throttled';
  if (misconfigured.has(status) || status < 400) return 'misconfigured';
  // 408 says that the host gave up waiting for the request; how much of it was acted upon is not known.
  return status >= 500 || status === 408 ? 'broken' : 'rejected';
}

/** A failed send by the rule for all: what certainly did not leave may be tried again, what may have left may not. */
export function failedSend(failure: ProviderFailure): SendOutcome {
  const { error } = failure;
  if (failure.type === 'rejected') return { outcome: 'refused', reason: 'other', error };
  if (failure.type === 'lost' || failure.type === 'broken') return { outcome: 'uncertain', error };
  return { outcome: 'not-sent', error, ...waitOf(failure) };
}

/** A failed check: never `no`. Only a request that the provider calls wrong is not worth a second try. */
export function failedCheck(failure: ProviderFailure): CheckOutcome {
  return { outcome: 'error', retry: failure.type !== 'rejected', error: failure.error, ...waitOf(failure) };
}

/** A failed look-up tells nothing about the message. */
export function failedLookUp(failure: ProviderFailure): LookUpOutcome {
  return { outcome: 'unknown', error: failure.error };
}

function waitOf(failure: ProviderFailure): { retryAfterMs?: number } {
  return failure.retryAfterMs === null ? {} : { retryAfterMs: failure.retryAfterMs };
}

/** Where the error's text usually is: `message`, `error`, `exception.message`; strings or lists of them. */
function errorText(json: unknown): string | null {
  if (typeof json === 'string') return json.slice(0, 300);
  if (Array.isArray(json)) return json.map(errorText).filter(Boolean).join('; ').slice(0, 300) || null;
  if (typeof json !== 'object' || json === null) return null;
  const fields = json as Record<string, unknown>;
  return errorText(fields['message']) ?? errorText(fields['exception']) ?? errorText(fields['error']);
}
