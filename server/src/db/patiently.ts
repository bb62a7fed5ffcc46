import { setTimeout } from 'node:timers/promises';
import { backoffMs } from '../lib/backoff.ts';
import { isConnectionLoss, isRetryable } from './transaction.ts';

/** How long a fact is kept in hand while the database cannot be reached: what came of a send must not be forgotten. */
const KEEP_TRYING_MS = 60_000;

/**
 * Does a write again while the database is away or undid it. Only for writes whose repeat, after one that was committed and whose
 * answer was lost, changes nothing more; `write` is told whether it may be one.
 */
export async function patiently<T>(write: (isRepeat: boolean) => Promise<T>): Promise<T> {
  const until = performance.now() + KEEP_TRYING_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write(attempt > 1);
    } catch (error) {
      const again = isRetryable(error) || (isConnectionLoss(error) && performance.now() < until);
      if (!again) throw error;
      await setTimeout(backoffMs(attempt, { baseMs: 50, maxMs: 2_000 }));
    }
  }
}
