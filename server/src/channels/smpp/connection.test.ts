import { describe, expect, test, vi } from 'vitest';
import { FakeSmsc } from '../../../test/fakes/fake-smsc.ts';
import { openSmppRig, type SmppRig } from '../../../test/fakes/smpp-rig.ts';

const LONG_CYRILLIC = 'Здравствуйте, Анна! Спасибо за обращение — мы перезвоним Вам 👨‍👩‍👧‍👦 сегодня до 18:00. '.repeat(
  6,
);

const SOON = { interval: 5, timeout: 5_000 };

async function working(rig: SmppRig): Promise<SmppRig> {
  await vi.waitFor(() => expect(rig.line.isReady()).toBe(true), SOON);
  return rig;
}

describe('a submit', () => {
  test('reaches the phone as it was written and is accepted with the id of the SMSC', async () => {
    await using rig = await working(await openSmppRig({ config: { source: 'Otklik' } }));
    const outcome = await rig.send('Привет, [Анна]! €100');
    expect(outcome).toEqual({ outcome: 'accepted', providerId: '2571' });
    expect(rig.smsc.messages).toMatchObject([{ from: 'Otklik', to: '79001234567', text: 'Привет, [Анна]! €100' }]);
  });

  test('of GSM characters leaves in the GSM alphabet', async () => {
    await using rig = await working(await openSmppRig());
    const text = 'Price {10} [€] ~ \\ ^ | @ £ Ω ñ';
    await rig.send(text);
    expect(rig.smsc.submits).toMatchObject([{ dataCoding: 0, text }]);
  });

  test.each([
    ['Otklik', 'Otklik', '5/0'],
    ['+79001112233', '79001112233', '1/1'],
    ['79001112233', '79001112233', '1/1'],
    ['1234', '1234', '0/1'],
    [undefined, '', '0/0'],
  ])('from %s carries its addresses, asks for a receipt and lives for a day', async (source, from, fromType) => {
    await using rig = await working(await openSmppRig({ config: source === undefined ? {} : { source } }));
    await rig.send('Hi');
    const [submit] = rig.smsc.submits;
    expect(submit).toMatchObject({ from, fromType, to: '79001234567', toType: '1/1', wantsReceipt: true });
    const livesMs = (submit?.validUntil ?? 0) - (submit?.at ?? 0);
    // The library reckons with the local calendar, where a day may have 23 or 25 hours.
    expect(Math.abs(livesMs / 3_600_000 - 24)).toBeLessThan(2);
  });

  test('of a long Cyrillic text arrives whole, and its outcome names every part', async () => {
    await using rig = await working(await openSmppRig());
    const outcome = await rig.send(LONG_CYRILLIC);
    expect(rig.smsc.messages.map((message) => message.text)).toEqual([LONG_CYRILLIC]);
    const ids = rig.smsc.submits.map((submit) => submit.id);
    expect(ids.length).toBeGreaterThan(5);
    expect(outcome).toEqual({ outcome: 'accepted', providerId: ids[0], parts: ids });
  });

  test('of several long texts at once does not mix their parts', async () => {
    await using rig = await working(await openSmppRig({ smsc: { latencyMs: [0, 10] } }));
    const texts = Array.from({ length: 20 }, (_, index) => `${index}: ${LONG_CYRILLIC}`);
    await Promise.all(texts.map((text) => rig.send(text)));
    expect(new Set(rig.smsc.messages.map((message) => message.text))).toEqual(new Set(texts));
  });

  test.each([
    [0x0b, 'bad-number', 'did not accept the number of the recipient: ESME_RINVDSTADR (0x0B)'],
    [0x0a, 'bad-config', 'did not accept the sender: ESME_RINVSRCADR (0x0A)'],
    [0x53, 'bad-config', 'did not accept the parameters of the line: ESME_RINVSYSTYP (0x53)'],
    [0x01, 'bad-content', 'did not accept the text: ESME_RINVMSGLEN (0x01)'],
    [0x45, 'other', 'refused the message: ESME_RSUBMITFAIL (0x45)'],
    [0x65, 'other', 'refused the message: ESME_RX_P_APPN (0x65)'],
    [0x4ff, 'other', 'refused the message: 0x4FF'],
  ])('answered with status %i is refused', async (status, reason, error) => {
    await using rig = await working(await openSmppRig({ smsc: { statusOfNumber: { '79001234567': status } } }));
    expect(await rig.send('Hi')).toEqual({ outcome: 'refused', reason, error: expect.stringContaining(error) });
    expect(rig.smsc.submits).toEqual([]);
  });

  test.each([0x58, 0x14, 0x64, 0x08])('answered with status %i was not sent and may be tried later', async (status) => {
    await using rig = await working(await openSmppRig({ smsc: { faults: [{ kind: 'status', status, times: 1 }] } }));
    const outcome = await rig.send('Hi');
    expect(outcome).toMatchObject({ outcome: 'not-sent', retryAfterMs: expect.any(Number) });
    expect(rig.smsc.submits).toEqual([]);
  });

  test('of an empty text, or of one too long for any phone, does not leave', async () => {
    await using rig = await working(await openSmppRig());
    expect(await rig.send('')).toMatchObject({ outcome: 'refused', reason: 'bad-content' });
    expect(await rig.send('я'.repeat(67 * 255 + 1))).toMatchObject({ outcome: 'refused', reason: 'bad-content' });
  });

  test('is not written when the worker lost its lease', async () => {
    await using rig = await working(await openSmppRig({ maySend: () => false }));
    expect(await rig.send('Hi')).toMatchObject({ outcome: 'not-sent' });
    expect(rig.smsc.submits).toEqual([]);
  });

  test('asks for the lease in the tick of the write, after waiting for room', async () => {
    let owns = true;
    await using rig = await working(
      await openSmppRig({ config: { window: 1 }, smsc: { latencyMs: 30 }, maySend: () => owns }),
    );
    const first = rig.send('one');
    const second = rig.send('two');
    await vi.waitFor(() => expect(rig.smsc.submits).toHaveLength(1), SOON);
    owns = false;
    expect((await first).outcome).toBe('accepted');
    expect((await second).outcome).toBe('not-sent');
    expect(rig.smsc.submits).toHaveLength(1);
  });
});

