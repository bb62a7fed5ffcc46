import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../lib/backoff.ts';
import type {
  ChannelContext,
  ConnectionEvents,
  LineConnection,
  LineHealth,
  SendOutcome,
  TextToSend,
} from '../channel.ts';
import { smppError } from './errors.ts';
import { deliveredBytes, readInbound } from './inbound.ts';
import { InboundJoiner } from './inbound-joiner.ts';
import { normaliseAnswerId, parseReceipt } from './receipt.ts';
import type { Delivery, SmppConfig } from './schema.ts';
import { MAX_PARTS } from './segments.ts';
import { sendParts } from './send-parts.ts';
import { type BindOutcome, SmppSession } from './session.ts';
import { planSubmits, type SubmitFields } from './submit.ts';
import { DEFAULT_TIMING, type Timing } from './timing.ts';
import { SendWindow } from './window.ts';

const DEFAULT_WINDOW = 10;
/** A delivery receipt or an intermediate notification, SMPP 3.4 §5.2.12. */
const RECEIPT_CLASSES: readonly number[] = [0x04, 0x20];
const CLASS_BITS = 0x3c;

/** Opens a line and keeps it open until `close`, or until the context's signal aborts. */
export function connectLine(
  config: SmppConfig,
  context: ChannelContext,
  events: ConnectionEvents,
  timing: Timing = DEFAULT_TIMING,
): LineConnection {
  return new SmppLine(config, context, events, timing);
}

/**
 * A line goes round: connecting → working → (connection lost) offline → connecting …; a refused bind makes it failed until
 * a later bind succeeds. What is shown while it tries again is why it has to. Whatever round it is in, `close` ends it.
 * The window is open exactly while the state is working.
 */
class SmppLine implements LineConnection {
  readonly #config: SmppConfig;
  readonly #context: ChannelContext;
  readonly #events: ConnectionEvents;
  readonly #timing: Timing;
  readonly #window: SendWindow;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #health: LineHealth = { state: 'unknown', detail: null };
  #session: SmppSession | null = null;
  #closing: Promise<void> | null = null;
  #reference = Math.floor(Math.random() * 256);

