import { expect, test, vi } from 'vitest';
import { FakeSmsc } from '../../../test/fakes/fake-smsc.ts';
import { openSmppRig, type SmppRig, smppContext } from '../../../test/fakes/smpp-rig.ts';
import { type ContractRig, describeChannelContract } from '../contract-suite.ts';
import { smpp } from './adapter.ts';

const PHONE = '+79001234567';
const SOON = { interval: 5, timeout: 5_000 };

/** A refusal of the system (0x08) after which the message left all the same cannot be told from one after which it did not. */
describeChannelContract(smpp, async (): Promise<ContractRig> => {
  const rig = await openSmppRig({ timing: { submitMs: 300 } });
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