describe('throttling', () => {
  test('slows the line down, and each next one doubles the pause until a message is accepted', async () => {
    await using rig = await working(
      await openSmppRig({ smsc: { faults: [{ kind: 'status', status: 0x58, times: 2 }] } }),
    );
    expect(await rig.send('one')).toMatchObject({ outcome: 'not-sent', retryAfterMs: 30 });
    expect(rig.line.isReady()).toBe(false);
    expect(await rig.send('two')).toMatchObject({ outcome: 'not-sent', retryAfterMs: 60 });
    expect(await rig.send('three')).toMatchObject({ outcome: 'accepted' });
    rig.smsc.change({ faults: [{ kind: 'status', status: 0x58, times: 1 }] });
    expect(await rig.send('four')).toMatchObject({ outcome: 'not-sent', retryAfterMs: 30 });
  });

  test('in the middle of a message: the rest follows when the SMSC is free again', async () => {
    await using rig = await working(
      await openSmppRig({ smsc: { faults: [{ kind: 'status', status: 0x58, skip: 1, times: 3 }] } }),
    );
    const outcome = await rig.send(LONG_CYRILLIC);
    expect(outcome).toMatchObject({ outcome: 'accepted' });
    expect(rig.smsc.messages.map((message) => message.text)).toEqual([LONG_CYRILLIC]);
  });

  test('in the middle of a message and without end: uncertain, with the parts that were taken', async () => {
    await using rig = await working(
      await openSmppRig({
        timing: { restMs: 100 },
        smsc: { faults: [{ kind: 'status', status: 0x58, skip: 2, times: 1_000 }] },
      }),
    );
    const outcome = await rig.send(LONG_CYRILLIC);
    expect(outcome).toMatchObject({ outcome: 'uncertain', parts: ['2571', '2572'] });
  });

  test('by rate: everything is taken in the end and nothing twice', async () => {
    await using rig = await working(await openSmppRig({ smsc: { submitsPerSecond: 40 }, timing: { throttleMs: 100 } }));
    const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`);
    await Promise.all(
      texts.map(async (text) => {
        while ((await rig.send(text)).outcome === 'not-sent') {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }),
    );
    expect(rig.smsc.messages.map((message) => message.text).sort()).toEqual([...texts].sort());
  });
});

describe('a lost answer', () => {
  test('is uncertain after the time-out, though the message was taken', async () => {
    await using rig = await working(
      await openSmppRig({ timing: { submitMs: 300 }, smsc: { faults: [{ kind: 'hang', recorded: true, times: 1 }] } }),
    );
    expect(await rig.send('Hi')).toEqual({ outcome: 'uncertain', error: expect.stringContaining('within 0.3 s') });
    expect(rig.smsc.submits).toHaveLength(1);
    expect(rig.line.isReady()).toBe(true);
  });

  test.each([true, false])('is uncertain when the connection drops (taken: %s)', async (recorded) => {
    await using rig = await working(await openSmppRig({ smsc: { faults: [{ kind: 'drop', recorded, times: 1 }] } }));
    expect(await rig.send('Hi')).toEqual({
      outcome: 'uncertain',
      error: expect.stringContaining('closed the connection'),
    });
    expect(rig.smsc.submits).toHaveLength(recorded ? 1 : 0);
  });

  test('in the middle of a message keeps the ids of the parts that were taken', async () => {
    await using rig = await working(await openSmppRig({ smsc: { faults: [{ kind: 'drop', skip: 2, times: 1 }] } }));
    expect(await rig.send(LONG_CYRILLIC)).toMatchObject({ outcome: 'uncertain', parts: ['2571', '2572'] });
    await working(rig);
    expect(rig.smsc.submits).toHaveLength(2);
  });

  test('of many in flight: those that wait for room were not sent', async () => {
    await using rig = await working(
      await openSmppRig({ config: { window: 3 }, smsc: { faults: [{ kind: 'hang', times: 100 }] } }),
    );
    const outcomes = Promise.all(Array.from({ length: 8 }, (_, index) => rig.send(`text ${index}`)));
    await vi.waitFor(() => expect(rig.smsc.maxInFlight).toBe(3), SOON);
    rig.smsc.dropConnections();
    const kinds = (await outcomes).map((outcome) => outcome.outcome);
    expect(kinds).toEqual([...Array(3).fill('uncertain'), ...Array(5).fill('not-sent')]);
  });
});

describe('the window', () => {
  test('is never overrun, and everything gets through it', async () => {
    await using rig = await working(await openSmppRig({ config: { window: 4 }, smsc: { latencyMs: [1, 8] } }));
    const outcomes = await Promise.all(Array.from({ length: 40 }, (_, index) => rig.send(`text ${index}`)));
    expect(new Set(outcomes.map((outcome) => outcome.outcome))).toEqual(new Set(['accepted']));
    expect(rig.smsc.maxInFlight).toBe(4);
  });

  test('is full: not ready; and its queue has an end', async () => {
    await using rig = await working(await openSmppRig({ config: { window: 1 }, smsc: { latencyMs: 20 } }));
    const outcomes = Array.from({ length: 13 }, () => rig.send('Hi'));
    expect(rig.line.isReady()).toBe(false);
    expect(await outcomes[12]).toMatchObject({ outcome: 'not-sent', retryAfterMs: 1_000 });
    expect(await outcomes[10]).toMatchObject({ outcome: 'accepted' });
  });

  test('gives no room for long: not sent', async () => {
    await using rig = await working(
      await openSmppRig({
        config: { window: 1 },
        timing: { queueMs: 50, submitMs: 300 },
        smsc: { faults: [{ kind: 'hang', times: 1 }] },
      }),
    );
    const first = rig.send('one');
    expect(await rig.send('two')).toMatchObject({ outcome: 'not-sent' });
    expect(await first).toMatchObject({ outcome: 'uncertain' });
  });
});

describe('the connection', () => {
  test('tells its states', async () => {
    await using rig = await working(await openSmppRig());
    expect(rig.states).toEqual([
      { state: 'connecting', detail: null },
      { state: 'working', detail: null },
    ]);
    expect(rig.line.health()).toEqual({ state: 'working', detail: null });
  });

  test('comes back after a drop, and meanwhile nothing is sent', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.dropConnections();
    await vi.waitFor(() => expect(rig.line.health().state).toBe('offline'), SOON);
    expect(await rig.send('Hi')).toMatchObject({
      outcome: 'not-sent',
      error: expect.stringContaining('closed the connection'),
    });
    await working(rig);
    expect(await rig.send('Hi')).toMatchObject({ outcome: 'accepted' });
    expect(rig.states.map(({ state }) => state)).toEqual(['connecting', 'working', 'offline', 'working']);
  });

  test('backs off from an SMSC that takes the bind and hangs up at once', async () => {
    await using rig = await openSmppRig({ timing: { reconnectBaseMs: 40, reconnectMaxMs: 10_000 } });
    const { binds } = rig.smsc;
    const timer = setInterval(() => rig.smsc.boundNow > 0 && rig.smsc.dropConnections(), 1);
    await vi.waitFor(() => expect(binds.length).toBeGreaterThan(6), { interval: 5, timeout: 15_000 });
    clearInterval(timer);
    // Six pauses of 40, 80 … 1280 ms, each of which jitter may shorten to a fifth.
    expect((binds[6]?.at ?? 0) - (binds[0]?.at ?? 0)).toBeGreaterThan(480);
  }, 20_000);

  test('waits for an SMSC that is not there', async () => {
    const closed = new FakeSmsc();
    const { port } = await closed.start();
    await closed.close();
    await using rig = await openSmppRig({ config: { port } });
    await vi.waitFor(
      () =>
        expect(rig.line.health()).toMatchObject({ state: 'offline', detail: expect.stringContaining('ECONNREFUSED') }),
      SOON,
    );
    expect(await rig.send('Hi')).toMatchObject({ outcome: 'not-sent', error: expect.stringContaining('ECONNREFUSED') });
    await using smsc = new FakeSmsc();
    await smsc.start(port);
    await working(rig);
  });

  test.each([
    ['a wrong password', { password: 'wrong' }, 0, 'login or password: ESME_RINVPASWD (0x0E)'],
    ['a wrong login', { systemId: 'nobody' }, 0, 'login or password: ESME_RINVSYSID (0x0F)'],
    ['any refusal', {}, 0x0d, 'login or password: ESME_RBINDFAIL (0x0D)'],
  ])('with %s has failed, says why, and does not knock again soon', async (_, config, bindStatus, words) => {
    const detail = expect.stringContaining(words);
    await using rig = await openSmppRig({ config, smsc: { bindStatus } });
    await vi.waitFor(() => expect(rig.line.health()).toEqual({ state: 'failed', detail }), SOON);
    expect(await rig.send('Hi')).toEqual({ outcome: 'not-sent', error: detail, retryAfterMs: 400 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(rig.smsc.binds).toHaveLength(1);
  });

  test('works by itself once the account is in order', async () => {
    await using rig = await openSmppRig({ smsc: { bindStatus: 0x0d }, timing: { refusedMs: 50 } });
    await vi.waitFor(() => expect(rig.line.health().state).toBe('failed'), SOON);
    rig.smsc.change({ bindStatus: 0 });
    await working(rig);
    expect(rig.states.map(({ state }) => state)).toEqual(['connecting', 'failed', 'working']);
  });

  test('is tried soon again where the SMSC still sees our last bind', async () => {
    await using rig = await openSmppRig({ smsc: { bindStatus: 0x05 } });
    await vi.waitFor(() => expect(rig.smsc.binds.length).toBeGreaterThan(2), SOON);
    expect(rig.line.health()).toMatchObject({ state: 'offline' });
  });

  test('that answers no keep-alive is dropped and made anew', async () => {
    await using rig = await working(await openSmppRig({ timing: { enquireMs: 30, enquireAnswerMs: 60 } }));
    await vi.waitFor(() => expect(rig.smsc.enquiries).toBeGreaterThan(2), SOON);
    expect(rig.smsc.binds).toHaveLength(1);
    rig.smsc.change({ answersEnquireLink: false });
    await vi.waitFor(() => expect(rig.smsc.binds.length).toBeGreaterThan(1), SOON);
    expect(rig.states).toContainEqual({
      state: 'offline',
      detail: expect.stringContaining('enquire_link within 0.06 s'),
    });
  });

  test('answers what the SMSC asks, and survives what it does not know', async () => {
    await using rig = await working(await openSmppRig());
    rig.smsc.sendToAll('enquire_link');
    rig.smsc.sendToAll('query_sm', { message_id: '1' });
    rig.smsc.sendToAll('alert_notification');
    expect(await rig.send('Hi')).toMatchObject({ outcome: 'accepted' });
    rig.smsc.sendToAll('unbind');
    await vi.waitFor(
      () => expect(rig.states).toContainEqual({ state: 'offline', detail: expect.stringContaining('unbind') }),
      SOON,
    );
    await working(rig);
  });

  test.each(['fffffff0', '00000007000000'])('is made anew after octets that are no PDU (%s)', async (hex) => {
    await using rig = await working(await openSmppRig());
    rig.smsc.sendGarbage(Buffer.from(hex.padEnd(64, '0'), 'hex'));
    await vi.waitFor(() => expect(rig.smsc.binds).toHaveLength(2), SOON);
    await working(rig);
  });
});

describe('close', () => {
  test('waits for what is in flight, takes nothing more, and says goodbye', async () => {
    await using rig = await working(await openSmppRig({ smsc: { latencyMs: 100 } }));
    const inFlight = rig.send('one');
    await vi.waitFor(() => expect(rig.smsc.submits).toHaveLength(1), SOON);
    const closing = rig.line.close();
    expect(await rig.send('two')).toMatchObject({ outcome: 'not-sent' });
    await closing;
    expect(await inFlight).toMatchObject({ outcome: 'accepted' });
    expect(rig.smsc.unbinds).toBe(1);
    expect(rig.smsc.boundNow).toBe(0);
    expect(rig.states.at(-1)).toEqual({ state: 'working', detail: null });
  });

  test('does not wait for ever: the rest is uncertain', async () => {
    await using rig = await working(
      await openSmppRig({ timing: { submitMs: 60_000, closeMs: 50 }, smsc: { faults: [{ kind: 'hang', times: 1 }] } }),
    );
    const inFlight = rig.send('one');
    await rig.line.close();
    expect(await inFlight).toMatchObject({ outcome: 'uncertain' });
  });

  test('ends a line that cannot connect', async () => {
    await using rig = await openSmppRig({ config: { password: 'wrong' }, timing: { refusedMs: 60_000 } });
    await vi.waitFor(() => expect(rig.line.health().state).toBe('failed'), SOON);
    await rig.line.close();
    expect(rig.smsc.binds).toHaveLength(1);
  });

  test('comes with the end of the worker', async () => {
    await using rig = await working(await openSmppRig());
    rig.stopWorker();
    await vi.waitFor(() => expect(rig.smsc.boundNow).toBe(0), SOON);
    expect(await rig.send('Hi')).toMatchObject({ outcome: 'not-sent' });
  });
});
