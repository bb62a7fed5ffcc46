import { describe, expect, test, vi } from 'vitest';
import { openSmppRig, type SmppRig } from '../../../test/fakes/smpp-rig.ts';
import type { ChannelEvent, InboundEvent, ReceiptEvent } from '../channel.ts';

const SOON = { interval: 5, timeout: 5_000 };
const PERSON = { source_addr: '79007654321', source_addr_ton: 1, source_addr_npi: 1, destination_addr: '1234' };

async function working(rig: SmppRig): Promise<SmppRig> {
  await vi.waitFor(() => expect(rig.line.isReady()).toBe(true), SOON);
  return rig;
}

async function eventsOf(rig: SmppRig, count: number): Promise<ChannelEvent[]> {
  await vi.waitFor(() => expect(rig.events.length).toBeGreaterThanOrEqual(count), SOON);
  return rig.events;
}

async function receiptsOf(rig: SmppRig, count: number): Promise<ReceiptEvent[]> {
  return (await eventsOf(rig, count)).filter((event) => event.type === 'receipt');
}

async function inboundOf(rig: SmppRig, count: number): Promise<InboundEvent[]> {
  return (await eventsOf(rig, count)).filter((event) => event.type === 'inbound');
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function piece(reference: number, total: number, sequence: number, bytes: Buffer) {
  const header = Buffer.from([5, 0, 3, reference, total, sequence]);
  return { ...PERSON, esm_class: 0x40, data_coding: 8, short_message: Buffer.concat([header, bytes]) };
}

describe('a receipt', () => {
  test.each(['text', 'fields', 'both'] as const)('told in %s belongs to its message', async (receiptForm) => {
    await using rig = await working(await openSmppRig({ smsc: { receiptForm } }));
    const outcome = await rig.send('Привет');
    const [receipt] = await receiptsOf(rig, 1);
    expect(receipt).toMatchObject({
      status: 'delivered',
      providerId: outcome.outcome === 'accepted' && outcome.providerId,
    });
  });

  test('comes for each part', async () => {
    await using rig = await working(await openSmppRig());
    const outcome = await rig.send('я'.repeat(200));
    const receipts = await receiptsOf(rig, 3);
    expect(receipts.map(({ providerId }) => providerId)).toEqual(outcome.outcome === 'accepted' && outcome.parts);
  });

  test('that comes before the answer to its submit is passed on at once', async () => {
    await using rig = await working(await openSmppRig({ smsc: { receiptBeforeAnswer: true, latencyMs: 100 } }));
    const sending = rig.send('Hi');
    const [receipt] = await receiptsOf(rig, 1);
    const outcome = await sending;
    expect(receipt?.providerId).toBe(outcome.outcome === 'accepted' && outcome.providerId);
  });

  test('that comes twice has one key', async () => {
    await using rig = await working(await openSmppRig({ smsc: { receiptCopies: 3 } }));
    await rig.send('Hi');
    const receipts = await receiptsOf(rig, 3);
    expect(receipts).toHaveLength(3);
    expect(new Set(receipts.map(({ eventKey }) => eventKey)).size).toBe(1);
  });

  test('out of order is passed on as it is', async () => {
    await using rig = await working(await openSmppRig({ smsc: { receiptStates: ['DELIVRD', 'ENROUTE'] } }));
    await rig.send('Hi');
    const receipts = await receiptsOf(rig, 2);
    expect(receipts.map(({ status }) => status)).toEqual(['delivered', 'accepted']);
    expect(new Set(receipts.map(({ eventKey }) => eventKey)).size).toBe(2);
  });

  test('of a failure tells the reason', async () => {
    await using rig = await working(
      await openSmppRig({ smsc: { receiptStatesOfNumber: { '79001112233': ['UNDELIV'] } } }),
    );
    await rig.send('Hi', '+79001112233');
    expect(await receiptsOf(rig, 1)).toMatchObject([
      { status: 'failed', error: expect.stringContaining('UNDELIV (err 001)') },
    ]);
  });

  test.each([
    ['hex', 'decimal', 'hex-answer'],
    ['decimal', 'hex', 'hex-receipt'],
    ['hex', 'hex', 'same'],
  ] as const)(
    'with ids in %s answers and %s receipts is matched by the setting %s',
    async (answerIds, receiptIds, idFormat) => {
      for (const receiptForm of ['text', 'both'] as const) {
        await using rig = await working(
          await openSmppRig({ smsc: { answerIds, receiptIds, receiptForm }, config: { idFormat } }),
        );
        const outcome = await rig.send('Hi');
        const [receipt] = await receiptsOf(rig, 1);
        expect(receipt?.providerId).toBe(outcome.outcome === 'accepted' && outcome.providerId);
      }
    },
  );

  test('whose id field has no closing zero does not swallow the field after it', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.deliver({ ...PERSON, esm_class: 4, receipted_message_id: Buffer.from('77'), message_state: 2 });
    rig.smsc.deliver({ ...PERSON, esm_class: 4, receipted_message_id: Buffer.from('78\0'), message_state: 2 });
    const receipts = await receiptsOf(rig, 2);
    expect(receipts.map(({ providerId }) => providerId)).toEqual(['77', '78']);
  });

  test('that names no message is answered, so that others can follow', async () => {
    await using rig = await working(await openSmppRig({ smsc: { deliveryWindow: 1 } }));
    rig.smsc.deliver({ ...PERSON, esm_class: 4, short_message: Buffer.from('nonsense') });
    rig.smsc.deliver({ ...PERSON, esm_class: 4, short_message: Buffer.from('id:5 stat:DELIVRD') });
    expect(await receiptsOf(rig, 1)).toMatchObject([{ providerId: '5' }]);
  });
});

