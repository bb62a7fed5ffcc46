import type { Tx } from '../db/pool.ts';
import { type LeadPatch, updateLead } from '../leads/update-lead.ts';
import type { LeadId, StageId, WorkspaceId } from '../lib/id.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import { moveLeadIn } from './move-lead.ts';

export interface LeadEdit {
  workspaceId: WorkspaceId;
  leadId: LeadId;
  patch: LeadPatch;
  /** Moves the lead as well, when it is another one than the lead's. */
  stageId: StageId | null;
  userId: string | null;
}

/** What a person changes on a lead's card, all or nothing: its values, told on the timeline, and its stage, by a move. */
export async function editLead(tx: Tx, edit: LeadEdit): Promise<'edited' | 'no-lead' | 'no-stage'> {
  const { workspaceId, leadId, stageId, userId } = edit;
  if (stageId !== null) {
    const stage = await tx.query('select 1 from stages where workspace_id = $1 and id = $2 for key share', [
      workspaceId,
      stageId,
    ]);
    if (stage.rowCount === 0) return 'no-stage';
  }
  const changes = await updateLead(tx, workspaceId, leadId, edit.patch);
  if (changes === null) return 'no-lead';
  if (changes.length > 0)
    await addToTimeline(tx, workspaceId, [{ leadId, kind: 'lead.updated', data: { changes, userId } }]);
  if (stageId !== null) await moveLeadIn(tx, { workspaceId, leadId, stageId, cause: 'move', userId });
  return 'edited';
}
