import { expect, test, vi } from 'vitest';
import { FakeSmsc } from '../../../test/fakes/fake-smsc.ts';
import { openSmppRig, type SmppRig, smppContext } from '../../../test/fakes/smpp-rig.ts';
import type { Language } from '../../accounts/principal.ts';
import { type ContractRig, describeChannelContract } from '../contract-suite.ts';
import { smpp } from './adapter.ts';

const PHONE = '+79001234567';
const SOON = { interval: 5, timeout: 5_000 };

/** A refusal of the system (0x08) after which the message left all the same cannot be told from one after which it did not. */
describeChannelContract(smpp, async (language): Promise<ContractRig> => {
  const rig = await openSmppRig({ timing: { submitMs: 300 }, language });
  await waitForState(rig, 'working');
  return {
    channel: smpp,
    config: rig.config,
    context: rig.context,
    phone: PHONE,
    phoneWithoutWhatsapp: null,
    sendText: (message) => rig.line.sendText(message),
    received: () => rig.smsc.messages,
    situations: {
      unreachable: async () => {
        await rig.smsc.close();
        await waitForState(rig, 'offline');
      },
      offline: async () => {
        rig.smsc.change({ bindStatus: 0x08 });
        rig.smsc.dropConnections();
        await waitForState(rig, 'offline');
      },
      'wrong-key': async () => {
        rig.smsc.change({ accounts: { otklik: 'another' } });
        rig.smsc.dropConnections();
        await waitForState(rig, 'failed');
      },
      refused: () => rig.smsc.change({ statusOfNumber: { [PHONE.slice(1)]: 0x0b } }),
      throttled: () => rig.smsc.change({ faults: [{ kind: 'status', status: 0x58, times: 1 }] }),
      'broken-before': () => rig.smsc.change({ faults: [{ kind: 'status', status: 0x08, times: 1 }] }),
      'silent-before': () => rig.smsc.change({ faults: [{ kind: 'hang', times: 1 }] }),
      'silent-after': () => rig.smsc.change({ faults: [{ kind: 'hang', recorded: true, times: 1 }] }),
      'cut-before': () => rig.smsc.change({ faults: [{ kind: 'drop', times: 1 }] }),
      'cut-after': () => rig.smsc.change({ faults: [{ kind: 'drop', recorded: true, times: 1 }] }),
      'malformed-after': () => rig.smsc.change({ faults: [{ kind: 'garbage', recorded: true, times: 1 }] }),
    },
    close: async () => {
      await rig[Symbol.asyncDispose]();
    },
  };
});

test('the channel opens a line with the clock of production', async () => {
  await using smsc = new FakeSmsc();
  const config = smpp.config.parse({ ...(await smsc.start()), systemId: 'otklik', password: 'secret' });
  const events = { onEvent: vi.fn(async () => undefined), onState: vi.fn() };
  const line = smpp.connect?.(config, smppContext(), events);
  await vi.waitFor(() => expect(line?.isReady()).toBe(true), SOON);
  const message = { messageId: 'msg_1', to: PHONE, text: 'Привет', preparedId: null };
  expect(await line?.sendText(message)).toMatchObject({ outcome: 'accepted' });
  await vi.waitFor(() => expect(events.onEvent).toHaveBeenCalledOnce(), SOON);
  await line?.close();
});

test.each<[Language, RegExp, RegExp]>([
  [
    'ru',
    /^Сервер SMPP не принял логин или пароль: ESME_RINVPASWD \(0x0E\)\. Исправьте их в настройках линии/,
    /^Сервер SMPP не принимает подключения \(.*ECONNREFUSED.*\): проверьте адрес и порт/,
  ],
  [
    'en',
    /^The SMPP server did not accept login or password: ESME_RINVPASWD \(0x0E\)\. Correct them/,
    /^The SMPP server takes no connections \(.*ECONNREFUSED.*\): check address and port/,
  ],
])('the state of a line is told in %s, with what to do', async (language, wrongPassword, gone) => {
  await using rig = await openSmppRig({ config: { password: 'wrong' }, timing: { refusedMs: 50 }, language });
  await waitForState(rig, 'failed');
  expect(rig.states.at(-1)?.detail).toMatch(wrongPassword);
  await rig.smsc.close();
  await waitForState(rig, 'offline');
  await vi.waitFor(() => expect(rig.states.at(-1)?.detail).toMatch(gone), SOON);
});

test.each<[Language, RegExp, RegExp]>([
  ['ru', /^Из 3 частей СМС ушло 1\. Сервер SMPP отклонил сообщение: ESME_RSUBMITFAIL/, /^Текст занимает 256 СМС/],
  ['en', /^1 of the 3 parts of the SMS left\. The SMPP server refused the message: ESME_/, /^The text takes 256 SMS/],
])('a message in parts is told of in %s', async (language, part, long) => {
  await using rig = await openSmppRig({
    smsc: { faults: [{ kind: 'status', status: 0x45, skip: 1, times: 1 }] },
    language,
  });
  await waitForState(rig, 'working');
  expect(await rig.send('я'.repeat(200))).toMatchObject({ outcome: 'refused', error: expect.stringMatching(part) });
  const tooLong = await rig.send('я'.repeat(67 * 255 + 1));
  expect(tooLong).toMatchObject({ outcome: 'refused', error: expect.stringMatching(long) });
});

test('what the form asks for is what the configuration takes', () => {
  const asked = smpp.describe.form.map((field) => field.name).sort();
  const full = {
    host: 'h',
    port: 1,
    systemId: 's',
    password: 'p',
    systemType: 't',
    source: 's',
    tls: true,
    window: 1,
    idFormat: 'same',
  };
  expect(asked).toEqual(Object.keys(full).sort());
  expect(smpp.config.parse(full)).toEqual(full);
});

async function waitForState(rig: SmppRig, state: string): Promise<void> {
  await vi.waitFor(() => expect(rig.line.health().state).toBe(state), SOON);
}