describe('a delivery', () => {
  test('is answered only after it was stored', async () => {
    const stored = Promise.withResolvers<void>();
    await using rig = await working(await openSmppRig({ onEvent: () => stored.promise }));
    rig.smsc.deliver({ ...PERSON, short_message: Buffer.from('Hi') });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(rig.smsc.deliveryAnswers).toEqual([]);
    stored.resolve();
    await vi.waitFor(() => expect(rig.smsc.deliveryAnswers).toEqual([0]), SOON);
  });

  test('that could not be stored is repeated', async () => {
    let tries = 0;
    const onEvent = async () => {
      tries += 1;
      if (tries === 1) {
        throw new Error('the database is away');
      }
    };
    await using rig = await working(await openSmppRig({ onEvent }));
    await rig.send('Hi');
    await vi.waitFor(() => expect(rig.smsc.deliveryAnswers).toEqual([0x64, 0]), SOON);
    expect(rig.events).toHaveLength(1);
  });

  test('that was stored but not answered is repeated on the next connection, with the same key', async () => {
    const onEvent = async () => {
      if (rig.events.length === 0) {
        rig.smsc.dropConnections();
      }
    };
    await using rig = await working(await openSmppRig({ onEvent, smsc: { receiptDelayMs: 5 } }));
    await rig.send('Hi');
    const receipts = await receiptsOf(rig, 2);
    expect(new Set(receipts.map(({ eventKey }) => eventKey)).size).toBe(1);
    await vi.waitFor(() => expect(rig.smsc.unansweredDeliveries).toBe(0), SOON);
  });
});

