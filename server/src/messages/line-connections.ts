import type { ChannelContext, ChannelEvent, LineConnection, LineHealth } from '../channels/channel.ts';
import type { Context } from '../context.ts';
import { messageAttempted } from '../events.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { pausePoint } from '../lib/pause-point.ts';
import { type OpenLine, openLine } from '../lines/open-line.ts';
import { setLineState } from '../lines/set-line-state.ts';
import { channelsWithConnection } from './give-up-message.ts';
import { firstLookUpMs } from './look-up-times.ts';
import { putBackUnknownMessages, type TakenMessage, takeQueuedMessages } from './take-message.ts';
import { writeOutcome } from './write-outcome.ts';

/** How many intents may be open on one connection; the adapter's own window is narrower or equal. */
const WINDOW = 20;

export interface ConnectionParts {
  context: Context;
  workerId: string;
  contextFor(line: OpenLine): ChannelContext;
  /** Keeps a receipt or an inbound message; the provider is told only after it resolved. */
  onEvent(line: OpenLine, event: ChannelEvent): Promise<void>;
}

interface Held {
  line: OpenLine;
  connection: LineConnection;
  open: number;
  pumping: boolean;
}

/**
 * Holds the connections of the lines that this worker owns. A line with a connection has one owner among the workers, since
 * providers cap binds; all others hand their messages over through the table, as `queued`. Owning is a column of the line that
 * points at the worker's row and empties itself when that row goes.
 */
export class LineConnections {
  readonly #parts: ConnectionParts;
  readonly #held = new Map<string, Held>();
  /** Messages whose call was begun and whose outcome is not yet written. */
  readonly #begun = new Set<string>();
  #closed = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Takes lines that nobody owns, lets go of those that changed or are gone, and sends what waits. Called every so often. */
  async tick(): Promise<void> {
    if (this.#closed) return;
    const owned = await claimLines(this.#parts);
    for (const [id, held] of this.#held) {
      const line = owned.get(id);
      if (line === undefined || !isSameLine(line, held.line)) await this.#drop(id);
    }
    for (const line of owned.values()) if (!this.#held.has(line.id)) this.#connect(line);
    await Promise.all([...this.#held.values()].map((held) => this.#putBack(held)));
    for (const id of this.#held.keys()) this.pump(id);
  }

  /** Sends what is queued on a line, as far as its window allows; what fails now is tried again by the next tick. */
  pump(lineId: string): void {
    const held = this.#held.get(lineId);
    if (held === undefined || held.pumping || this.#closed) return;
    this.#pump(held).catch((error: unknown) => {
      this.#parts.context.logger.warn({ err: error, lineId }, 'The queued messages of a line could not be taken');
    });
  }

  async #pump(held: Held): Promise<void> {
    held.pumping = true;
    try {
      while (!this.#closed && held.open < WINDOW && held.connection.isReady() && !held.line.paused) {
        const { context, workerId } = this.#parts;
        const wanted = Math.max(1, WINDOW - held.open);
        const taken = await takeQueuedMessages(context.pool, held.line, workerId, wanted);
        for (const message of taken) void this.#send(held, message);
        if (taken.length < wanted) break;
      }
    } finally {
      held.pumping = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#held.keys()].map((id) => this.#drop(id)));
  }

  /** Nothing is being taken while this looks, so what stands as taken and was never begun was lost on its way here. */
  async #putBack(held: Held): Promise<void> {
    if (held.pumping) return;
    held.pumping = true;
    try {
      await putBackUnknownMessages(this.#parts.context.pool, held.line, this.#parts.workerId, [...this.#begun]);
    } finally {
      held.pumping = false;
    }
  }

  #connect(line: OpenLine): void {
    const { context, contextFor, onEvent } = this.#parts;
    const connection = line.channel.connect?.(line.config, contextFor(line), {
      onEvent: (event) => onEvent(line, event),
      onState: (health: LineHealth) => {
        setLineState(context.pool, line.workspaceId, line.id, health).catch((error: unknown) => {
          context.logger.warn({ err: error, lineId: line.id }, 'The state of a line could not be written');
        });
        if (health.state === 'working') this.pump(line.id);
      },
    });
    if (connection !== undefined) this.#held.set(line.id, { line, connection, open: 0, pumping: false });
  }

  async #drop(lineId: string): Promise<void> {
    const held = this.#held.get(lineId);
    this.#held.delete(lineId);
    await held?.connection.close();
  }

  async #send(held: Held, message: TakenMessage): Promise<void> {
    held.open += 1;
    this.#begun.add(message.id);
    const { context } = this.#parts;
    try {
      await pausePoint('after-intent', message.id);
      const outcome = await held.connection.sendText({
        messageId: message.id,
        to: message.phone,
        text: message.text ?? '',
        preparedId: null,
      });
      messageAttempted(held.line.medium, outcome.outcome);
      await pausePoint('after-answer', message.id);
      const retryAfterMs = outcome.outcome === 'not-sent' ? outcome.retryAfterMs : undefined;
      const retryInMs = backoffMs(message.attempt, { maxMs: 30_000, retryAfterMs });
      await writeOutcome(context.pool, message, outcome, { retryInMs, lookUpInMs: firstLookUpMs(held.line.channel) });
      this.#begun.delete(message.id);
      await pausePoint('after-outcome', message.id);
    } catch (error) {
      context.logger.error({ err: error, messageId: message.id }, 'The outcome of a message could not be written');
    } finally {
      held.open -= 1;
    }
    this.pump(held.line.id);
  }
}

/** A connection also says its errors in the language that it was made with. */
function isSameLine(one: OpenLine, other: OpenLine): boolean {
  const isAlike = one.paused === other.paused && one.language === other.language;
  return isAlike && JSON.stringify(one.config) === JSON.stringify(other.config);
}

async function claimLines(parts: ConnectionParts): Promise<Map<string, OpenLine>> {
  const { context, workerId } = parts;
  await context.pool.query(
    `update lines set owner_worker_id = $2
     where channel = any ($1) and owner_worker_id is null and deleted_at is null and exists (select from workers where id = $2)`,
    [channelsWithConnection(), workerId],
  );
  const { rows } = await context.pool.query<{ workspace_id: WorkspaceId; id: string }>(
    'select workspace_id, id from lines where owner_worker_id = $1 and deleted_at is null',
    [workerId],
  );
  const lines = await Promise.all(rows.map((row) => openLine(context, row.workspace_id, row.id)));
  return new Map(lines.flatMap((line) => (line === null ? [] : [[line.id, line]])));
}
