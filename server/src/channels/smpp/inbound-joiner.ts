import { randomUUID } from 'node:crypto';
import type { InboundEvent } from '../channel.ts';
import { decodeText, type InboundPart } from './inbound.ts';

interface Group {
  parts: Map<number, InboundPart>;
  timer: NodeJS.Timeout;
  done: PromiseWithResolvers<void>;
}

/**
 * Joins the parts of inbound messages. No part is answered to the SMSC before the event that holds it was stored, so a
 * crash loses nothing. An SMSC that sends the next part only after our answer would wait for ever: after a short while
 * the parts that came go on as messages of their own.
 */
export class InboundJoiner {
  readonly #groups = new Map<string, Group>();
  readonly #joinMs: number;
  readonly #emit: (event: InboundEvent) => Promise<void>;

  constructor(joinMs: number, emit: (event: InboundEvent) => Promise<void>) {
    this.#joinMs = joinMs;
    this.#emit = emit;
  }

  /** Resolves when the event that holds the part was stored. */
  accept(part: InboundPart): Promise<void> {
    return part.piece === null ? this.#emit(toEvent([part])) : this.#collect(part, part.piece);
  }

  /** Forgets parts that wait: their connection is gone, and the SMSC repeats what was not answered. */
  discard(): void {
    for (const group of this.#groups.values()) {
      clearTimeout(group.timer);
      group.done.reject(new Error('The connection was lost before the message was whole'));
    }
    this.#groups.clear();
  }

  #collect(part: InboundPart, piece: NonNullable<InboundPart['piece']>): Promise<void> {
    const key = `${part.from}/${part.to}/${piece.reference}/${piece.total}`;
    const group = this.#groups.get(key) ?? this.#open(key);
    group.parts.set(piece.sequence, part);
    if (group.parts.size === piece.total) {
      this.#finish(key, group, (parts) => this.#emit(toEvent(parts)));
    }
    return group.done.promise;
  }

  #open(key: string): Group {
    const timer = setTimeout(() => this.#finish(key, group, (parts) => this.#emitEach(parts)), this.#joinMs);
    const group: Group = { parts: new Map(), timer, done: Promise.withResolvers() };
    this.#groups.set(key, group);
    return group;
  }

  #finish(key: string, group: Group, emit: (parts: InboundPart[]) => Promise<void>): void {
    clearTimeout(group.timer);
    this.#groups.delete(key);
    const parts = [...group.parts].sort(([one], [other]) => one - other).map(([, part]) => part);
    emit(parts).then(group.done.resolve, group.done.reject);
  }

  async #emitEach(parts: InboundPart[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#emit(toEvent([part]))));
  }
}

/**
 * SMPP gives an inbound message no id. One made from its contents would take the second "yes" of a person for a repeat of
 * the first; so each delivery has a new one, and what an SMSC repeats after a crash of ours shows twice.
 */
function toEvent(parts: InboundPart[]): InboundEvent {
  const [first] = parts;
  const id = `mo-${randomUUID()}`;
  // Octets are joined before they are decoded: an SMSC may have cut through a character.
  const text = decodeText(first?.dataCoding ?? 0, Buffer.concat(parts.map((part) => part.bytes)));
  return { type: 'inbound', eventKey: id, providerId: id, from: first?.from ?? '', text, occurredAt: null };
}
