import type { Session } from 'smpp';
import smpp from 'smpp';

export type DeliveryFields = Record<string, unknown>;

/**
 * Deliveries to the client (receipts and messages of people), repeated until they are answered, as real SMSCs do: after
 * a temporary error in a while, after a lost connection on the next one.
 */
export class SmscOutbox {
  /** Statuses of the client's answers, in their order. */
  readonly answers: number[] = [];
  /** Deliveries that may wait for an answer at once. */
  window = Number.POSITIVE_INFINITY;
  repeatMs = 100;
  readonly #waiting: DeliveryFields[] = [];
  readonly #sent = new Map<Session, Set<DeliveryFields>>();
  readonly #timers = new Set<NodeJS.Timeout>();

  open(session: Session): void {
    this.#sent.set(session, new Set());
    this.#flush();
  }

  close(session: Session): void {
    this.#waiting.unshift(...(this.#sent.get(session) ?? []));
    this.#sent.delete(session);
    this.#flush();
  }

  deliver(fields: DeliveryFields, delayMs = 0): void {
    if (delayMs > 0) {
      this.#later(delayMs, () => this.deliver(fields));
      return;
    }
    this.#waiting.push(fields);
    this.#flush();
  }

  /** How many deliveries the client has not acknowledged. */
  get unanswered(): number {
    let sent = 0;
    for (const deliveries of this.#sent.values()) {
      sent += deliveries.size;
    }
    return this.#waiting.length + sent + this.#timers.size;
  }

  stop(): void {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    this.#waiting.length = 0;
  }

  #flush(): void {
    for (const [session, sent] of this.#sent) {
      while (this.#waiting.length > 0 && sent.size < this.window) {
        this.#send(session, sent, this.#waiting.shift() ?? {});
      }
    }
  }

  #send(session: Session, sent: Set<DeliveryFields>, fields: DeliveryFields): void {
    sent.add(fields);
    session.send(new smpp.PDU('deliver_sm', fields), (answer) => {
      this.answers.push(answer.command_status);
      sent.delete(fields);
      if (answer.command_status !== 0) {
        this.#later(this.repeatMs, () => this.deliver(fields));
      }
      this.#flush();
    });
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
