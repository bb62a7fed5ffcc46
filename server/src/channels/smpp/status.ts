import type { Language } from '../../accounts/principal.ts';
import type { RefusalReason } from '../channel.ts';
import { smppError } from './errors.ts';
import { describeStatus } from './protocol.ts';

/** What a non-zero command_status of an answer to submit_sm means for the message. */
export type StatusVerdict =
  | { verdict: 'retry'; retryAfterMs: number; throttles: boolean; error: string }
  | { verdict: 'refused'; reason: RefusalReason; error: string };

/** Statuses after which the same message may be tried again; a throttled line as a whole must slow down. SMPP 3.4 §5.1.3 */
const RETRY: Readonly<Record<number, { afterMs: number; throttles: boolean }>> = {
  4: { afterMs: 5_000, throttles: false }, // RINVBNDSTS: the SMSC forgot our bind
  8: { afterMs: 5_000, throttles: false }, // RSYSERR
  20: { afterMs: 5_000, throttles: true }, // RMSGQFUL
  88: { afterMs: 1_000, throttles: true }, // RTHROTTLED
  100: { afterMs: 5_000, throttles: false }, // RX_T_APPN
};

type SubmitRefusal = 'bad-content' | 'bad-config' | 'bad-number' | 'blocked' | 'other';

const REFUSAL_REASON: Readonly<Record<number, SubmitRefusal>> = {
  1: 'bad-content', // RINVMSGLEN
  2: 'bad-config', // RINVCMDLEN
  3: 'bad-config', // RINVCMDID: the account may not submit
  10: 'bad-config', // RINVSRCADR: the sender name is not registered
  11: 'bad-number', // RINVDSTADR
  21: 'bad-config', // RINVSERTYP
  67: 'bad-config', // RINVESMCLASS
  72: 'bad-config', // RINVSRCTON
  73: 'bad-config', // RINVSRCNPI
  80: 'bad-number', // RINVDSTTON
  81: 'bad-number', // RINVDSTNPI
  83: 'bad-config', // RINVSYSTYP
  98: 'bad-config', // RINVEXPIRY
  256: 'blocked', // RSERTYPUNAUTH
  257: 'blocked', // RPROHIBITED
  259: 'blocked', // RSERTYPDENIED
  260: 'bad-content', // RINVDCS
};

const SENTENCES = {
  'bad-content': 'bad-content',
  'bad-config': 'bad-config',
  'bad-number': 'bad-number',
  blocked: 'blocked',
  other: 'refused',
} as const satisfies Record<SubmitRefusal, string>;

/** RINVSRCADR, RINVSRCTON, RINVSRCNPI: the provider does not know the sender of the line. */
const BAD_SENDER: readonly number[] = [0x0a, 0x48, 0x49];

/** RBINDFAIL, RINVPASWD, RINVSYSID: servers do not agree on which of them a wrong login is. */
const BAD_LOGIN: readonly number[] = [0x0d, 0x0e, 0x0f];

const ALREADY_BOUND = 0x05;

/** Bind statuses that pass by themselves: the SMSC is busy, or has not yet noticed that our last connection is gone. */
const PASSING_BIND_STATUS: readonly number[] = [0x05, 0x08, 0x14, 0x58, 0x64];

/** Judges the status of an answer to submit_sm; one that we do not know is a refusal in the provider's words. */
export function judgeSubmitStatus(status: number, language: Language): StatusVerdict {
  const words = { status: describeStatus(status) };
  const retry = RETRY[status];
  if (retry !== undefined) {
    const error = smppError(retry.throttles ? 'throttled' : 'busy', language, words);
    return { verdict: 'retry', retryAfterMs: retry.afterMs, throttles: retry.throttles, error };
  }
  const reason = REFUSAL_REASON[status] ?? 'other';
  const code = BAD_SENDER.includes(status) ? 'bad-sender' : SENTENCES[reason];
  return { verdict: 'refused', reason, error: smppError(code, language, words) };
}

/** What a refused bind means, and whom it is to be put right by. */
export function describeBindStatus(status: number, language: Language): string {
  const words = { status: describeStatus(status) };
  if (BAD_LOGIN.includes(status)) return smppError('bind-login', language, words);
  if (status === ALREADY_BOUND) return smppError('bind-twice', language, words);
  return smppError(isPassingBindStatus(status) ? 'bind-busy' : 'bind-refused', language, words);
}

/** Whether a refused bind is worth an early retry; all others wait for a person to correct the line. */
export function isPassingBindStatus(status: number): boolean {
  return PASSING_BIND_STATUS.includes(status);
}
