import type pg from 'pg';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import type { LeadId, StageId, WorkspaceId } from '../lib/id.ts';
import { leaveStage } from '../runs/leave-stage.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import { enterStages } from './enter-stage.ts';

/** Robots may move one lead this often within an hour; more is a circle. */
export const MAX_ROBOT_MOVES_PER_HOUR = 30;

export type MoveOutcome = 'moved' | 'already-there' | 'no-lead' | 'no-stage' | 'called-off' | 'too-many-moves';

export interface Move {
  workspaceId: WorkspaceId;
  leadId: LeadId;
  stageId: StageId;
  cause: 'move' | 'robot';
  userId?: string | null;
  /** Runs first, in the same transaction; false calls the move off. */
  first?: (tx: Tx) => Promise<boolean>;
}

/**
 * Moves a lead: cancels what has not acted on the stage it leaves, opens the visit of the stage it enters. To the stage it is on:
 * nothing happens.
 */
export function moveLead(pool: pg.Pool, move: Move): Promise<MoveOutcome> {
  return inTransaction(pool, (tx) => moveLeadIn(tx, move));
}

/** The same inside a caller's transaction. */
export async function moveLeadIn(tx: Tx, move: Move): Promise<MoveOutcome> {
  const { workspaceId, leadId, stageId } = move;
  if (move.first !== undefined && !(await move.first(tx))) return 'called-off';
  const lead = await tx.query<{ stage_id: string }>(
    'select stage_id from leads where workspace_id = $1 and id = $2 for no key update',
    [workspaceId, leadId],
  );
  const from = lead.rows[0]?.stage_id;
  if (from === undefined) return 'no-lead';
  if (from === stageId) return 'already-there';
  const stage = await tx.query('select 1 from stages where workspace_id = $1 and id = $2', [workspaceId, stageId]);
  if (stage.rowCount === 0) return 'no-stage';
  if (move.cause === 'robot' && (await isCircling(tx, workspaceId, leadId))) {
    await addToTimeline(tx, workspaceId, [{ leadId, kind: 'robots.stopped', data: { stageId, reason: 'circle' } }]);
    return 'too-many-moves';
  }
  const cancelled = await leaveStage(tx, workspaceId, leadId);
  await tx.query('update leads set stage_id = $3, updated_at = now() where workspace_id = $1 and id = $2', [
    workspaceId,
    leadId,
    stageId,
  ]);
  await enterStages(tx, [{ workspaceId, leadId, stageId, cause: move.cause, startRobots: true }]);
  await addToTimeline(tx, workspaceId, [
    ...(cancelled.length > 0
      ? [{ leadId, kind: 'robots.cancelled' as const, data: { refs: cancelled, stageId: from } }]
      : []),
    {
      leadId,
      kind: 'lead.moved' as const,
      data: { from, to: stageId, cause: move.cause, userId: move.userId ?? null },
    },
  ]);
  return 'moved';
}

async function isCircling(tx: Tx, workspaceId: WorkspaceId, leadId: LeadId): Promise<boolean> {
  const { rows } = await tx.query<{ moves: number }>(
    `select count(*)::int as moves from visits
     where workspace_id = $1 and lead_id = $2 and cause = 'robot' and entered_at > now() - interval '1 hour'`,
    [workspaceId, leadId],
  );
  return (rows[0]?.moves ?? 0) >= MAX_ROBOT_MOVES_PER_HOUR;
}
