import type { Language } from '../../accounts/principal.ts';
import { networkFaultOf } from '../../lib/network-fault.ts';
import { providerError } from '../provider-errors.ts';
import { SMPP_SERVER, smppError } from './errors.ts';
import { type Pdu, type Session, smpp } from './protocol.ts';
import { Delivery, type SmppConfig } from './schema.ts';
import { describeBindStatus, isPassingBindStatus } from './status.ts';
import type { SubmitFields } from './submit.ts';
import type { Timing } from './timing.ts';

export type RequestOutcome =
  | { type: 'answer'; status: number; messageId: string }
  /** Written, at least into the socket's buffer, and not answered. */
  | { type: 'no-answer'; error: string }
  /** Not one byte left. */
  | { type: 'not-written'; error: string };

export type BindOutcome =
  | { outcome: 'bound' }
  /** `passing`: by itself; otherwise a person has to correct the line or its account. */
  | { outcome: 'refused'; passing: boolean; error: string }
  | { outcome: 'unreachable'; error: string };

const INTERFACE_VERSION = 0x34;
const UNBIND_ANSWER_MS = 2_000;
const TEMPORARY_APPLICATION_ERROR = 0x64;
const INVALID_COMMAND = 0x03;

/**
 * One life of a connection: connecting → bound → closed. Nothing leaves `closed`, and whatever ends the connection (the
 * peer, an error, a missing answer to the keep-alive, `drop`) goes through one door, which leaves every request that
 * waits without an answer. A new connection is a new object.
 */
export class SmppSession {
  readonly closed: Promise<string>;
  readonly #config: SmppConfig;
  readonly #timing: Timing;
  readonly #language: Language;
  readonly #onDelivery: (delivery: Delivery) => Promise<void>;
  readonly #session: Session;
  readonly #end = Promise.withResolvers<string>();
  readonly #waiting = new Set<(error: string) => void>();
  #closedBecause: string | null = null;
  #keepAlive: NodeJS.Timeout | null = null;

  /** What ends it is said in `language`. */
  constructor(
    config: SmppConfig,
    options: { timing: Timing; language: Language; onDelivery: (delivery: Delivery) => Promise<void> },
  ) {
    this.closed = this.#end.promise;
    this.#config = config;
    this.#timing = options.timing;
    this.#language = options.language;
    this.#onDelivery = options.onDelivery;
    const { host, port, tls = false } = config;
    this.#session = smpp.connect({ host, port, tls, noDelay: true, keepAlive: true });
    // These stay for good: a late error without a listener would end the process.
    this.#session.on('error', (error: NodeJS.ErrnoException) => this.drop(this.#describeError(error)));
    this.#session.on('close', () => this.drop(smppError('closed-by-server', this.#language)));
    this.#session.on('pdu', (pdu: Pdu) => this.#receive(pdu));
  }

