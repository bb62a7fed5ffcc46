import type { Language } from '../../accounts/principal.ts';
import type { SendOutcome } from '../channel.ts';
import { smppError } from './errors.ts';
import type { RequestOutcome } from './session.ts';
import { judgeSubmitStatus } from './status.ts';
import type { SubmitFields } from './submit.ts';

/** What the parts of one message leave through. */
export interface PartSender {
  submit(fields: SubmitFields): Promise<RequestOutcome>;
  /** Slows the whole line down and tells for how long. */
  throttle(baseMs: number): number;
  relax(): void;
  /** Ends early when the connection does. */
  pause(ms: number): Promise<void>;
  normaliseId(id: string): string;
  language: Language;
  /** How long the rest of a begun message is tried. */
  restMs: number;
}

type PartOutcome =
  | { outcome: 'taken'; id: string }
  | { outcome: 'busy'; error: string; retryAfterMs: number }
  | Extract<SendOutcome, { outcome: 'refused' | 'not-sent' | 'uncertain' }>;

/**
 * Submits the parts one after the other. Before the first one is taken, anything that stops them leaves a message that
 * can be tried again as a whole. After that it cannot, so a busy SMSC is asked again for a while, and a stop for any
 * other reason is uncertain: the phone may show a piece, and nobody can take it back.
 */
export async function sendParts(
  submits: readonly SubmitFields[],
  messageId: string,
  sender: PartSender,
): Promise<SendOutcome> {
  const parts: string[] = [];
  for (const [index, fields] of submits.entries()) {
    const part = index === 0 ? await submitPart(fields, sender) : await submitPatiently(fields, sender);
    if (part.outcome !== 'taken') {
      return concludeEarly(part, parts, submits.length, sender.language);
    }
    // Some SMSCs give no id when receipts are off for the account. The message left all the same.
    parts.push(part.id === '' ? `${messageId}/${index + 1}` : part.id);
  }
  const [providerId = messageId] = parts;
  return parts.length > 1 ? { outcome: 'accepted', providerId, parts } : { outcome: 'accepted', providerId };
}

async function submitPatiently(fields: SubmitFields, sender: PartSender): Promise<PartOutcome> {
  const deadline = Date.now() + sender.restMs;
  let part = await submitPart(fields, sender);
  while (part.outcome === 'busy' && Date.now() + part.retryAfterMs < deadline) {
    await sender.pause(part.retryAfterMs);
    part = await submitPart(fields, sender);
  }
  return part;
}

async function submitPart(fields: SubmitFields, sender: PartSender): Promise<PartOutcome> {
  const answer = await sender.submit(fields);
  if (answer.type === 'not-written') {
    return { outcome: 'not-sent', error: answer.error };
  }
  if (answer.type === 'no-answer') {
    return { outcome: 'uncertain', error: answer.error };
  }
  if (answer.status === 0) {
    sender.relax();
    return { outcome: 'taken', id: sender.normaliseId(answer.messageId) };
  }
  const verdict = judgeSubmitStatus(answer.status, sender.language);
  if (verdict.verdict === 'refused') {
    return { outcome: 'refused', reason: verdict.reason, error: verdict.error };
  }
  const retryAfterMs = verdict.throttles ? sender.throttle(verdict.retryAfterMs) : verdict.retryAfterMs;
  return { outcome: 'busy', error: verdict.error, retryAfterMs };
}

function concludeEarly(
  part: Exclude<PartOutcome, { outcome: 'taken' }>,
  parts: string[],
  total: number,
  language: Language,
): SendOutcome {
  if (parts.length === 0) {
    return part.outcome === 'busy' ? { ...part, outcome: 'not-sent' } : part;
  }
  const error = smppError('part', language, { taken: parts.length, total, error: part.error });
  return part.outcome === 'refused' ? { ...part, error } : { outcome: 'uncertain', error, parts };
}