  constructor(config: SmppConfig, context: ChannelContext, events: ConnectionEvents, timing: Timing) {
    this.#config = config;
    this.#context = context;
    this.#events = events;
    this.#timing = timing;
    this.#window = new SendWindow({
      size: config.window ?? DEFAULT_WINDOW,
      queueMs: timing.queueMs,
      shut: { error: smppError('connecting', context.language), retryAfterMs: timing.reconnectBaseMs },
      full: { error: smppError('window-full', context.language), retryAfterMs: 1_000 },
    });
    context.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#running = this.#run();
  }

  async sendText(message: TextToSend): Promise<SendOutcome> {
    this.#reference = (this.#reference + 1) & 0xff;
    const submits = planSubmits(this.#config, message, this.#reference);
    const { language } = this.#context;
    if (message.text === '') {
      return { outcome: 'refused', reason: 'bad-content', error: smppError('empty-text', language) };
    }
    if (submits.length > MAX_PARTS) {
      const error = smppError('long-text', language, { parts: submits.length, most: MAX_PARTS });
      return { outcome: 'refused', reason: 'bad-content', error };
    }
    const place = await this.#window.take();
    if (typeof place !== 'function') {
      return { outcome: 'not-sent', ...place };
    }
    try {
      return await this.#sendSubmits(submits, message.messageId);
    } finally {
      place();
    }
  }

  isReady(): boolean {
    return this.#window.hasRoom();
  }

  health(): LineHealth {
    return this.#health;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  readonly #onAbort = () => void this.close();

  async #run(): Promise<void> {
    this.#setHealth({ state: 'connecting', detail: null });
    const { reconnectBaseMs: baseMs, reconnectMaxMs: maxMs, stableMs } = this.#timing;
    let attempt = 0;
    while (!this.#stop.signal.aborted) {
      const { boundMs, waitMs } = await this.#live();
      attempt = boundMs >= stableMs ? 1 : attempt + 1;
      const pauseMs = backoffMs(attempt, { baseMs, maxMs, retryAfterMs: waitMs });
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** One connection from its start to its end: how long it was bound, and the least wait before the next one. */
  async #live(): Promise<{ boundMs: number; waitMs: number }> {
    const joiner = new InboundJoiner(this.#timing.joinMs, (event) => this.#events.onEvent(event));
    const session = new SmppSession(this.#config, {
      timing: this.#timing,
      language: this.#context.language,
      onDelivery: (delivery) => this.#take(delivery, joiner),
    });
    this.#session = session;
    const outcome = await session.bind();
    if (outcome.outcome !== 'bound') {
      return { boundMs: 0, waitMs: this.#giveUp(outcome) };
    }
    const boundAt = Date.now();
    await this.#work(session);
    joiner.discard();
    return { boundMs: Date.now() - boundAt, waitMs: 0 };
  }

  async #work(session: SmppSession): Promise<void> {
    if (this.#closing === null) {
      this.#setHealth({ state: 'working', detail: null });
      this.#window.open();
    }
    const reason = await session.closed;
    this.#window.shut({ error: reason, retryAfterMs: this.#timing.reconnectBaseMs });
    this.#setHealth({ state: 'offline', detail: reason });
  }

  #giveUp(outcome: Exclude<BindOutcome, { outcome: 'bound' }>): number {
    const lasting = outcome.outcome === 'refused' && !outcome.passing;
    const waitMs = lasting ? this.#timing.refusedMs : 0;
    this.#window.shut({ error: outcome.error, retryAfterMs: Math.max(waitMs, this.#timing.reconnectBaseMs) });
    this.#setHealth({ state: lasting ? 'failed' : 'offline', detail: outcome.error });
    return waitMs;
  }

  #sendSubmits(submits: SubmitFields[], messageId: string): Promise<SendOutcome> {
    const session = this.#session;
    return sendParts(submits, messageId, {
      submit: async (fields) =>
        session === null
          ? { type: 'not-written', error: smppError('not-connected', this.#context.language) }
          : session.submit(fields, () => this.#context.maySend()),
      throttle: (baseMs) => this.#window.throttle(this.#timing.throttleMs ?? baseMs),
      relax: () => this.#window.relax(),
      pause: async (ms) => {
        await Promise.race([sleep(ms, undefined, { ref: false }), session?.closed]);
      },
      normaliseId: (id) => normaliseAnswerId(id, this.#config.idFormat ?? 'same'),
      restMs: this.#timing.restMs,
      language: this.#context.language,
    });
  }

  async #take(delivery: Delivery, joiner: InboundJoiner): Promise<void> {
    const isReceipt =
      delivery.receipted_message_id !== null || RECEIPT_CLASSES.includes(delivery.esm_class & CLASS_BITS);
    if (!isReceipt) {
      await joiner.accept(readInbound(delivery));
      return;
    }
    const raw = {
      text: deliveredBytes(delivery).toString('latin1'),
      receiptedMessageId: delivery.receipted_message_id?.toString('latin1').replace(/\0.*$/s, '') ?? null,
      messageState: delivery.message_state,
    };
    const receipt = parseReceipt(raw, this.#config.idFormat ?? 'same', this.#context.language);
    if (receipt === null) {
      // Answered all the same: an SMSC that repeats it would hold up all receipts behind it.
      this.#context.logger.warn({ lineId: this.#context.lineId }, 'an SMPP receipt names no message or no state');
      return;
    }
    await this.#events.onEvent(receipt);
  }

  async #shutDown(): Promise<void> {
    this.#context.signal.removeEventListener('abort', this.#onAbort);
    const goodbye = smppError('closing', this.#context.language);
    this.#window.shut({ error: goodbye, retryAfterMs: this.#timing.reconnectBaseMs });
    const bound = this.#health.state === 'working';
    await Promise.race([this.#window.whenIdle(), sleep(this.#timing.closeMs, undefined, { ref: false })]);
    this.#stop.abort();
    if (bound) {
      await this.#session?.unbind();
    }
    this.#session?.drop(goodbye);
    await this.#running;
    await this.#window.whenIdle();
    this.#window.dispose();
  }

  #setHealth(health: LineHealth): void {
    if (health.state === this.#health.state && health.detail === this.#health.detail) {
      return;
    }
    this.#health = health;
    if (this.#closing !== null) {
      // Another worker may own the line by now, and its news are the right ones.
      return;
    }
    this.#context.logger.info({ lineId: this.#context.lineId, ...health }, 'SMPP line changed its state');
    this.#events.onState(health);
  }
}
