import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeWaha, type WahaFaultKind, type WahaRoute } from '../../../test/fakes/fake-waha.ts';
import { signedHeaders } from '../../../test/fakes/fake-waha-webhooks.ts';
import { MemorySimulatorStore } from '../../../test/memory-simulator-store.ts';
import type { Language } from '../../accounts/principal.ts';
import type { HttpClient, HttpOutcome } from '../../lib/http.ts';
import { createHttpClient } from '../../lib/http-client.ts';
import type { ChannelContext, FileToSend, LookUpRequest, TextToSend, WebhookRequest } from '../channel.ts';
import { type ContractRig, describeChannelContract } from '../contract-suite.ts';
import { waha } from './adapter.ts';
import { WahaConfig } from './schema.ts';

const phone = '+79001234561';
const phoneWithoutWhatsapp = '+79001234560';
const secret = 'hook-secret';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

function contextWith(http: HttpClient, language: Language = 'en'): ChannelContext {
  return {
    http,
    logger: pino({ level: 'silent' }),
    simulator: new MemorySimulatorStore(),
    workspaceId: 'ws_1',
    lineId: 'line_1',
    medium: 'whatsapp',
    language,
    maySend: () => true,
    signal: new AbortController().signal,
  };
}

async function connect(fake = new FakeWaha(), language: Language = 'en') {
  const { baseUrl } = await fake.start();
  const http = createHttpClient({ timeoutMs: 300 });
  const close = async () => {
    await http.close();
    await fake.close();
  };
  const config = WahaConfig.parse({ baseUrl: `${baseUrl}/`, apiKey: 'waha-key', webhookSecret: secret });
  return { fake, config, context: contextWith(http, language), close };
}

async function open(fake?: FakeWaha, language?: Language) {
  const line = await connect(fake, language);
  cleanUps.push(line.close);
  return line;
}

const routes: WahaRoute[] = ['check-exists', 'send-text'];

async function makeRig(language: Language): Promise<ContractRig> {
  const { fake, config, context, close } = await connect(new FakeWaha(), language);
  const fail = (kind: WahaFaultKind) => () => {
    for (const route of routes) fake.fail(route, kind);
  };
  return {
    channel: waha,
    config,
    context,
    phone,
    phoneWithoutWhatsapp,
    sendText: (message) => waha.sendText!(config, context, message),
    situations: {
      unreachable: () => fake.close(),
      offline: () => fake.change({ sessionStatus: 'SCAN_QR_CODE' }),
      'wrong-key': () => fake.change({ apiKey: 'another' }),
      refused: fail('restricted'),
      throttled: fail('too-many'),
      'broken-before': fail('error-before'),
      'broken-after': fail('error-after'),
      'silent-before': fail('hang-before'),
      'silent-after': fail('hang-after'),
      'cut-before': fail('drop-before'),
      'cut-after': fail('drop-after'),
      'malformed-after': fail('malformed-after'),
    },
    received: () => fake.log,
    receiptWebhooks: (providerId) => [ack(providerId, 2), ack(providerId, 2)],
    forgedWebhook: (providerId) => ({ ...ack(providerId, 2), headers: signedHeaders('another body', secret) }),
    close: async () => {
      await close();
      expect(fake.unexpected).toEqual([]);
    },
  };
}

describeChannelContract(waha, makeRig);

function signed(body: unknown, key: string | null = secret): WebhookRequest {
  const rawBody = Buffer.from(JSON.stringify(body));
  return { headers: signedHeaders(rawBody.toString(), key), rawBody };
}

function ack(id: string, level: number, more: Record<string, unknown> = {}): WebhookRequest {
  const payload = {
    id: `true_79001234561@c.us_${id}`,
    from: '79990000000@c.us',
    to: '79001234561@c.us',
    fromMe: true,
    ack: level,
    ...more,
  };
  return signed({
    id: `evt_${id}_${level}`,
    timestamp: 1_790_000_000_000,
    session: 'default',
    event: 'message.ack',
    payload,
  });
}

function event(name: string, payload: unknown, session = 'default'): WebhookRequest {
  return signed({ id: 'evt_1', timestamp: 1_790_000_000_000, session, event: name, payload });
}

