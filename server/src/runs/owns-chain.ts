import type { Tx } from '../db/pool.ts';
import type { ClaimedChain } from './chain.ts';

/** Locks the chain for the rest of the transaction and answers whether it is still held under the claimed epoch. */
export async function ownsChain(tx: Tx, chain: Pick<ClaimedChain, 'workspaceId' | 'id' | 'epoch'>): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from chains where workspace_id = $1 and id = $2 and epoch = $3 and status = 'running' for update`,
    [chain.workspaceId, chain.id, chain.epoch],
  );
  return rowCount === 1;
}
