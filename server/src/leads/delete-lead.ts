import type { Tx } from '../db/pool.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';

/**
 * Deletes a lead with all that hangs on it: numbers, timeline, visits, runs, messages. The open visit is locked first, as for
 * a move: an intent to send was either written before (the message goes out, its outcome finds no row) or never will be.
 * Jobs of its chains find nothing and end.
 */
export async function deleteLead(tx: Tx, workspaceId: WorkspaceId, leadId: LeadId): Promise<'deleted' | 'not-found'> {
  await tx.query('select id from visits where workspace_id = $1 and lead_id = $2 and left_at is null for update', [
    workspaceId,
    leadId,
  ]);
  const { rowCount } = await tx.query('delete from leads where workspace_id = $1 and id = $2', [workspaceId, leadId]);
  return rowCount === 1 ? 'deleted' : 'not-found';
}