const text: TextToSend = { messageId: 'msg_1', to: phone, text: 'Здравствуйте', preparedId: null };
const file: FileToSend = {
  messageId: 'msg_2',
  to: phone,
  caption: 'Прайс',
  fileName: 'price.pdf',
  mime: 'application/pdf',
  source: { url: 'https://example.com/price.pdf' },
};

describe('sending', () => {
  test('the prepared id, the id of the answer and the id WAHA keeps are one', async () => {
    const { fake, config, context } = await open();
    const preparedId = await waha.prepareText!(config, context);
    expect(preparedId).toMatch(/^3EB0/);
    const outcome = await waha.sendText!(config, context, { ...text, preparedId });
    expect(outcome).toEqual({ outcome: 'accepted', providerId: preparedId });
    expect(fake.log).toMatchObject([{ id: preparedId, chatId: '79001234561@c.us', text: 'Здравствуйте' }]);
  });

  test('an older WAHA without new-message-id has no id to give, and the text goes without', async () => {
    const { fake, config, context } = await open(new FakeWaha({ hasMessageIds: false }));
    expect(await waha.prepareText!(config, context)).toBeNull();
    expect(await waha.sendText!(config, context, text)).toEqual({ outcome: 'accepted', providerId: fake.log[0]?.id });
  });

  test('a file goes as a link', async () => {
    const { fake, config, context } = await open();
    expect(await waha.sendFile!(config, context, file)).toEqual({ outcome: 'accepted', providerId: fake.log[0]?.id });
    expect(fake.log).toMatchObject([
      {
        kind: 'file',
        url: 'https://example.com/price.pdf',
        fileName: 'price.pdf',
        text: 'Прайс',
        mime: 'application/pdf',
      },
    ]);
  });

  test('a file goes as bytes, without a caption', async () => {
    const { fake, config, context } = await open();
    await waha.sendFile!(config, context, { ...file, caption: null, source: { bytes: Buffer.alloc(100_001, 1) } });
    expect(fake.log).toMatchObject([{ kind: 'file', url: null, size: 100_001, text: null }]);
    expect(fake.unexpected).toEqual([]);
  });

  test('the account that may not start chats is told as blocked', async () => {
    const { fake, config, context } = await open();
    fake.fail('send-text', 'restricted');
    expect(await waha.sendText!(config, context, text)).toMatchObject({ outcome: 'refused', reason: 'blocked' });
  });

  test('too many requests wait as long as WAHA says', async () => {
    const { fake, config, context } = await open();
    fake.fail('send-text', 'too-many');
    expect(await waha.sendText!(config, context, text)).toMatchObject({ outcome: 'not-sent', retryAfterMs: 7000 });
  });

  test('a session that does not exist is the line’s fault', async () => {
    const { config, context } = await open();
    expect(await waha.sendText!({ ...config, session: 'other' }, context, text)).toMatchObject({ outcome: 'not-sent' });
    expect(await waha.health!({ ...config, session: 'other' }, context)).toMatchObject({ state: 'failed' });
  });

  test.each(['send-webjs.json', 'send-noweb.json', 'send-documented.json'])(
    'finds the id in the answer %s',
    async (name) => {
      const json: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8'));
      const answer: HttpOutcome = { type: 'answer', status: 201, headers: {}, body: '', json };
      const context = contextWith({ request: async () => answer });
      const config = WahaConfig.parse({ baseUrl: 'http://waha', apiKey: 'k' });
      expect(await waha.sendFile!(config, context, file)).toEqual({
        outcome: 'accepted',
        providerId: '3EB0A1B2C3D4E5F60718',
      });
    },
  );

  test('a file taken without an id is uncertain; a text then has the prepared one', async () => {
    const context = contextWith({
      request: async () => ({ type: 'answer', status: 201, headers: {}, body: '{}', json: {} }),
    });
    const config = WahaConfig.parse({ baseUrl: 'http://waha', apiKey: 'k' });
    expect(await waha.sendFile!(config, context, file)).toMatchObject({ outcome: 'uncertain' });
    expect(await waha.sendText!(config, context, { ...text, preparedId: '3EB0AA' })).toEqual({
      outcome: 'accepted',
      providerId: '3EB0AA',
    });
  });
});

