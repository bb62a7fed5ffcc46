import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LANGUAGES, type Language } from '../accounts/principal.ts';
import type { Channel, ChannelContext, LookUpRequest, SendOutcome, TextToSend, WebhookRequest } from './channel.ts';

/**
 * What every channel must do, whatever its provider. Each adapter's own test runs this against its fake provider; a
 * situation that the provider cannot get into is left out of `situations`.
 */

/** What may befall one send, a check or a look-up. `…-before`: the message does not arrive, `…-after`: it does. */
export type Situation =
  | 'unreachable'
  | 'offline'
  | 'wrong-key'
  | 'refused'
  | 'throttled'
  | 'broken-before'
  | 'broken-after'
  | 'silent-before'
  | 'silent-after'
  | 'cut-before'
  | 'cut-after'
  | 'malformed-after';

export interface ContractRig {
  channel: Channel;
  config: unknown;
  context: ChannelContext;
  /** Takes messages; on WhatsApp it has an account. */
  phone: string;
  /** Has no WhatsApp; null on SMS. */
  phoneWithoutWhatsapp: string | null;
  /** Sends through `channel.sendText`, or through the line's connection. */
  sendText(message: TextToSend): Promise<SendOutcome>;
  /** Puts the provider into the situation, for the requests that follow. */
  situations: Partial<Record<Situation, () => Promise<unknown> | unknown>>;
  /** Situations that only sends get into; checks go on as ever. */
  sendOnly?: readonly Situation[];
  /** Ids or texts of the messages the provider has received, repeats included. */
  received(): readonly unknown[];
  /** The provider's webhooks that say "delivered" about a message, the second one a repeat of the first. */
  receiptWebhooks?(providerId: string): [WebhookRequest, WebhookRequest];
  /** A webhook that somebody else made up. */
  forgedWebhook?(providerId: string): WebhookRequest;
  close(): Promise<void>;
}

interface Expectation {
  outcomes: SendOutcome['outcome'][];
  received: number;
}

/** A message that did not arrive may be called uncertain, when nobody could know; one that arrived is never called not sent. */
const expectedOf: Record<Situation, Expectation> = {
  unreachable: { outcomes: ['not-sent'], received: 0 },
  offline: { outcomes: ['not-sent'], received: 0 },
  'wrong-key': { outcomes: ['not-sent'], received: 0 },
  refused: { outcomes: ['refused'], received: 0 },
  throttled: { outcomes: ['not-sent'], received: 0 },
  'broken-before': { outcomes: ['uncertain', 'not-sent'], received: 0 },
  'broken-after': { outcomes: ['uncertain'], received: 1 },
  'silent-before': { outcomes: ['uncertain'], received: 0 },
  'silent-after': { outcomes: ['uncertain'], received: 1 },
  'cut-before': { outcomes: ['uncertain'], received: 0 },
  'cut-after': { outcomes: ['uncertain'], received: 1 },
  'malformed-after': { outcomes: ['uncertain', 'accepted'], received: 1 },
};

const situations = Object.keys(expectedOf) as Situation[];

/** Declares the tests; call it at the top of an `adapter.test.ts`. */
export function describeChannelContract(channel: Channel, makeRig: (language: Language) => Promise<ContractRig>): void {
  let rig: ContractRig;
  beforeEach(async () => {
    rig = await makeRig('en');
  });
  afterEach(() => rig.close());
  const current = () => rig;
  describe(`the contract of channels: ${channel.describe.id}`, () => {
    describeSends(current);
    if (channel.check) describeChecks(current);
    if (channel.lookUp) describeLookUps(current);
    if (channel.parseWebhook) describeWebhooks(current);
    describeLanguages(makeRig);
  });
}

function describeLanguages(makeRig: (language: Language) => Promise<ContractRig>): void {
  test.each(situations)('what is wrong is told in the language of the workspace, provider %s', async (situation) => {
    for (const language of LANGUAGES) {
      const rig = await makeRig(language);
      try {
        for (const text of await troublesOf(rig, situation)) expectLanguage(text, language);
      } finally {
        await rig.close();
      }
    }
  });

  test('a refused webhook is told in the language of the workspace', async () => {
    for (const language of LANGUAGES) {
      const rig = await makeRig(language);
      const verdict = rig.channel.parseWebhook?.(rig.config, { headers: {}, rawBody: Buffer.from('{}') }, language);
      await rig.close();
      if (verdict?.ok === false) expectLanguage(verdict.error, language);
    }
  });
}

/** All that a person reads of a provider in the situation: errors of a send, a check and a look-up, and the line's health. */
async function troublesOf(rig: ContractRig, situation: Situation): Promise<string[]> {
  const arrange = rig.situations[situation];
  if (!arrange) return [];
  const text = await textTo(rig, 'hello');
  await arrange();
  const outcomes = [
    await rig.sendText(text),
    await rig.channel.check?.(rig.config, rig.context, rig.phone),
    await rig.channel.lookUp?.(rig.config, rig.context, lookUpOf(text, new Date())),
  ];
  const health = await rig.channel.health?.(rig.config, rig.context);
  const errors = outcomes.map((outcome) => (outcome && 'error' in outcome ? outcome.error : null));
  return [...errors, health?.detail].filter((one) => typeof one === 'string');
}

function expectLanguage(text: string, language: Language): void {
  const isRussian = /[а-яё]/i.test(text);
  expect({ text, isRussian }).toEqual({ text, isRussian: language === 'ru' });
  expect(text).not.toMatch(/[{}]|undefined|null/);
}

