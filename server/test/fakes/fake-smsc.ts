import type { AddressInfo, Server } from 'node:net';
import { type Pdu, type Session, smpp } from '../../src/channels/smpp/protocol.ts';
import { SmscInbox, type SmscMessage, type SmscSubmit } from './fake-smsc-inbox.ts';
import { SmscOutbox } from './fake-smsc-outbox.ts';

/** Happens to the next submits: `skip` of them pass first, then it strikes `times` times. */
export interface SmscFault {
  /** `status` refuses; `drop` closes the connection without an answer; `hang` never answers; `garbage` answers no PDU. */
  kind: 'status' | 'drop' | 'hang' | 'garbage';
  status?: number;
  /** Of all but `status`: whether the message was taken before. */
  recorded?: boolean;
  skip?: number;
  times: number;
}

/** Milliseconds, or a range from which each case draws. */
export type Span = number | readonly [number, number];

export interface FakeSmscSettings {
  /** Passwords by system_id. */
  accounts: Record<string, string>;
  /** Refuses every bind with this status; 0 looks at the account. */
  bindStatus: number;
  maxBinds: number;
  latencyMs: Span;
  /** Submits a second beyond which it throttles; null is without end. */
  submitsPerSecond: number | null;
  faults: SmscFault[];
  /** Refusals by destination. */
  statusOfNumber: Record<string, number>;
  answersEnquireLink: boolean;
  /** How an id is written in answers and in receipts. */
  answerIds: 'decimal' | 'hex';
  receiptIds: 'decimal' | 'hex';
  receipts: boolean;
  /** Sent one after the other for each submit, in this order, right or wrong. */
  receiptStates: string[];
  /** The same by destination. */
  receiptStatesOfNumber: Record<string, string[]>;
  receiptDelayMs: Span;
  receiptCopies: number;
  /** The receipt leaves before the answer to its own submit. */
  receiptBeforeAnswer: boolean;
  /** Where receipts tell id and state. */
  receiptForm: 'text' | 'fields' | 'both';
  /** Deliveries that it lets wait for an answer at once. */
  deliveryWindow: number;
}

export interface SmscBind {
  at: number;
  systemId: string;
  status: number;
}

const DEFAULTS: FakeSmscSettings = {
  accounts: { otklik: 'secret' },
  bindStatus: 0,
  maxBinds: 10,
  latencyMs: 0,
  submitsPerSecond: null,
  faults: [],
  statusOfNumber: {},
  answersEnquireLink: true,
  answerIds: 'decimal',
  receiptIds: 'decimal',
  receipts: true,
  receiptStates: ['DELIVRD'],
  receiptStatesOfNumber: {},
  receiptDelayMs: 0,
  receiptCopies: 1,
  receiptBeforeAnswer: false,
  receiptForm: 'both',
  deliveryWindow: 1_000,
};

const STATE_NUMBERS: Record<string, number> = {
  ENROUTE: 1,
  DELIVRD: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIV: 5,
  ACCEPTD: 6,
  UNKNOWN: 7,
  REJECTD: 8,
};
const STATUS = {
  ok: 0,
  notBound: 0x04,
  alreadyBound: 0x05,
  bindFailed: 0x0d,
  wrongPassword: 0x0e,
  wrongLogin: 0x0f,
  throttled: 0x58,
} as const;
const RECEIPT_CLASS = 0x04;

/** A real SMPP server on a socket of 127.0.0.1 that behaves as real SMSCs do, their faults included. */
export class FakeSmsc {
  readonly settings: FakeSmscSettings;
  readonly binds: SmscBind[] = [];
  /** Submits that waited for an answer at once, at most. */
  maxInFlight = 0;
  enquiries = 0;
  unbinds = 0;
  readonly #inbox = new SmscInbox();
  readonly #outbox = new SmscOutbox();
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  readonly #bound = new Set<Session>();
  readonly #recent: number[] = [];
  #nextId = 0xa0b;
  #inFlight = 0;

  constructor(settings: Partial<FakeSmscSettings> = {}, tls: { key?: string; cert?: string } = {}) {
    this.settings = { ...DEFAULTS, ...structuredClone(settings) };
    this.#server = smpp.createServer(tls, (session) => this.#accept(session));
  }

