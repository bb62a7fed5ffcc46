import type { Language } from '../../accounts/principal.ts';
import { withWords } from '../define-errors.ts';
import type { ProviderAnswer, ProviderFailure } from '../provider-answer.ts';
import { wahaError } from './errors.ts';

/** What a failed call means that only WAHA's own words tell; null where the status says it all. */
export type WahaFault = 'session-down' | 'no-session' | 'no-whatsapp' | 'restricted';

/** Reads WAHA's own words. */
export function wahaFaultOf(failure: ProviderFailure): WahaFault | null {
  const words = failure.words ?? '';
  // WAHA answers 422 before it does anything when the session is not WORKING.
  if (failure.status === 422 && /session status/i.test(words)) return 'session-down';
  // What WhatsApp's clients below WAHA say when a number has no account; WAHA passes it on as a 500.
  if (/No LID for user|not registered on whatsapp|number does not exist/i.test(words)) return 'no-whatsapp';
  // 463: WhatsApp does not let this account start chats now. Trying again makes it last longer.
  if (/server returned error 463|reach-?out.?time-?lock/i.test(words)) return 'restricted';
  return failure.status === 404 ? 'no-session' : null;
}

/** The answer, whose error then says what WAHA means. */
export function explainFailure(answer: ProviderAnswer, language: Language): ProviderAnswer {
  if (answer.type === 'success') return answer;
  const fault = wahaFaultOf(answer);
  return fault === null ? answer : { ...answer, error: withWords(wahaError(fault, language), answer.words, language) };
}
