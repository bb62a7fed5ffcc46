import type { RefusalReason } from '../channel.ts';
import { describeStatus } from './protocol.ts';

/** What a non-zero command_status of an answer to submit_sm means for the message. */
export type StatusVerdict =
  | { verdict: 'retry'; retryAfterMs: number; throttles: boolean; error: string }
  | { verdict: 'refused'; reason: RefusalReason; error: string };

/** Statuses after which the same message may be tried again; a throttled line as a whole must slow down. SMPP 3.4 §5.1.3 */
const RETRY: Readonly<Record<number, { afterMs: number; throttles: boolean }>> = {
  0x04: { afterMs: 5_000, throttles: false }, // RINVBNDSTS: the SMSC forgot our bind
  0x08: { afterMs: 5_000, throttles: false }, // RSYSERR
  0x14: { afterMs: 5_000, throttles: true }, // RMSGQFUL
  0x58: { afterMs: 1_000, throttles: true }, // RTHROTTLED
  0x64: { afterMs: 5_000, throttles: false }, // RX_T_APPN
};

const REFUSAL_REASON: Readonly<Record<number, RefusalReason>> = {
  0x01: 'bad-content', // RINVMSGLEN
  0x02: 'bad-config', // RINVCMDLEN
  0x03: 'bad-config', // RINVCMDID: the account may not submit
  0x0a: 'bad-config', // RINVSRCADR: the sender name is not registered
  0x0b: 'bad-number', // RINVDSTADR
  0x15: 'bad-config', // RINVSERTYP
  0x43: 'bad-config', // RINVESMCLASS
  0x48: 'bad-config', // RINVSRCTON
  0x49: 'bad-config', // RINVSRCNPI
  0x50: 'bad-number', // RINVDSTTON
  0x51: 'bad-number', // RINVDSTNPI
  0x53: 'bad-config', // RINVSYSTYP
  0x62: 'bad-config', // RINVEXPIRY
  0x100: 'blocked', // RSERTYPUNAUTH
  0x101: 'blocked', // RPROHIBITED
  0x103: 'blocked', // RSERTYPDENIED
  0x104: 'bad-content', // RINVDCS
};

/** Bind statuses that pass by themselves: the SMSC is busy, or has not yet noticed that our last connection is gone. */
const PASSING_BIND_STATUS: readonly number[] = [0x05, 0x08, 0x14, 0x58, 0x64];

/** Judges the status of an answer to submit_sm; one that we do not know is a refusal in the provider's words. */
export function judgeSubmitStatus(status: number): StatusVerdict {
  const error = describeStatus(status);
  const retry = RETRY[status];
  if (retry !== undefined) {
    return { verdict: 'retry', retryAfterMs: retry.afterMs, throttles: retry.throttles, error };
  }
  return { verdict: 'refused', reason: REFUSAL_REASON[status] ?? 'other', error };
}

/** Whether a refused bind is worth an early retry; all others wait for a person to correct the line. */
export function isPassingBindStatus(status: number): boolean {
  return PASSING_BIND_STATUS.includes(status);
}