describe('look-up', () => {
  const longAgo = new Date(Date.now() - 600_000);

  function sought(more: Partial<LookUpRequest>): LookUpRequest {
    return {
      messageId: 'msg_1',
      to: phone,
      text: text.text,
      fileName: null,
      providerId: null,
      sentAt: new Date(),
      ...more,
    };
  }

  test('a text whose answer was lost is found by its prepared id, with its status', async () => {
    const { fake, config, context } = await open();
    fake.fail('send-text', 'drop-after');
    expect(await waha.sendText!(config, context, { ...text, preparedId: '3EB0AA' })).toMatchObject({
      outcome: 'uncertain',
    });
    fake.log[0]!.ack = 3;
    expect(await waha.lookUp!(config, context, sought({ providerId: '3EB0AA' }))).toEqual({
      outcome: 'found',
      providerId: '3EB0AA',
      status: 'read',
    });
  });

  test('a text that is not there yet may still be under way', async () => {
    const { config, context } = await open();
    expect(await waha.lookUp!(config, context, sought({ providerId: '3EB0AA' }))).toMatchObject({ outcome: 'unknown' });
    expect(await waha.lookUp!(config, context, sought({ providerId: '3EB0AA', sentAt: longAgo }))).toEqual({
      outcome: 'not-found',
    });
  });

  test('the history decides when the engine fails on an unknown id', async () => {
    const { fake, config, context } = await open();
    await waha.sendText!(config, context, { ...text, preparedId: '3EB0AA' });
    fake.fail('get-message', 'error-before', 2);
    expect(await waha.lookUp!(config, context, sought({ providerId: '3EB0AA' }))).toMatchObject({
      outcome: 'found',
      providerId: '3EB0AA',
    });
    expect(await waha.lookUp!(config, context, sought({ providerId: '3EB0BB', sentAt: longAgo }))).toEqual({
      outcome: 'not-found',
    });
  });

  test.each(['get-messages'] as const)('nothing is known when %s fails', async (route) => {
    const { fake, config, context } = await open();
    for (const kind of ['error-before', 'drop-before', 'malformed-after'] as const) {
      fake.fail(route, kind);
      expect(await waha.lookUp!(config, context, sought({ providerId: '3EB0AA', sentAt: longAgo }))).toMatchObject({
        outcome: 'unknown',
      });
    }
  });

  test('a text without an id is found by its words', async () => {
    const { fake, config, context } = await open();
    fake.fail('send-text', 'drop-after');
    await waha.sendText!(config, context, text);
    expect(await waha.lookUp!(config, context, sought({}))).toMatchObject({
      outcome: 'found',
      providerId: fake.log[0]?.id,
    });
    expect(await waha.lookUp!(config, context, sought({ text: 'other', sentAt: longAgo }))).toEqual({
      outcome: 'not-found',
    });
  });

  test('a file is found by name, caption and time', async () => {
    const { fake, config, context } = await open();
    fake.fail('send-file', 'drop-after');
    await waha.sendFile!(config, context, file);
    const request = sought({ fileName: 'price.pdf', text: 'Прайс' });
    expect(await waha.lookUp!(config, context, request)).toEqual({
      outcome: 'found',
      providerId: fake.log[0]?.id,
      status: 'accepted',
    });
    expect(await waha.lookUp!(config, context, { ...request, fileName: 'other.pdf', sentAt: longAgo })).toEqual({
      outcome: 'not-found',
    });
  });

  test('two like files, an older twin or another caption prove nothing', async () => {
    const { config, context } = await open();
    await waha.sendFile!(config, context, file);
    const request = sought({ fileName: 'price.pdf', text: 'Прайс' });
    expect(await waha.lookUp!(config, context, { ...request, text: 'Другая' })).toMatchObject({ outcome: 'unknown' });
    expect(await waha.lookUp!(config, context, { ...request, sentAt: new Date(Date.now() + 60_000) })).toMatchObject({
      outcome: 'unknown',
    });
    await waha.sendFile!(config, context, file);
    expect(await waha.lookUp!(config, context, request)).toMatchObject({ outcome: 'unknown' });
  });

  test('a history that is longer than shown proves nothing', async () => {
    const { config, context } = await open();
    for (let i = 0; i < 100; i += 1) await waha.sendText!(config, context, { ...text, text: `n${i}` });
    expect(await waha.lookUp!(config, context, sought({ text: 'other', sentAt: longAgo }))).toMatchObject({
      outcome: 'unknown',
    });
  });
});