  async start(port = 0): Promise<{ host: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  async close(): Promise<void> {
    this.#outbox.stop();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Every submit it took, parts one by one. */
  get submits(): readonly SmscSubmit[] {
    return this.#inbox.submits;
  }

  /** Every message that a phone would show. */
  get messages(): readonly SmscMessage[] {
    return this.#inbox.messages;
  }

  /** Statuses of the client's answers to receipts and inbound messages. */
  get deliveryAnswers(): readonly number[] {
    return this.#outbox.answers;
  }

  get boundNow(): number {
    return this.#bound.size;
  }

  get unansweredDeliveries(): number {
    return this.#outbox.unanswered;
  }

  change(settings: Partial<FakeSmscSettings>): void {
    Object.assign(this.settings, settings);
  }

  clearLog(): void {
    this.#inbox.clear();
  }

  dropConnections(): void {
    for (const session of this.#sessions) {
      session.destroy();
    }
  }

  /** A delivery with these fields, for messages of people and for odd receipts. */
  deliver(fields: Record<string, unknown>): void {
    this.#outbox.window = this.settings.deliveryWindow;
    this.#outbox.deliver(fields);
  }

  /** Sends any PDU to every bound client. */
  sendToAll(command: string, fields: Record<string, unknown> = {}): void {
    for (const session of this.#bound) {
      session.send(new smpp.PDU(command, fields));
    }
  }

  /** Octets that are no PDU. */
  sendGarbage(bytes: Buffer): void {
    for (const session of this.#bound) {
      session.socket.write(bytes);
    }
  }

  #accept(session: Session): void {
    this.#sessions.add(session);
    session.on('error', () => session.destroy());
    session.on('close', () => {
      this.#sessions.delete(session);
      this.#bound.delete(session);
      this.#outbox.close(session);
    });
    session.on('pdu', (pdu: Pdu) => this.#receive(session, pdu));
  }

  #receive(session: Session, pdu: Pdu): void {
    if (pdu.isResponse()) {
      return;
    }
    switch (pdu.command) {
      case 'bind_transceiver':
        this.#bind(session, pdu);
        return;
      case 'submit_sm':
        this.#submit(session, pdu);
        return;
      case 'enquire_link':
        this.enquiries += 1;
        if (this.settings.answersEnquireLink) {
          session.send(pdu.response());
        }
        return;
      case 'unbind':
        this.unbinds += 1;
        session.send(pdu.response());
        this.#bound.delete(session);
        return;
      default:
        session.send(new smpp.PDU('generic_nack', { command_status: 3, sequence_number: pdu.sequence_number }));
    }
  }

  #bind(session: Session, pdu: Pdu): void {
    const systemId = String(pdu['system_id']);
    const status = this.#judgeBind(session, systemId, String(pdu['password']));
    this.binds.push({ at: Date.now(), systemId, status });
    session.send(pdu.response(status === 0 ? { system_id: 'fake-smsc' } : { command_status: status }));
    if (status === 0) {
      this.#bound.add(session);
      this.#outbox.window = this.settings.deliveryWindow;
      this.#outbox.open(session);
    }
  }