describe('an inbound message', () => {
  test.each([
    ['Hi [there] €', 0, Buffer.from('Hi \x1b<there\x1b> \x1be', 'latin1')],
    ['Hi_there', 1, Buffer.from('Hi_there')],
    ['Größe', 3, Buffer.from('Größe', 'latin1')],
    ['Привет', 6, Buffer.from([0xbf, 0xe0, 0xd8, 0xd2, 0xd5, 0xe2])],
    ['Привет 😀', 8, ucs2('Привет 😀')],
    ['Привет', 0x18, ucs2('Привет')],
    ['00ff', 4, Buffer.from([0, 255])],
    ['', 8, Buffer.from([1])],
  ])('%s in coding %i is read', async (text, data_coding, short_message) => {
    await using rig = await working(await openSmppRig());
    rig.smsc.deliver({ ...PERSON, data_coding, short_message });
    expect(await inboundOf(rig, 1)).toMatchObject([{ from: '+79007654321', text }]);
  });

  test('in message_payload is read', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.deliver({ ...PERSON, data_coding: 8, message_payload: ucs2('Длинный') });
    expect(await inboundOf(rig, 1)).toMatchObject([{ text: 'Длинный' }]);
  });

  test('sent twice by a person is two messages', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.deliver({ ...PERSON, short_message: Buffer.from('yes') });
    rig.smsc.deliver({ ...PERSON, short_message: Buffer.from('yes') });
    const messages = await inboundOf(rig, 2);
    expect(new Set(messages.map(({ eventKey }) => eventKey)).size).toBe(2);
  });

  test('that looks like a receipt but is none stays a message', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.deliver({ ...PERSON, short_message: Buffer.from('id:2571 stat:DELIVRD') });
    expect(await eventsOf(rig, 1)).toMatchObject([{ type: 'inbound' }]);
  });

  test('in parts is joined, in the right order and through a cut character', async () => {
    await using rig = await working(await openSmppRig());
    const bytes = ucs2('Начало 😀 конец');
    rig.smsc.deliver(piece(7, 2, 2, bytes.subarray(16)));
    rig.smsc.deliver(piece(7, 2, 1, bytes.subarray(0, 16)));
    expect(await inboundOf(rig, 1)).toMatchObject([{ text: 'Начало 😀 конец' }]);
    await vi.waitFor(() => expect(rig.smsc.deliveryAnswers).toEqual([0, 0]), SOON);
    expect(rig.events).toHaveLength(1);
  });

  test('in parts by 16-bit references or by fields is joined', async () => {
    await using rig = await working(await openSmppRig());
    for (const sequence of [1, 2]) {
      const header = Buffer.from([6, 8, 4, 1, 2, 2, sequence]);
      rig.smsc.deliver({
        ...PERSON,
        esm_class: 0x40,
        short_message: Buffer.concat([header, Buffer.from(`a${sequence}`)]),
      });
      rig.smsc.deliver({
        ...PERSON,
        short_message: Buffer.from(`b${sequence}`),
        sar_msg_ref_num: 9,
        sar_total_segments: 2,
        sar_segment_seqnum: sequence,
      });
    }
    const texts = (await inboundOf(rig, 2)).map(({ text }) => text);
    expect(texts).toEqual(['a1a2', 'b1b2']);
  });

  test('in parts from an SMSC that waits for each answer goes on as single messages', async () => {
    await using rig = await working(await openSmppRig({ smsc: { deliveryWindow: 1 } }));
    rig.smsc.deliver(piece(7, 2, 1, ucs2('Начало ')));
    rig.smsc.deliver(piece(7, 2, 2, ucs2('конец')));
    const texts = (await inboundOf(rig, 2)).map(({ text }) => text);
    expect(texts).toEqual(['Начало ', 'конец']);
  });

  test('whose connection is lost between two parts is repeated whole and shows once', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.deliver(piece(7, 2, 1, ucs2('Начало ')));
    await new Promise((resolve) => setTimeout(resolve, 30));
    rig.smsc.dropConnections();
    rig.smsc.deliver(piece(7, 2, 2, ucs2('конец')));
    expect(await inboundOf(rig, 1)).toMatchObject([{ text: 'Начало конец' }]);
    await vi.waitFor(() => expect(rig.smsc.unansweredDeliveries).toBe(0), SOON);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rig.events).toHaveLength(1);
  });
});
