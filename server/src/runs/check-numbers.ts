import type { CheckOutcome } from '../channels/channel.ts';
import type { OpenLine } from '../lines/open-line.ts';
import type { Numbers } from '../robots/kind.ts';
import { robotError } from '../robots/robot-error.ts';
import type { ChainWalk } from './chain-walk.ts';
import { channelContext } from './channel-context.ts';

/** What checking the numbers of a lead came to: any Y is Y; else any E is E; else N. */
export type NumbersVerdict =
  | { exists: 'Y'; phone: string }
  | { exists: 'N' }
  | { exists: 'E'; error: string; retry: boolean; retryAfterMs: number | undefined };

/**
 * Asks the line about each number, in order, and ends at the first Y. What is found is learnt whatever becomes of the chain: the
 * writes go with the next transition, and an answer that comes after the lead left still teaches reachability.
 */
export async function checkNumbers(walk: ChainWalk, line: OpenLine, numbers: Numbers): Promise<NumbersVerdict> {
  await walk.keepFacts();
  let trouble: Extract<CheckOutcome, { outcome: 'error' }> | null = null;
  for (const phone of numbers.phones) {
    const outcome = await checkOne(walk, line, phone);
    if (outcome.outcome === 'error') {
      trouble ??= outcome;
      continue;
    }
    walk.writes.reachabilities.push({ phone, medium: 'whatsapp', verdict: outcome.outcome, source: 'check' });
    if (outcome.outcome === 'yes') return { exists: 'Y', phone };
  }
  if (trouble === null) return { exists: 'N' };
  return { exists: 'E', error: trouble.error, retry: trouble.retry, retryAfterMs: trouble.retryAfterMs };
}

function checkOne(walk: ChainWalk, line: OpenLine, phone: string): Promise<CheckOutcome> | CheckOutcome {
  const { check } = line.channel;
  if (check === undefined) {
    return {
      outcome: 'error',
      retry: false,
      error: robotError('no-check', walk.chain.view.language, { line: line.name }),
    };
  }
  return check(line.config, channelContext(walk.engine, line), phone);
}