  /** Connects and binds as a transceiver; to be called once. A session that was not bound is closed. */
  async bind(): Promise<BindOutcome> {
    const { bindMs } = this.#timing;
    const late = smppError('no-bind', this.#language, { seconds: bindMs / 1_000 });
    const timer = setTimeout(() => this.drop(late), bindMs);
    const connected = new Promise<null>((resolve) =>
      this.#session.once(this.#config.tls ? 'secureConnect' : 'connect', () => resolve(null)),
    );
    const failure = await Promise.race([connected, this.closed]);
    const outcome = failure === null ? await this.#requestBind() : { outcome: 'unreachable' as const, error: failure };
    clearTimeout(timer);
    if (outcome.outcome === 'bound') {
      this.#keepAlive = setInterval(() => this.#enquire(), this.#timing.enquireMs);
    } else {
      this.drop(outcome.error);
    }
    return outcome;
  }

  /** Writes one submit_sm; `mayWrite` is asked in the same tick. */
  submit(fields: SubmitFields, mayWrite: () => boolean): Promise<RequestOutcome> {
    return this.#request('submit_sm', { ...fields }, this.#timing.submitMs, mayWrite);
  }

  /** Says goodbye and closes. */
  async unbind(): Promise<void> {
    await this.#request('unbind', {}, UNBIND_ANSWER_MS);
    this.drop(smppError('closing', this.#language));
  }

  /** Ends the connection at once; the first reason counts. */
  drop(reason: string): void {
    if (this.#closedBecause !== null) {
      return;
    }
    this.#closedBecause = reason;
    if (this.#keepAlive !== null) {
      clearInterval(this.#keepAlive);
    }
    this.#session.destroy();
    for (const lose of [...this.#waiting]) {
      lose(reason);
    }
    this.#end.resolve(reason);
  }

  async #requestBind(): Promise<BindOutcome> {
    const { systemId, password, systemType = '' } = this.#config;
    const fields = { system_id: systemId, password, system_type: systemType, interface_version: INTERFACE_VERSION };
    const outcome = await this.#request('bind_transceiver', fields, this.#timing.bindMs);
    if (outcome.type !== 'answer') {
      return { outcome: 'unreachable', error: outcome.error };
    }
    if (outcome.status !== 0) {
      const error = describeBindStatus(outcome.status, this.#language);
      return { outcome: 'refused', passing: isPassingBindStatus(outcome.status), error };
    }
    return { outcome: 'bound' };
  }

  async #enquire(): Promise<void> {
    const outcome = await this.#request('enquire_link', {}, this.#timing.enquireAnswerMs);
    if (outcome.type === 'no-answer') {
      this.drop(outcome.error);
    }
  }

  #request(
    command: string,
    fields: Record<string, unknown>,
    answerMs: number,
    mayWrite: () => boolean = () => true,
  ): Promise<RequestOutcome> {
    if (this.#closedBecause !== null) {
      return Promise.resolve({ type: 'not-written', error: this.#closedBecause });
    }
    const language = this.#language;
    const pdu = new smpp.PDU(command, fields);
    return new Promise((resolve) => {
      if (!mayWrite()) {
        const error = providerError('not-allowed', language, { provider: SMPP_SERVER[language] });
        resolve({ type: 'not-written', error });
        return;
      }
      const settle = (outcome: RequestOutcome) => {
        clearTimeout(timer);
        this.#waiting.delete(lose);
        resolve(outcome);
      };
      const lose = (error: string) => settle({ type: 'no-answer', error });
      const timer = setTimeout(() => lose(describeSilence(command, answerMs, language)), answerMs);
      this.#waiting.add(lose);
      if (!this.#session.send(pdu, (answer) => settle(toAnswer(answer)))) {
        settle({ type: 'not-written', error: smppError('not-connected', language) });
      }
    });
  }

  #describeError(error: NodeJS.ErrnoException): string {
    const provider = SMPP_SERVER[this.#language];
    const words = error.message || error.code || error.name;
    return providerError(networkFaultOf(error.code), this.#language, { provider, words });
  }

  /** Must not throw: npm `smpp` would stop reading for ever. */
  #receive(pdu: Pdu): void {
    if (pdu.isResponse()) {
      return;
    }
    switch (pdu.command) {
      case 'deliver_sm':
      case 'data_sm':
        void this.#deliver(pdu);
        return;
      case 'enquire_link':
        this.#session.send(pdu.response());
        return;
      case 'unbind':
        this.#session.send(pdu.response());
        this.drop(smppError('unbound', this.#language));
        return;
      case 'alert_notification':
      case 'outbind':
        return;
      default:
        this.#session.send(
          new smpp.PDU('generic_nack', { command_status: INVALID_COMMAND, sequence_number: pdu.sequence_number }),
        );
    }
  }

  /** Answers only what was stored. Told of a temporary error, or nothing at all, the SMSC keeps the delivery and repeats it. */
  async #deliver(pdu: Pdu): Promise<void> {
    try {
      await this.#onDelivery(Delivery.parse(pdu));
      this.#session.send(pdu.response());
    } catch {
      this.#session.send(pdu.response({ command_status: TEMPORARY_APPLICATION_ERROR }));
    }
  }
}

function describeSilence(command: string, answerMs: number, language: Language): string {
  const seconds = answerMs / 1_000;
  return command === 'submit_sm'
    ? smppError('no-answer-to-submit', language, { seconds })
    : smppError('no-answer', language, { command, seconds });
}

function toAnswer(answer: Pdu): RequestOutcome {
  const messageId = answer['message_id'];
  return { type: 'answer', status: answer.command_status, messageId: typeof messageId === 'string' ? messageId : '' };
}