describe('webhooks', () => {
  const config = WahaConfig.parse({ baseUrl: 'http://waha', apiKey: 'k', webhookSecret: secret });
  const parse = (request: WebhookRequest, more: Partial<WahaConfig> = {}, language: Language = 'en') =>
    waha.parseWebhook!({ ...config, ...more }, request, language);

  test.each([
    [-1, 'failed'],
    [0, 'accepted'],
    [1, 'accepted'],
    [2, 'delivered'],
    [3, 'read'],
    [4, 'read'],
  ])('ack %i is %s', (level, status) => {
    const occurredAt = new Date(1_790_000_000_000);
    expect(parse(ack('3EB0AA', level))).toMatchObject({
      ok: true,
      events: [{ type: 'receipt', eventKey: `evt_3EB0AA_${level}`, providerId: '3EB0AA', status, occurredAt }],
    });
  });

  test('a failed ack says why', () => {
    const error = { code: '463', blocked: true, reason: 'account_restricted' };
    expect(parse(ack('3EB0AA', -1, { error }))).toMatchObject({
      events: [
        { reason: 'blocked', error: expect.stringMatching(/^WhatsApp does not let .*“463: account_restricted”$/) },
      ],
    });
    expect(parse(ack('3EB0AA', -1), {}, 'ru')).toMatchObject({
      events: [{ reason: 'other', error: 'WhatsApp не принял сообщение: посмотрите телефон линии и журнал WAHA' }],
    });
  });

  test('our reading of the client’s message is no receipt', () => {
    expect(parse(ack('3EB0AA', 3, { fromMe: false }))).toEqual({ ok: true, events: [] });
  });

  test.each([
    ['WORKING', 'working', null],
    ['STARTING', 'connecting', 'Сессия в WAHA запускается (STARTING): подождите минуту'],
    ['SCAN_QR_CODE', 'scan', 'WAHA ждёт телефон (SCAN_QR_CODE): откройте WAHA и привяжите телефон линии'],
    ['STOPPED', 'offline', 'Сессия в WAHA остановлена (STOPPED): запустите её в WAHA'],
    ['FAILED', 'failed', expect.stringMatching(/^Сессия в WAHA сломалась \(FAILED\)/)],
    ['NEWER', 'unknown', expect.stringContaining('NEWER')],
  ])('session %s is %s', (status, state, detail) => {
    expect(parse(event('session.status', { name: 'default', status }), {}, 'ru')).toEqual({
      ok: true,
      events: [{ type: 'line-state', eventKey: 'evt_1', state, detail }],
    });
  });

  test('a client’s message is inbound', () => {
    const payload = {
      id: 'false_79001234561@c.us_3EB0BB',
      from: '79001234561@c.us',
      fromMe: false,
      body: 'Сколько стоит?',
    };
    expect(parse(event('message', payload))).toMatchObject({
      events: [{ type: 'inbound', from: '+79001234561', text: 'Сколько стоит?', providerId: '3EB0BB' }],
    });
  });

  test.each(['120363000000000000@g.us', '123456789012345@lid', 'status@broadcast'])(
    'a message from %s has no phone and is left out',
    (from) => {
      expect(parse(event('message', { id: `false_${from}_3EB0`, from, fromMe: false, body: 'x' }))).toEqual({
        ok: true,
        events: [],
      });
    },
  );

  test('other sessions and other events are nothing to us', () => {
    expect(parse(event('session.status', { status: 'FAILED' }, 'other'))).toEqual({ ok: true, events: [] });
    expect(parse(event('presence.update', { id: 'x' }))).toEqual({ ok: true, events: [] });
    expect(parse(event('message.ack', { id: 7 }))).toEqual({ ok: true, events: [] });
  });

  test('with a secret the signature is required; without one nothing is checked', () => {
    const unsigned = signed({ session: 'default', event: 'session.status', payload: { status: 'WORKING' } }, null);
    expect(parse(unsigned)).toEqual({ ok: false, error: expect.stringMatching(/^The signature of the webhook/) });
    expect(parse(unsigned, { webhookSecret: null })).toMatchObject({ ok: true });
    expect(parse({ ...ack('3EB0AA', 2), rawBody: Buffer.from('{}') })).toMatchObject({ ok: false });
    const weaker = ack('3EB0AA', 2);
    weaker.headers['x-webhook-hmac-algorithm'] = 'sha256';
    expect(parse(weaker)).toMatchObject({ ok: false });
  });
});

