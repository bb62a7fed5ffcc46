import type { ReceiptStatus, RefusalReason, SendOutcome } from '../channels/channel.ts';

/**
 * The life of a message.
 *
 * `queued` waits for its line → `sending`: the intent is committed, the call may be under way → `accepted` by the provider →
 * `delivered` → `read`; or `refused` (it will never work), `failed` (given up, or the provider said so later), `uncertain` (it
 * left and nobody knows), `cancelled` (the lead left the stage before it was sent).
 * Receipts only raise the rank; they may come before the answer to the send, twice and out of order.
 */
export const MESSAGE_STATUSES = [
  'queued',
  'sending',
  'accepted',
  'delivered',
  'read',
  'refused',
  'failed',
  'uncertain',
  'cancelled',
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

const NEXT: Record<MessageStatus, readonly MessageStatus[]> = {
  // Accepted or refused without a call: the late answer to an attempt that a look-up had not found.
  queued: ['sending', 'cancelled', 'failed', 'accepted', 'delivered', 'read', 'refused'],
  sending: ['queued', 'accepted', 'delivered', 'read', 'refused', 'failed', 'uncertain'],
  uncertain: ['queued', 'accepted', 'delivered', 'read', 'failed', 'refused', 'cancelled'],
  accepted: ['delivered', 'read', 'failed'],
  // A provider may call a message failed and deliver it after all.
  failed: ['delivered', 'read'],
  delivered: ['read'],
  read: [],
  refused: ['delivered', 'read'],
  cancelled: ['delivered', 'read'],
};

/** Whether a message may go from one status to the other. */
export function mayBecome(from: MessageStatus, to: MessageStatus): boolean {
  return NEXT[from].includes(to);
}

/** The statuses from which this one can be reached; what an update may ask for in its `where`. */
export function statusesBefore(to: MessageStatus): MessageStatus[] {
  return MESSAGE_STATUSES.filter((from) => mayBecome(from, to));
}

/** Whether nothing more is expected of the sending itself. */
export function isSettled(status: MessageStatus): boolean {
  return status !== 'queued' && status !== 'sending' && status !== 'uncertain';
}

/** The status that an outcome of a send gives the message. */
export function statusOfOutcome(outcome: SendOutcome['outcome']): MessageStatus {
  const statuses = { accepted: 'accepted', refused: 'refused', 'not-sent': 'queued', uncertain: 'uncertain' } as const;
  return statuses[outcome];
}

/** What a robot's result `sent` says of a message. */
export type Sent = 'Y' | 'N' | 'NW' | 'E' | 'U';

/** `sent` of a settled message; Y means that the provider accepted it. */
export function sentOf(status: MessageStatus, reason: string | null): Sent {
  if (status === 'accepted' || status === 'delivered' || status === 'read') return 'Y';
  if (status === 'uncertain' || status === 'sending') return 'U';
  if (status === 'refused') return (reason as RefusalReason) === 'no-whatsapp' ? 'NW' : 'N';
  return status === 'cancelled' ? 'N' : 'E';
}

const WEIGHT: Record<Sent, number> = { Y: 4, U: 3, E: 2, NW: 1, N: 0 };

/** `sent` of a step with several messages: one that arrived counts, then the doubt, then the error. */
export function sentOfAll(each: readonly Sent[]): Sent {
  return each.reduce<Sent>((best, sent) => (WEIGHT[sent] > WEIGHT[best] ? sent : best), each[0] ?? 'E');
}

const RANK: Record<ReceiptStatus, number> = { accepted: 1, failed: 2, delivered: 3, read: 4 };

/** The status of a message in several parts: the lowest of all, and failed as soon as one failed. */
export function statusOfParts(parts: readonly ReceiptStatus[]): ReceiptStatus {
  if (parts.includes('failed')) return 'failed';
  return parts.reduce<ReceiptStatus>((lowest, part) => (RANK[part] < RANK[lowest] ? part : lowest), 'read');
}
