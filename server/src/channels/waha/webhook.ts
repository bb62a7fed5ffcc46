import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Language } from '../../accounts/principal.ts';
import type { ChannelEvent, LineHealth, LineState, WebhookRequest, WebhookVerdict } from '../channel.ts';
import { withWords } from '../define-errors.ts';
import { wahaError } from './errors.ts';
import { bareMessageId, phoneOf, statusOfAck } from './message-id.ts';
import { AckPayload, MessagePayload, SessionPayload, type WahaConfig, WebhookBody } from './schema.ts';

/** Verifies and reads one event of WAHA. https://waha.devlike.pro/docs/how-to/events/ */
export function parseWahaWebhook(config: WahaConfig, request: WebhookRequest, language: Language): WebhookVerdict {
  if (config.webhookSecret !== null && !isSigned(config.webhookSecret, request))
    return { ok: false, error: wahaError('bad-signature', language) };
  const body = WebhookBody.safeParse(parseJson(request.rawBody));
  if (!body.success) return { ok: false, error: wahaError('not-an-event', language) };
  // One webhook may be set for a whole WAHA; what other sessions tell is not about this line.
  if (body.data.session !== config.session) return { ok: true, events: [] };
  const event = readEvent(body.data, language);
  return { ok: true, events: event ? [event] : [] };
}

/** The line's health by the session's status; a status of a later WAHA is unknown. */
export function healthOfSession(status: string, language: Language): LineHealth {
  const state = sessionStates[status] ?? 'unknown';
  return { state, detail: state === 'working' ? null : wahaError(`session-${state}`, language, { status }) };
}

const sessionStates: Record<string, LineState> = {
  STOPPED: 'offline',
  STARTING: 'connecting',
  SCAN_QR_CODE: 'scan',
  PASSKEY_REQUIRED: 'scan',
  PASSKEY_CONFIRMATION_REQUIRED: 'scan',
  WORKING: 'working',
  FAILED: 'failed',
};

/** Hex HMAC-SHA512 over the bytes as they came, compared in constant time. */
function isSigned(secret: string, request: WebhookRequest): boolean {
  const algorithm = request.headers['x-webhook-hmac-algorithm'];
  if (algorithm !== undefined && algorithm.toLowerCase() !== 'sha512') return false;
  const given = Buffer.from(request.headers['x-webhook-hmac'] ?? '', 'hex');
  const expected = createHmac('sha512', secret).update(request.rawBody).digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function readEvent(body: WebhookBody, language: Language): ChannelEvent | null {
  if (body.event === 'message.ack') return readAck(body, language);
  if (body.event === 'session.status') return readSessionStatus(body, language);
  return body.event === 'message' ? readMessage(body) : null;
}

function readAck(body: WebhookBody, language: Language): ChannelEvent | null {
  const payload = AckPayload.safeParse(body.payload);
  // Acks of the client's messages tell that we read them.
  if (!payload.success || payload.data.fromMe === false) return null;
  const { ack, error, id } = payload.data;
  const providerId = bareMessageId(id);
  const status = statusOfAck(ack);
  const occurredAt = timeOf(body);
  const eventKey = body.id ?? `${providerId}:${ack}`;
  if (status !== 'failed') return { type: 'receipt', eventKey, providerId, status, occurredAt };
  const isRestricted = error?.code === '463';
  const words = [error?.code, error?.reason].filter(Boolean).join(': ') || null;
  return {
    type: 'receipt',
    eventKey,
    providerId,
    status,
    occurredAt,
    error: withWords(wahaError(isRestricted ? 'restricted' : 'not-taken-by-whatsapp', language), words, language),
    reason: isRestricted ? 'blocked' : 'other',
  };
}

function readSessionStatus(body: WebhookBody, language: Language): ChannelEvent | null {
  const payload = SessionPayload.safeParse(body.payload);
  if (!payload.success) return null;
  const { status } = payload.data;
  return {
    type: 'line-state',
    eventKey: body.id ?? `${status}:${body.timestamp}`,
    ...healthOfSession(status, language),
  };
}

function readMessage(body: WebhookBody): ChannelEvent | null {
  const payload = MessagePayload.safeParse(body.payload);
  if (!payload.success || payload.data.fromMe) return null;
  const from = phoneOf(payload.data.from);
  if (from === null) return null;
  const providerId = bareMessageId(payload.data.id);
  return {
    type: 'inbound',
    eventKey: body.id ?? providerId,
    from,
    text: payload.data.body ?? '',
    providerId,
    occurredAt: timeOf(body),
  };
}

function timeOf(body: WebhookBody): Date | null {
  return typeof body.timestamp === 'number' ? new Date(body.timestamp) : null;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
