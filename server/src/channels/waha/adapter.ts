import type { Language } from '../../accounts/principal.ts';
import type {
  Channel,
  ChannelContext,
  ChannelDescription,
  CheckOutcome,
  FileToSend,
  LineHealth,
  SendOutcome,
  TextToSend,
} from '../channel.ts';
import { failedCheck, failedSend, type ProviderAnswer, type ProviderFailure } from '../provider-answer.ts';
import { providerError } from '../provider-errors.ts';
import { wahaError } from './errors.ts';
import { wahaFaultOf } from './failure.ts';
import { lookUpMessage } from './look-up.ts';
import { bareMessageId, chatIdOf } from './message-id.ts';
import { askWaha, WAHA } from './request.ts';
import { CheckAnswer, NewMessageId, SentMessage, SessionInfo, WahaConfig } from './schema.ts';
import { healthOfSession, parseWahaWebhook } from './webhook.ts';

const describe: ChannelDescription = {
  id: 'waha',
  mediums: ['whatsapp'],
  name: { ru: 'WAHA (свой сервер WhatsApp)', en: 'WAHA (your own WhatsApp server)' },
  abilities: {
    check: true,
    text: true,
    file: true,
    fileBytes: true,
    caption: true,
    lookUp: true,
    receipts: true,
    inbound: true,
    connection: false,
  },
  form: [
    {
      name: 'baseUrl',
      type: 'url',
      label: { ru: 'Адрес WAHA', en: 'Address of WAHA' },
      hint: { ru: 'Без /api в конце', en: 'Without /api at the end' },
      placeholder: 'http://127.0.0.1:3000',
      required: true,
    },
    {
      name: 'apiKey',
      type: 'secret',
      label: { ru: 'Ключ API', en: 'API key' },
      hint: { ru: 'Значение WAHA_API_KEY на сервере WAHA', en: 'What WAHA_API_KEY is set to on the WAHA server' },
      required: true,
    },
    {
      name: 'session',
      type: 'text',
      label: { ru: 'Сессия', en: 'Session' },
      hint: { ru: 'Имя сессии в WAHA, обычно default', en: 'Name of the session in WAHA, usually default' },
      placeholder: 'default',
      required: true,
    },
    {
      name: 'webhookSecret',
      type: 'secret',
      label: { ru: 'Ключ подписи вебхуков', en: 'Webhook signing key' },
      hint: {
        ru: 'Тот же, что hmac.key в настройках вебхука сессии; без него подпись не проверяется',
        en: 'The same as hmac.key of the session’s webhook; without it signatures are not checked',
      },
      required: false,
    },
  ],
};

/** A self-hosted WAHA over HTTP; see README.md beside this file. https://waha.devlike.pro/ */
export const waha: Channel<WahaConfig> = {
  describe,
  config: WahaConfig,
  secretNames: ['apiKey', 'webhookSecret'],
  check,
  prepareText,
  sendText,
  sendFile,
  lookUp: lookUpMessage,
  parseWebhook: parseWahaWebhook,
  health,
};

async function check(config: WahaConfig, context: ChannelContext, phone: string): Promise<CheckOutcome> {
  const query = new URLSearchParams({ phone: phone.replace(/\D/g, ''), session: config.session });
  const answer = await askWaha(config, context, `contacts/check-exists?${query}`);
  if (answer.type !== 'success') {
    const isDown = wahaFaultOf(answer) === 'session-down';
    return isDown ? { outcome: 'error', retry: true, error: answer.error } : failedCheck(answer);
  }
  const parsed = CheckAnswer.safeParse(answer.json);
  if (!parsed.success)
    return { outcome: 'error', retry: true, error: providerError('unreadable', context.language, { provider: WAHA }) };
  if (!parsed.data.numberExists) return { outcome: 'no' };
  return { outcome: 'yes', ...(parsed.data.chatId ? { address: parsed.data.chatId } : {}) };
}

/** Null when WAHA is older than 2026.4.3 or does not answer: the text then goes without an id of ours. */
async function prepareText(config: WahaConfig, context: ChannelContext): Promise<string | null> {
  const answer = await askWaha(config, context, `${encodeURIComponent(config.session)}/new-message-id`);
  if (answer.type !== 'success') return null;
  const parsed = NewMessageId.safeParse(answer.json);
  return parsed.success ? bareMessageId(parsed.data.id) : null;
}

async function sendText(config: WahaConfig, context: ChannelContext, message: TextToSend): Promise<SendOutcome> {
  const id = message.preparedId === null ? {} : { id: message.preparedId };
  const json = { session: config.session, chatId: chatIdOf(message.to), text: message.text, ...id };
  return readSend(await askWaha(config, context, 'sendText', { json }), message.preparedId, context.language);
}

/** WAHA fetches or decodes the file and uploads it to WhatsApp before it answers. */
const fileTimeoutMs = 120_000;

async function sendFile(config: WahaConfig, context: ChannelContext, file: FileToSend): Promise<SendOutcome> {
  const content = 'url' in file.source ? { url: file.source.url } : { data: file.source.bytes.toString('base64') };
  const caption = file.caption === null ? {} : { caption: file.caption };
  const json = {
    session: config.session,
    chatId: chatIdOf(file.to),
    file: { mimetype: file.mime, filename: file.fileName, ...content },
    ...caption,
  };
  const answer = await askWaha(config, context, 'sendFile', { json, timeoutMs: fileTimeoutMs });
  return readSend(answer, null, context.language);
}

function readSend(answer: ProviderAnswer, preparedId: string | null, language: Language): SendOutcome {
  if (answer.type !== 'success') return readFailedSend(answer);
  const parsed = SentMessage.safeParse(answer.json);
  // A proxy's login page is a 200 too: without an answer of WAHA's own nobody knows.
  if (!parsed.success)
    return { outcome: 'uncertain', error: providerError('unreadable', language, { provider: WAHA }) };
  const { id, key } = parsed.data;
  const given = id ? bareMessageId(id) : key ? bareMessageId(key.id) : preparedId;
  return given === null
    ? { outcome: 'uncertain', error: wahaError('no-id', language) }
    : { outcome: 'accepted', providerId: given };
}

function readFailedSend(failure: ProviderFailure): SendOutcome {
  const { error } = failure;
  const fault = wahaFaultOf(failure);
  if (fault === 'session-down') return { outcome: 'not-sent', error };
  if (fault === 'no-whatsapp') return { outcome: 'refused', reason: 'no-whatsapp', error };
  return fault === 'restricted' ? { outcome: 'refused', reason: 'blocked', error } : failedSend(failure);
}

async function health(config: WahaConfig, context: ChannelContext): Promise<LineHealth> {
  const answer = await askWaha(config, context, `sessions/${encodeURIComponent(config.session)}`);
  if (answer.type === 'success') {
    const parsed = SessionInfo.safeParse(answer.json);
    return parsed.success
      ? healthOfSession(parsed.data.status, context.language)
      : { state: 'failed', detail: wahaError('not-waha', context.language) };
  }
  return {
    state: answer.type === 'misconfigured' || answer.type === 'rejected' ? 'failed' : 'offline',
    detail: answer.error,
  };
}