function describeSends(rig: () => ContractRig): void {
  test('a text is accepted, with an id, and arrives once', async () => {
    const outcome = await rig().sendText(await textTo(rig(), 'Здравствуйте! Hello 👋'));
    expect(outcome).toMatchObject({ outcome: 'accepted', providerId: expect.stringMatching(/./) });
    expect(rig().received()).toHaveLength(1);
  });

  test('two texts get different ids', async () => {
    const outcomes = [
      await rig().sendText(await textTo(rig(), 'one')),
      await rig().sendText(await textTo(rig(), 'two')),
    ];
    const ids = outcomes.map((outcome) => outcome.outcome === 'accepted' && outcome.providerId);
    expect(new Set(ids).size).toBe(2);
  });

  test('nothing is sent when the lease is lost', async () => {
    const text = await textTo(rig(), 'late');
    rig().context.maySend = () => false;
    expect(await rig().sendText(text)).toMatchObject({ outcome: 'not-sent' });
    expect(rig().received()).toHaveLength(0);
  });

  test.each(situations)('a send, provider %s', async (situation) => {
    const arrange = rig().situations[situation];
    if (!arrange) return;
    const text = await textTo(rig(), 'hello');
    await arrange();
    const outcome = await rig().sendText(text);
    const expected = expectedOf[situation];
    expect(expected.outcomes).toContain(outcome.outcome);
    expect(rig().received()).toHaveLength(expected.received);
    if (outcome.outcome !== 'accepted') expect(outcome.error).not.toBe('');
  });

  test('a number without WhatsApp is refused as such', async () => {
    const phone = rig().phoneWithoutWhatsapp;
    if (phone === null) return;
    const outcome = await rig().sendText({ ...(await textTo(rig(), 'hello')), to: phone });
    expect(outcome).toMatchObject({ outcome: 'refused', reason: 'no-whatsapp' });
  });
}

function describeChecks(rig: () => ContractRig): void {
  const check = (phone: string) => rig().channel.check?.(rig().config, rig().context, phone);

  test('a check says yes and no', async () => {
    const phone = rig().phoneWithoutWhatsapp;
    if (phone === null) return;
    expect(await check(rig().phone)).toMatchObject({ outcome: 'yes' });
    expect(await check(phone)).toMatchObject({ outcome: 'no' });
  });

  test.each(situations.filter((one) => one !== 'refused'))(
    'a check is an error worth a retry and never a no, provider %s',
    async (situation) => {
      const arrange = rig().situations[situation];
      const phone = rig().phoneWithoutWhatsapp;
      if (!arrange || phone === null || rig().sendOnly?.includes(situation)) return;
      await arrange();
      const outcome = await check(phone);
      expect(outcome).toMatchObject({ outcome: 'error', retry: true });
    },
  );
}

function describeLookUps(rig: () => ContractRig): void {
  const lookUp = (request: LookUpRequest) => rig().channel.lookUp?.(rig().config, rig().context, request);

  test('a message that arrived is found by a look-up', async () => {
    const text = await textTo(rig(), 'find me');
    const sentAt = new Date();
    const sent = await rig().sendText(text);
    const found = await lookUp(lookUpOf(text, sentAt));
    expect(found).toEqual({
      outcome: 'found',
      providerId: sent.outcome === 'accepted' && sent.providerId,
      status: 'accepted',
    });
  });

  test('a message that never arrived is not found, once the provider has had time', async () => {
    const text = await textTo(rig(), 'never sent');
    expect(await lookUp(lookUpOf(text, new Date(Date.now() - 600_000)))).toEqual({ outcome: 'not-found' });
  });

  test.each(['unreachable', 'offline', 'wrong-key'] as const)(
    'a look-up tells nothing, provider %s',
    async (situation) => {
      const arrange = rig().situations[situation];
      if (!arrange) return;
      const text = await textTo(rig(), 'who knows');
      await arrange();
      expect(await lookUp(lookUpOf(text, new Date(Date.now() - 600_000)))).toMatchObject({ outcome: 'unknown' });
    },
  );
}

function describeWebhooks(rig: () => ContractRig): void {
  const parse = (request: WebhookRequest) => rig().channel.parseWebhook?.(rig().config, request, 'en');

  test('a receipt names the id that the send gave, and a repeat has the same key', async () => {
    const sent = await rig().sendText(await textTo(rig(), 'receipt, please'));
    if (sent.outcome !== 'accepted') throw new Error(sent.error);
    const webhooks = rig().receiptWebhooks?.(sent.providerId);
    if (!webhooks) return;
    const [first, second] = webhooks.map(parse);
    expect(first).toMatchObject({
      ok: true,
      events: [{ type: 'receipt', providerId: sent.providerId, status: 'delivered' }],
    });
    expect(second).toEqual(first);
  });

  test('a forged webhook is refused', () => {
    const forged = rig().forgedWebhook?.('3EB0');
    if (forged) expect(parse(forged)).toMatchObject({ ok: false });
  });

  test.each(['', '{', 'null', '[]', '{"event":7}'])('a webhook of %j is refused without a throw', (body) => {
    expect(parse({ headers: {}, rawBody: Buffer.from(body) })).toMatchObject({ ok: false });
  });
}

let texts = 0;

async function textTo(rig: ContractRig, text: string): Promise<TextToSend> {
  texts += 1;
  const preparedId = (await rig.channel.prepareText?.(rig.config, rig.context)) ?? null;
  return { messageId: `msg_${String(texts).padStart(32, '0')}`, to: rig.phone, text, preparedId };
}

function lookUpOf(text: TextToSend, sentAt: Date): LookUpRequest {
  return {
    messageId: text.messageId,
    to: text.to,
    text: text.text,
    fileName: null,
    providerId: text.preparedId,
    sentAt,
  };
}
