/** Why a submit got no place; it certainly did not leave. */
export interface NoPlace {
  error: string;
  retryAfterMs: number;
}

interface Waiter {
  settle(place: (() => void) | NoPlace): void;
}

const LONGEST_PAUSE_MS = 30_000;
const QUEUE_PER_PLACE = 10;

/**
 * The places of a line: at most `size` messages hold one, from their first submit to their last answer; the others wait
 * in the order in which they came, up to ten per place. Shut while there is no connection, paused while the SMSC
 * throttles; each next throttling doubles the pause, an accepted message ends the row.
 */
export class SendWindow {
  readonly #size: number;
  readonly #queueMs: number;
  readonly #full: NoPlace;
  readonly #queue: Waiter[] = [];
  #taken = 0;
  #shut: NoPlace | null;
  #pausedUntil = 0;
  #throttlings = 0;
  #resume: NodeJS.Timeout | null = null;
  #idle: PromiseWithResolvers<void> | null = null;

  /** `shut` is told until the window opens, `full` when it has no room. */
  constructor(options: { size: number; queueMs: number; shut: NoPlace; full: NoPlace }) {
    this.#size = options.size;
    this.#queueMs = options.queueMs;
    this.#shut = options.shut;
    this.#full = options.full;
  }

  hasRoom(): boolean {
    return this.#shut === null && this.#taken < this.#size && Date.now() >= this.#pausedUntil;
  }

  /** Resolves with a function that gives the place back, or with the reason why there is none. */
  take(): Promise<(() => void) | NoPlace> {
    if (this.#shut !== null) {
      return Promise.resolve(this.#shut);
    }
    if (this.hasRoom() && this.#queue.length === 0) {
      return Promise.resolve(this.#occupy());
    }
    if (this.#queue.length >= this.#size * QUEUE_PER_PLACE) {
      return Promise.resolve(this.#full);
    }
    return this.#enqueue();
  }

  open(): void {
    this.#shut = null;
    this.#serve();
  }

  /** Turns away who waits and who comes; those who hold a place keep it until they end. */
  shut(reason: NoPlace): void {
    this.#shut = reason;
    for (const waiter of this.#queue.splice(0)) {
      waiter.settle(reason);
    }
  }

  /** Slows the line down. Answers of submits that were in flight together count as one throttling. */
  throttle(baseMs: number): number {
    const now = Date.now();
    if (now >= this.#pausedUntil) {
      const pause = Math.min(LONGEST_PAUSE_MS, baseMs * 2 ** Math.min(this.#throttlings, 10));
      this.#throttlings += 1;
      this.#pausedUntil = now + pause;
      this.#resumeAfter(pause);
    }
    return this.#pausedUntil - now;
  }

  /** The SMSC takes messages again. */
  relax(): void {
    this.#throttlings = 0;
  }

  /** Resolves when nobody holds a place. */
  whenIdle(): Promise<void> {
    if (this.#taken === 0) {
      return Promise.resolve();
    }
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  dispose(): void {
    if (this.#resume !== null) {
      clearTimeout(this.#resume);
    }
  }

  #occupy(): () => void {
    this.#taken += 1;
    return () => {
      this.#taken -= 1;
      this.#serve();
      if (this.#taken === 0) {
        this.#idle?.resolve();
        this.#idle = null;
      }
    };
  }

  #serve(): void {
    while (this.#queue.length > 0 && this.hasRoom()) {
      this.#queue.shift()?.settle(this.#occupy());
    }
  }

  #enqueue(): Promise<(() => void) | NoPlace> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        settle: (place) => {
          clearTimeout(timer);
          resolve(place);
        },
      };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        waiter.settle(this.#full);
      }, this.#queueMs);
      this.#queue.push(waiter);
    });
  }

  /** A timer may fire a millisecond before its time, hence one more. */
  #resumeAfter(pauseMs: number): void {
    this.dispose();
    this.#resume = setTimeout(() => this.#serve(), pauseMs + 1);
  }
}