  #judgeBind(session: Session, systemId: string, password: string): number {
    const { accounts, bindStatus, maxBinds } = this.settings;
    if (bindStatus !== 0) {
      return bindStatus;
    }
    if (!(systemId in accounts)) {
      return STATUS.wrongLogin;
    }
    if (accounts[systemId] !== password) {
      return STATUS.wrongPassword;
    }
    if (this.#bound.has(session)) {
      return STATUS.alreadyBound;
    }
    return this.#bound.size >= maxBinds ? STATUS.bindFailed : STATUS.ok;
  }

  #submit(session: Session, pdu: Pdu): void {
    const fault = this.#takeFault();
    const status = this.#judgeSubmit(session, pdu, fault);
    if (status !== 0) {
      this.#answer(session, () => session.send(pdu.response({ command_status: status })));
      return;
    }
    if (fault !== null && fault.recorded !== true) {
      this.#strike(session, fault);
      return;
    }
    const submit = this.#inbox.record(String(this.#nextId++), pdu);
    if (fault !== null) {
      this.#report(submit);
      this.#strike(session, fault);
      return;
    }
    if (this.settings.receiptBeforeAnswer) {
      this.#report(submit);
    }
    this.#answer(session, () => {
      session.send(pdu.response({ message_id: writeId(submit.id, this.settings.answerIds) }));
      if (!this.settings.receiptBeforeAnswer) {
        this.#report(submit);
      }
    });
  }

  #judgeSubmit(session: Session, pdu: Pdu, fault: SmscFault | null): number {
    if (!this.#bound.has(session)) {
      return STATUS.notBound;
    }
    if (fault?.kind === 'status') {
      return fault.status ?? STATUS.throttled;
    }
    const ofNumber = this.settings.statusOfNumber[String(pdu['destination_addr'])];
    return ofNumber ?? (this.#isOverRate() ? STATUS.throttled : STATUS.ok);
  }

  #isOverRate(): boolean {
    const { submitsPerSecond } = this.settings;
    if (submitsPerSecond === null) {
      return false;
    }
    const now = Date.now();
    while ((this.#recent[0] ?? now) < now - 1_000) {
      this.#recent.shift();
    }
    if (this.#recent.length >= submitsPerSecond) {
      return true;
    }
    this.#recent.push(now);
    return false;
  }

  #takeFault(): SmscFault | null {
    const [fault] = this.settings.faults;
    if (fault === undefined) {
      return null;
    }
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      return null;
    }
    fault.times -= 1;
    if (fault.times <= 0) {
      this.settings.faults.shift();
    }
    return fault;
  }

  #strike(session: Session, fault: SmscFault): void {
    if (fault.kind === 'drop') {
      session.destroy();
    } else if (fault.kind === 'garbage') {
      session.socket.write(Buffer.alloc(32, 0xff));
    } else {
      this.#inFlight += 1;
      this.maxInFlight = Math.max(this.maxInFlight, this.#inFlight);
      session.once('close', () => {
        this.#inFlight -= 1;
      });
    }
  }

  #answer(session: Session, answer: () => void): void {
    this.#inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.#inFlight);
    const finish = () => {
      this.#inFlight -= 1;
      if (this.#sessions.has(session)) {
        answer();
      }
    };
    const latencyMs = draw(this.settings.latencyMs);
    if (latencyMs === 0) {
      finish();
    } else {
      setTimeout(finish, latencyMs);
    }
  }

  #report(submit: SmscSubmit): void {
    const { receipts, receiptStates, receiptStatesOfNumber, receiptCopies, receiptDelayMs } = this.settings;
    if (!receipts) {
      return;
    }
    this.#outbox.window = this.settings.deliveryWindow;
    for (const state of receiptStatesOfNumber[submit.to] ?? receiptStates) {
      const delayMs = draw(receiptDelayMs);
      for (let copy = 0; copy < receiptCopies; copy += 1) {
        this.#outbox.deliver(this.#receiptFields(submit, state), delayMs);
      }
    }
  }

  #receiptFields(submit: SmscSubmit, state: string): Record<string, unknown> {
    const { receiptForm, answerIds, receiptIds } = this.settings;
    const date = new Date().toISOString().replace(/\D/g, '').slice(2, 12);
    const delivered = state === 'DELIVRD' ? '001' : '000';
    const error = state === 'UNDELIV' || state === 'REJECTD' ? '001' : '000';
    const id = writeId(submit.id, receiptIds);
    const text = `id:${id} sub:001 dlvrd:${delivered} submit date:${date} done date:${date} stat:${state} err:${error} text:${submit.text.slice(0, 20)}`;
    const addresses = { source_addr: submit.to, destination_addr: submit.from, source_addr_ton: 1, source_addr_npi: 1 };
    const fields = {
      receipted_message_id: Buffer.from(writeId(submit.id, answerIds)),
      message_state: STATE_NUMBERS[state] ?? 7,
    };
    return {
      ...addresses,
      esm_class: RECEIPT_CLASS,
      short_message: receiptForm === 'fields' ? Buffer.alloc(0) : Buffer.from(text, 'latin1'),
      ...(receiptForm === 'text' ? {} : fields),
    };
  }
}

function writeId(id: string, form: 'decimal' | 'hex'): string {
  return form === 'hex' ? Number(id).toString(16).toUpperCase().padStart(8, '0') : id.padStart(10, '0');
}

function draw(span: Span): number {
  return typeof span === 'number' ? span : span[0] + Math.random() * (span[1] - span[0]);
}
