import { setTimeout } from 'node:timers/promises';
import { wakeChain } from '../messages/wake-chain.ts';
import { abandonChain } from './abandon-chain.ts';
import type { ChainKey, Claim } from './claim-chains.ts';
import type { Engine } from './engine.ts';
import { executeChain } from './execute-chain.ts';
import { EXPIRED_MS, type Lease } from './lease.ts';

/** Another claim holds the chain; it is looked at again after this. */
const BUSY_MS = 1_000;

const LATE_HEARTBEAT_MS = 50;

/**
 * The job of a chain, so that whatever goes wrong the chain is either carried on by somebody or free again: after a failure it is let
 * go of, and a chain that this worker holds without working on it (the answer to its claim was lost) too.
 */
export function createChainTask(engine: Engine): (key: ChainKey) => Promise<void> {
  /** The epochs of the chains that are being carried on here. */
  const active = new Map<string, number>();
  const { context, lease } = engine;

  async function handleBusy(key: ChainKey, holder: string | null): Promise<void> {
    const orphaned = holder === lease.workerId && !active.has(key.chainId);
    if (orphaned && (await abandonChain(context.pool, key, lease.workerId, null))) return;
    await context.pool.query(
      `select graphile_worker.add_job('chain', $1::json, job_key => 'chain:' || $2, run_at => now() + $3 * interval '1 millisecond', max_attempts => 25)`,
      [JSON.stringify(key), key.chainId, BUSY_MS],
    );
  }

  return async (key) => {
    await waitForLease(lease);
    const claim: Claim = await engine.claims.add(key);
    if (claim.claim === 'gone') return;
    if (claim.claim === 'busy') return handleBusy(key, claim.holder);
    const { epoch } = claim.chain;
    active.set(key.chainId, epoch);
    try {
      if ((await executeChain(engine, claim.chain)) === 'kept') return;
    } catch (error) {
      context.logger.error({ err: error, chainId: key.chainId }, 'A chain could not be carried on');
    } finally {
      if (active.get(key.chainId) === epoch) active.delete(key.chainId);
    }
    if (await abandonChain(context.pool, key, lease.workerId, epoch)) return;
    // Somebody else has the chain, and may be waiting for what this worker has just written of a message.
    await wakeChain(context.pool, key.workspaceId, key.chainId);
  };
}

/**
 * Waits until a late heartbeat was answered. Of a lost lease the jobs are left to whoever takes the work over: failing one before
 * would put it off, completing one after would delete it under the next worker's hands.
 */
async function waitForLease(lease: Lease): Promise<void> {
  while (!lease.isValid()) {
    if (lease.isLost()) {
      await setTimeout(EXPIRED_MS * 2);
      throw new Error('The worker has lost its lease');
    }
    await setTimeout(LATE_HEARTBEAT_MS);
  }
}
