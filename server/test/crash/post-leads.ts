import { setTimeout } from 'node:timers/promises';

/** A lead that the product said it has. */
export interface PostedLead {
  phone: string;
  id: string;
  /** Tries it took until there was an answer. */
  tries: number;
}

export interface LeadPoster {
  readonly posted: readonly PostedLead[];
  /** Lets this many more leads be posted; they go at once, a few at a time. */
  release(count: number): void;
  /** Resolves when every released lead was acknowledged. */
  done(): Promise<void>;
  stop(): void;
}

const LANES = 12;

/** The phone of the n-th lead. */
export function phoneOf(index: number): string {
  return `+7900${String(1_000_000 + index).slice(-7)}`;
}

/**
 * Posts leads as a careful client does: what was not acknowledged is posted again until it is. Every other lead carries an
 * Idempotency-Key, the rest rely on the workspace's window for the same phone; either must leave one lead.
 */
export function createLeadPoster(options: { key: string; address: () => string | null; first?: number }): LeadPoster {
  const posted: PostedLead[] = [];
  const { first = 0 } = options;
  let released = 0;
  let next = 0;
  let busy = 0;
  let stopped = false;

  async function run(): Promise<void> {
    busy += 1;
    while (!stopped && next < released) {
      const index = first + next;
      next += 1;
      await postUntilAcknowledged(index);
    }
    busy -= 1;
  }

  async function postUntilAcknowledged(index: number): Promise<void> {
    const phone = phoneOf(index);
    for (let tries = 1; !stopped; tries += 1) {
      const id = await postOnce(index, phone);
      if (id !== null) {
        posted.push({ phone, id, tries });
        return;
      }
      await setTimeout(50);
    }
  }

  async function postOnce(index: number, phone: string): Promise<string | null> {
    const address = options.address();
    if (address === null) return null;
    try {
      const answer = await fetch(`${address}/api/v1/leads`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${options.key}`,
          'content-type': 'application/json',
          ...(index % 2 === 0 ? { 'idempotency-key': `lead-${index}` } : {}),
        },
        body: JSON.stringify({ name: `Лид ${index}`, phones: [{ value: phone }] }),
        signal: AbortSignal.timeout(10_000),
      });
      const body = (await answer.json()) as { id?: string };
      if (answer.status >= 400 && answer.status < 500) throw new RefusedError(JSON.stringify(body));
      return answer.ok ? (body.id ?? null) : null;
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      return null;
    }
  }

  return {
    posted,
    release(count) {
      released += count;
      for (let lane = busy; lane < LANES; lane += 1) void run();
    },
    async done() {
      while (!stopped && posted.length < released) await setTimeout(20);
    },
    stop() {
      stopped = true;
    },
  };
}

/** The product called a good lead wrong: no try will help. */
class RefusedError extends Error {
  override name = 'RefusedError';
}
