import type { Language } from '../../accounts/principal.ts';
import type { ReceiptEvent, ReceiptStatus } from '../channel.ts';
import { smppError } from './errors.ts';

/**
 * How the ids of receipts relate to those of answers to submit_sm: written alike, or one of the two in hexadecimal and the
 * other in decimal, as some SMSCs do (jsmpp's own simulator is one).
 */
export type MessageIdFormat = 'same' | 'hex-answer' | 'hex-receipt';

/** A receipt as it came: the text of deliver_sm and the two fields that SMPP 3.4 knows for it. */
export interface RawReceipt {
  text: string;
  receiptedMessageId: string | null;
  messageState: number | null;
}

/** States by their names in the text, short as the specification writes them and long as some SMSCs do. */
const STATUS_OF_STATE: Readonly<Record<string, ReceiptStatus>> = {
  SCHEDULED: 'accepted',
  ENROUTE: 'accepted',
  BUFFRED: 'accepted',
  BUFFERED: 'accepted',
  ACCEPTD: 'accepted',
  ACCEPTED: 'accepted',
  // "In an invalid state" by the specification: nothing is known about delivery, and a failure would be a guess.
  UNKNOWN: 'accepted',
  DELIVRD: 'delivered',
  DELIVERED: 'delivered',
  EXPIRED: 'failed',
  DELETED: 'failed',
  UNDELIV: 'failed',
  UNDELIVERABLE: 'failed',
  UNDELIVERED: 'failed',
  REJECTD: 'failed',
  REJECTED: 'failed',
  SKIPPED: 'failed',
};

/** message_state by number, SMPP 3.4 §5.2.28; 0 and 9 come from SMPP 5.0. */
const STATE_OF_NUMBER = [
  'SCHEDULED',
  'ENROUTE',
  'DELIVRD',
  'EXPIRED',
  'DELETED',
  'UNDELIV',
  'ACCEPTD',
  'UNKNOWN',
  'REJECTD',
  'SKIPPED',
];

/** Makes an event of a receipt, or null when it names no message or no state; a failure is said in `language`. */
export function parseReceipt(raw: RawReceipt, format: MessageIdFormat, language: Language): ReceiptEvent | null {
  const fields = readFields(raw.text);
  const providerId = pickProviderId(fields.get('id') ?? null, raw.receiptedMessageId, format);
  const state = pickState(fields.get('stat') ?? null, raw.messageState);
  if (providerId === null || state === null) {
    return null;
  }
  const status = STATUS_OF_STATE[state] ?? 'accepted';
  // "done date" has no time zone by the specification, and SMSCs write their local one: no time is better than a wrong one.
  const event: ReceiptEvent = {
    type: 'receipt',
    eventKey: `${providerId}:${state}`,
    providerId,
    status,
    occurredAt: null,
  };
  return status === 'failed' ? { ...event, error: describeFailure(state, fields.get('err'), language) } : event;
}

/** The form in which an id of an answer to submit_sm is kept and compared. */
export function normaliseAnswerId(id: string, format: MessageIdFormat): string {
  return format === 'hex-answer' ? hexToDecimal(id) : normaliseId(id);
}

function normaliseReceiptId(id: string, format: MessageIdFormat): string {
  return format === 'hex-receipt' ? hexToDecimal(id) : normaliseId(id);
}

/** Case and leading zeros mean nothing in a number; an id of another make is left alone. */
function normaliseId(id: string): string {
  const trimmed = id.trim();
  return /^[0-9a-f]+$/i.test(trimmed) ? stripZeros(trimmed.toLowerCase()) : trimmed;
}

function hexToDecimal(id: string): string {
  const digits = id.trim().replace(/^0x/i, '');
  return /^[0-9a-f]+$/i.test(digits) ? BigInt(`0x${digits}`).toString() : normaliseId(id);
}

function stripZeros(digits: string): string {
  return digits.replace(/^0+(?=.)/, '');
}

/**
 * The field repeats the id of the answer as it was, so it is the better one where ids are written alike; where they are
 * not, it is the text whose form the setting describes.
 */
function pickProviderId(textId: string | null, fieldId: string | null, format: MessageIdFormat): string | null {
  const fromField = fieldId === null || fieldId === '' ? null : normaliseAnswerId(fieldId, format);
  const fromText = textId === null ? null : normaliseReceiptId(textId, format);
  return format === 'same' ? (fromField ?? fromText) : (fromText ?? fromField);
}

function pickState(textState: string | null, messageState: number | null): string | null {
  const fromText = textState?.toUpperCase() ?? null;
  if (fromText !== null && fromText in STATUS_OF_STATE) {
    return fromText;
  }
  return (messageState === null ? null : STATE_OF_NUMBER[messageState]) ?? fromText;
}

/** `text:` repeats the customer's words, which may look like fields: nothing after it counts, unless it comes first. */
function readFields(text: string): Map<string, string> {
  const head = text.split(/\btext\s*:/i)[0] ?? '';
  const fields = matchFields(head);
  return fields.has('id') || fields.has('stat') ? fields : matchFields(text);
}

function matchFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/\b(id|stat|err)\s*:\s*([^\s:]+)/gi)) {
    const key = name.toLowerCase();
    if (!fields.has(key)) {
      fields.set(key, value);
    }
  }
  return fields;
}

const FAILURES: Readonly<Record<string, 'expired' | 'rejected' | 'deleted'>> = {
  EXPIRED: 'expired',
  REJECTD: 'rejected',
  REJECTED: 'rejected',
  DELETED: 'deleted',
  SKIPPED: 'deleted',
};

function describeFailure(state: string, error: string | undefined, language: Language): string {
  const words = error === undefined || /^0+$/.test(error) ? state : `${state} (err ${error})`;
  return smppError(FAILURES[state] ?? 'undelivered', language, { words });
}
