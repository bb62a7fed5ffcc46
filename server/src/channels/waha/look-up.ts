import { z } from 'zod';
import type { Language } from '../../accounts/principal.ts';
import type { ChannelContext, LookUpOutcome, LookUpRequest } from '../channel.ts';
import { failedLookUp } from '../provider-answer.ts';
import { providerError } from '../provider-errors.ts';
import { wahaError } from './errors.ts';
import { bareMessageId, chatIdOf, fullMessageId, statusOfAck } from './message-id.ts';
import { askWaha, WAHA } from './request.ts';
import { ChatMessage, type WahaConfig } from './schema.ts';

/**
 * Finds out whether a message got there whose answer was lost.
 *
 * By its id, where we know it; then in the chat's history, since a message may be there under another chat id (`@lid`)
 * and the engines differ in what they say of an unknown id. Only the history can tell that a message is not there, and
 * only when it is complete and the request cannot still be at work inside WAHA.
 */
export async function lookUpMessage(
  config: WahaConfig,
  context: ChannelContext,
  request: LookUpRequest,
): Promise<LookUpOutcome> {
  const chat = `${encodeURIComponent(config.session)}/chats/${encodeURIComponent(chatIdOf(request.to))}/messages`;
  if (request.providerId !== null) {
    const found = await findById(config, context, chat, request.to, request.providerId);
    if (found) return found;
  }
  const answer = await askWaha(config, context, `${chat}?${historyQuery(request)}`);
  if (answer.type !== 'success') return failedLookUp(answer);
  const history = z.array(ChatMessage).safeParse(answer.json);
  if (!history.success)
    return { outcome: 'unknown', error: providerError('unreadable', context.language, { provider: WAHA }) };
  return judge(history.data, request, context.language);
}

const historyLimit = 100;

/** How far the clocks of WAHA and ours may be apart. */
const clockSlackMs = 120_000;

/** As long as WAHA may still be busy with the request itself: a file is first fetched and uploaded. */
const settleMs = { text: 30_000, file: 120_000 };

function historyQuery(request: LookUpRequest): string {
  return new URLSearchParams({
    limit: String(historyLimit),
    downloadMedia: 'false',
    'filter.fromMe': 'true',
    'filter.timestamp.gte': String(Math.floor((request.sentAt.getTime() - clockSlackMs) / 1000)),
  }).toString();
}

async function findById(
  config: WahaConfig,
  context: ChannelContext,
  chat: string,
  phone: string,
  providerId: string,
): Promise<LookUpOutcome | null> {
  const id = encodeURIComponent(fullMessageId(chatIdOf(phone), bareMessageId(providerId)));
  const answer = await askWaha(config, context, `${chat}/${id}?downloadMedia=false`);
  if (answer.type !== 'success')
    return answer.type === 'misconfigured' && answer.status !== 404 ? failedLookUp(answer) : null;
  const message = ChatMessage.safeParse(answer.json);
  return message.success && bareMessageId(message.data.id) === bareMessageId(providerId) ? foundAs(message.data) : null;
}

function judge(history: readonly ChatMessage[], request: LookUpRequest, language: Language): LookUpOutcome {
  const likely = history.filter((message) => message.fromMe !== false && mayBe(message, request));
  const [only] = likely;
  if (only && likely.length === 1 && isCertain(only, request)) return foundAs(only);
  if (only) return { outcome: 'unknown', error: wahaError('ambiguous', language) };
  if (history.length >= historyLimit) return { outcome: 'unknown', error: wahaError('long-history', language) };
  if (Date.now() - request.sentAt.getTime() < (request.fileName === null ? settleMs.text : settleMs.file)) {
    return { outcome: 'unknown', error: wahaError('not-there-yet', language) };
  }
  return { outcome: 'not-found' };
}

/** Whether the message could be the one looked for; what the engine does not tell counts as possible. */
function mayBe(message: ChatMessage, request: LookUpRequest): boolean {
  if (request.providerId !== null) return bareMessageId(message.id) === bareMessageId(request.providerId);
  if (request.fileName === null) return !message.hasMedia && message.body === request.text;
  if (!message.hasMedia) return false;
  const name = message.media?.filename;
  return !name || name === request.fileName;
}

/** Whether it must be the one: same id; or same content, sent about then, so that it is no earlier message's twin. */
function isCertain(message: ChatMessage, request: LookUpRequest): boolean {
  if (request.providerId !== null) return true;
  const sentAt = Math.floor(request.sentAt.getTime() / 1000);
  if (message.timestamp < sentAt - 1 || message.timestamp > sentAt + clockSlackMs / 1000) return false;
  if (request.fileName === null) return true;
  if (message.media?.filename !== request.fileName) return false;
  return request.text === null || message.body === request.text;
}

function foundAs(message: ChatMessage): LookUpOutcome {
  return { outcome: 'found', providerId: bareMessageId(message.id), status: statusOfAck(message.ack) };
}
