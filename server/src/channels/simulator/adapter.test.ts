import { pino } from 'pino';
import { expect, test } from 'vitest';
import { MemorySimulatorStore } from '../../../test/memory-simulator-store.ts';
import type { Language } from '../../accounts/principal.ts';
import type { ChannelContext, FileToSend, Medium, TextToSend } from '../channel.ts';
import { type ContractRig, describeChannelContract } from '../contract-suite.ts';
import { simulator } from './adapter.ts';

const phone = '+79001234561';

function contextOn(
  store: MemorySimulatorStore,
  medium: Medium = 'whatsapp',
  language: Language = 'en',
): ChannelContext {
  return {
    http: { request: async () => ({ type: 'not-sent', fault: 'network', error: 'the simulator has no network' }) },
    logger: pino({ level: 'silent' }),
    simulator: store,
    workspaceId: 'ws_1',
    lineId: 'line_1',
    medium,
    language,
    maySend: () => true,
    signal: new AbortController().signal,
  };
}

async function makeRig(language: Language): Promise<ContractRig> {
  const store = new MemorySimulatorStore();
  const context = contextOn(store, 'whatsapp', language);
  const phoneWithoutWhatsapp = '+79001234560';
  return {
    channel: simulator,
    config: {},
    context,
    phone,
    phoneWithoutWhatsapp,
    sendText: async (message) =>
      (await simulator.sendText?.({}, context, message)) ?? { outcome: 'uncertain', error: 'no sendText' },
    situations: {
      offline: () => {
        for (const one of [phone, phoneWithoutWhatsapp]) store.behave(one, { offline: true });
      },
      'silent-after': () => store.behave(phone, { loseAnswer: true }),
    },
    sendOnly: ['silent-after'],
    received: () => store.received,
    close: async () => undefined,
  };
}

describeChannelContract(simulator, makeRig);

const text: TextToSend = { messageId: 'msg_1', to: phone, text: 'Здравствуйте', preparedId: null };

test('receipts come as often, as late and as far as the phone was told', async () => {
  const store = new MemorySimulatorStore();
  store.behave(phone, { receiptTimes: 2, receiptDelayMs: 100, lastReceipt: 'read' });
  await simulator.sendText?.({}, contextOn(store), text);
  expect(store.receipts.map(({ status, delayMs }) => [status, delayMs])).toEqual([
    ['delivered', 100],
    ['delivered', 100],
    ['read', 200],
    ['read', 200],
  ]);
});

test.each([
  ['none', []],
  ['accepted', ['accepted']],
  ['delivered', ['delivered']],
  ['failed', ['failed']],
] as const)('the last receipt %s gives %j', async (lastReceipt, expected) => {
  const store = new MemorySimulatorStore();
  store.behave(phone, { lastReceipt });
  await simulator.sendText?.({}, contextOn(store), text);
  expect(store.receipts.map(({ status }) => status)).toEqual(expected);
});

test('a phone can be told to have WhatsApp or not, against the rule of the last digit', async () => {
  const store = new MemorySimulatorStore();
  store.behave(phone, { whatsapp: false });
  store.behave('+79001234560', { whatsapp: true });
  expect(await simulator.check?.({}, contextOn(store), phone)).toEqual({ outcome: 'no' });
  expect(await simulator.check?.({}, contextOn(store), '+79001234560')).toEqual({ outcome: 'yes' });
});

test('an SMS reaches a phone without WhatsApp, and no SMS line checks for it', async () => {
  const store = new MemorySimulatorStore();
  const context = contextOn(store, 'sms');
  expect(await simulator.sendText?.({}, context, { ...text, to: '+79001234560' })).toMatchObject({
    outcome: 'accepted',
  });
  expect(store.received).toMatchObject([{ medium: 'sms', to: '+79001234560' }]);
  expect(await simulator.check?.({}, context, phone)).toMatchObject({ outcome: 'error', retry: false });
});

test.each<[Language, RegExp, RegExp]>([
  ['ru', /^Симулятор: линия не в сети/, /^Симулятор: на этом номере нет WhatsApp/],
  ['en', /^Simulator: the line is offline/, /^Simulator: the number has no WhatsApp/],
])('a phone that misbehaves is told of in %s', async (language, offline, noWhatsapp) => {
  const store = new MemorySimulatorStore();
  const context = contextOn(store, 'whatsapp', language);
  const without = await simulator.sendText?.({}, context, { ...text, to: '+79001234560' });
  expect(without).toMatchObject({ outcome: 'refused', error: expect.stringMatching(noWhatsapp) });
  store.behave(phone, { offline: true });
  const error = expect.stringMatching(offline);
  expect(await simulator.sendText?.({}, context, text)).toMatchObject({ outcome: 'not-sent', error });
  expect(await simulator.check?.({}, context, phone)).toMatchObject({ outcome: 'error', error });
});

test('a file arrives with its name, caption and link', async () => {
  const store = new MemorySimulatorStore();
  const file: FileToSend = {
    messageId: 'msg_2',
    to: phone,
    caption: 'Прайс',
    fileName: 'price.pdf',
    mime: 'application/pdf',
    source: { url: 'https://example.com/price.pdf' },
  };
  expect(await simulator.sendFile?.({}, contextOn(store), file)).toMatchObject({ outcome: 'accepted' });
  expect(store.received).toMatchObject([
    { kind: 'file', text: 'Прайс', fileName: 'price.pdf', fileUrl: 'https://example.com/price.pdf' },
  ]);
  await simulator.sendFile?.({}, contextOn(store), { ...file, source: { bytes: Buffer.from('x') } });
  expect(store.received[1]).toMatchObject({ fileUrl: null });
});

test('a slow phone answers later; a worker that stops meanwhile sends nothing', async () => {
  const store = new MemorySimulatorStore();
  store.behave(phone, { slowMs: 40 });
  const started = performance.now();
  expect(await simulator.sendText?.({}, contextOn(store), text)).toMatchObject({ outcome: 'accepted' });
  expect(performance.now() - started).toBeGreaterThan(35);
  store.behave(phone, { slowMs: 60_000 });
  expect(await simulator.sendText?.({}, { ...contextOn(store), signal: AbortSignal.timeout(20) }, text)).toMatchObject({
    outcome: 'not-sent',
  });
  expect(store.received).toHaveLength(1);
});

test('the line is always working', async () => {
  expect(await simulator.health?.({}, contextOn(new MemorySimulatorStore()))).toEqual({
    state: 'working',
    detail: null,
  });
});
