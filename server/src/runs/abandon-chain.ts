import type pg from 'pg';
import { inTransaction } from '../db/transaction.ts';
import type { ChainKey } from './claim-chains.ts';
import { addChainJobs } from './take-over.ts';

/**
 * Lets go of a chain that this living worker can not carry on (a statement failed, an answer of the database was lost): the epoch is
 * bumped, an intent whose outcome was not written is uncertain, and a job looks at the chain again soon. Without effect when the
 * chain is not this worker's any more; `epoch` is that of the claim it gives up, null when it never learnt it.
 */
export async function abandonChain(
  pool: pg.Pool,
  { workspaceId, chainId }: ChainKey,
  workerId: string,
  epoch: number | null,
): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      `update chains set epoch = epoch + 1, status = 'ready', worker_id = null, wake_at = now()
       where workspace_id = $1 and id = $2 and worker_id = $3 and status = 'running' and ($4::int is null or epoch = $4)`,
      [workspaceId, chainId, workerId, epoch],
    );
    if (rowCount === 0) return false;
    await tx.query(
      `update messages set status = 'uncertain', worker_id = null, look_up_at = now() + interval '5 seconds', look_ups = 0
       where workspace_id = $1 and chain_id = $2 and worker_id = $3 and status = 'sending'`,
      [workspaceId, chainId, workerId],
    );
    await addChainJobs(tx, [{ workspace_id: workspaceId, id: chainId }]);
    return true;
  });
}
