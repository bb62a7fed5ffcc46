import { abandonChain } from './abandon-chain.ts';
import type { ChainKey, Claim } from './claim-chains.ts';
import type { Engine } from './engine.ts';
import { executeChain } from './execute-chain.ts';

/** Another claim holds the chain; it is looked at again after this. */
const BUSY_MS = 1_000;

/**
 * The job of a chain, so that whatever goes wrong the chain is either carried on by somebody or free again: after a failure it is let
 * go of, and a chain that this worker holds without working on it (the answer to its claim was lost) too.
 */
export function createChainTask(engine: Engine): (key: ChainKey) => Promise<void> {
  const active = new Set<string>();
  const { context, lease } = engine;

  async function handleBusy(key: ChainKey, holder: string | null): Promise<void> {
    const orphaned = holder === lease.workerId && !active.has(key.chainId);
    if (orphaned && (await abandonChain(context.pool, key.workspaceId, key.chainId, lease.workerId))) return;
    await context.pool.query(
      `select graphile_worker.add_job('chain', $1::json, job_key => 'chain:' || $2, run_at => now() + $3 * interval '1 millisecond', max_attempts => 25)`,
      [JSON.stringify(key), key.chainId, BUSY_MS],
    );
  }

  return async (key) => {
    if (!lease.isValid()) throw new Error('The worker has no lease');
    const claim: Claim = await engine.claims.add(key);
    if (claim.claim === 'gone') return;
    if (claim.claim === 'busy') return handleBusy(key, claim.holder);
    active.add(key.chainId);
    try {
      if ((await executeChain(engine, claim.chain)) === 'kept') return;
    } catch (error) {
      context.logger.error({ err: error, chainId: key.chainId }, 'A chain could not be carried on');
    } finally {
      active.delete(key.chainId);
    }
    await abandonChain(context.pool, key.workspaceId, key.chainId, lease.workerId);
  };
}