test('health is the state of the session', async () => {
  const { fake, config, context } = await open();
  expect(await waha.health!(config, context)).toEqual({ state: 'working', detail: null });
  fake.change({ sessionStatus: 'SCAN_QR_CODE' });
  const detail = expect.stringContaining('SCAN_QR_CODE');
  expect(await waha.health!(config, context)).toEqual({ state: 'scan', detail });
  fake.change({ apiKey: 'another' });
  expect(await waha.health!(config, context)).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('401'),
  });
  await fake.close();
  expect(await waha.health!(config, context)).toMatchObject({ state: 'offline' });
});

test.each<[Language, RegExp[]]>([
  [
    'ru',
    [
      /^WAHA отклонил ключ API \(401\): проверьте ключ в настройках линии\. Ответ: «Unauthorized»$/,
      /^WAHA не знает такой сессии или адреса \(404\): проверьте имя сессии/,
      /^Сессия WhatsApp в WAHA не работает \(422\): запустите её в WAHA/,
      /^На этом номере нет WhatsApp\. Ответ: «No LID for user»$/,
      /^WhatsApp запретил номеру линии начинать новые чаты \(463\)/,
      /^WAHA не принимает подключения \(ECONNREFUSED/,
    ],
  ],
  [
    'en',
    [
      /^WAHA refused the API key \(401\): check the key in the settings of the line\. Its answer: “Unauthorized”$/,
      /^WAHA knows no such session or address \(404\): check the name of the session/,
      /^The WhatsApp session in WAHA is not running \(422\): start it in WAHA/,
      /^The number has no WhatsApp\. Its answer: “No LID for user”$/,
      /^WhatsApp does not let the number of the line start new chats \(463\)/,
      /^WAHA takes no connections \(ECONNREFUSED/,
    ],
  ],
])('faults are told in %s, with what to do', async (language, sentences) => {
  const { fake, config, context } = await open(new FakeWaha(), language);
  const errorOf = async (more: Partial<WahaConfig> = {}, to = phone) => {
    const outcome = await waha.sendText!({ ...config, ...more }, context, { ...text, to });
    return outcome.outcome === 'accepted' ? '' : outcome.error;
  };
  const errors = [await errorOf({ apiKey: 'another' }), await errorOf({ session: 'other' })];
  fake.change({ sessionStatus: 'STOPPED' });
  errors.push(await errorOf());
  fake.change({ sessionStatus: 'WORKING' });
  errors.push(await errorOf({}, phoneWithoutWhatsapp));
  fake.fail('send-text', 'restricted');
  errors.push(await errorOf());
  errors.push(await errorOf({ baseUrl: 'http://127.0.0.1:1' }));
  expect(errors).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
});

test.each([
  [{ baseUrl: 'ftp://x', apiKey: 'k' }, 'baseUrl'],
  [{ baseUrl: 'http://x', apiKey: ' ' }, 'apiKey'],
  [{ baseUrl: 'http://x', apiKey: 'k', session: 'a b' }, 'session'],
])('the form %j is refused for its %s', (form, name) => {
  expect(WahaConfig.safeParse(form).error?.issues[0]?.path).toEqual([name]);
});
