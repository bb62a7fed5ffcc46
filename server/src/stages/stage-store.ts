import type { Db, Tx } from '../db/pool.ts';
import { reorder } from '../db/reorder.ts';
import { findRobotUses, lockWorkspace } from '../leads/find-robot-uses.ts';
import { newId, type StageId, type WorkspaceId } from '../lib/id.ts';

export const MEANINGS = ['in_progress', 'success', 'failure'] as const;
export type Meaning = (typeof MEANINGS)[number];

/** A column of the board. */
export interface Stage {
  id: StageId;
  name: string;
  color: string;
  meaning: Meaning;
  robotsVersion: number;
}

export type NewStage = Pick<Stage, 'name' | 'color' | 'meaning'>;

export type StagePatch = { [Key in keyof NewStage]?: NewStage[Key] | undefined };

export const MAX_STAGES = 100;

const COLUMNS = 'id, name, color, meaning, robots_version as "robotsVersion"';

const DEFAULT_STAGES: readonly NewStage[] = [
  { name: 'Не обработан', color: '#39a8ef', meaning: 'in_progress' },
  { name: 'В работе', color: '#f5b83d', meaning: 'in_progress' },
  { name: 'Обработан', color: '#7b61ff', meaning: 'in_progress' },
  { name: 'Качественный', color: '#2fb463', meaning: 'success' },
  { name: 'Некачественный', color: '#e4572e', meaning: 'failure' },
];

/** Gives a new workspace the five stages that Bitrix24 users know; the first one is where leads arrive. */
export async function createDefaultStages(tx: Tx, workspaceId: WorkspaceId): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (const stage of DEFAULT_STAGES) stages.push(await insertStage(tx, workspaceId, stage));
  return stages;
}

/** The stages in the order of the board. */
export async function listStages(db: Db, workspaceId: WorkspaceId): Promise<Stage[]> {
  const { rows } = await db.query<Stage>(
    `select ${COLUMNS} from stages where workspace_id = $1 order by position, id`,
    [workspaceId],
  );
  return rows;
}

/** Adds a stage at the right end of the board; null when there are too many. */
export async function createStage(tx: Tx, workspaceId: WorkspaceId, stage: NewStage): Promise<Stage | null> {
  await lockWorkspace(tx, workspaceId);
  const { rows } = await tx.query<{ count: number }>('select count(*) from stages where workspace_id = $1', [
    workspaceId,
  ]);
  return (rows[0]?.count ?? 0) >= MAX_STAGES ? null : insertStage(tx, workspaceId, stage);
}

/** Changes name, colour or meaning; null when there is no such stage. */
export async function updateStage(
  db: Db,
  workspaceId: WorkspaceId,
  stageId: string,
  patch: StagePatch,
): Promise<Stage | null> {
  const { rows } = await db.query<Stage>(
    `update stages set name = coalesce($3, name), color = coalesce($4, color), meaning = coalesce($5, meaning)
     where workspace_id = $1 and id = $2 returning ${COLUMNS}`,
    [workspaceId, stageId, patch.name ?? null, patch.color ?? null, patch.meaning ?? null],
  );
  return rows[0] ?? null;
}

/** Deletes a stage that no lead is on and no robot of another stage moves leads to; the last one stays, since leads must arrive. */
export async function deleteStage(
  tx: Tx,
  workspaceId: WorkspaceId,
  stageId: string,
): Promise<'deleted' | 'not-found' | 'not-empty' | 'last-one' | { usedBy: string[] }> {
  await lockWorkspace(tx, workspaceId);
  // Locked against leads that are just arriving: their foreign key waits for this row.
  const found = await tx.query('select id from stages where workspace_id = $1 and id = $2 for update', [
    workspaceId,
    stageId,
  ]);
  if (found.rows.length === 0) return 'not-found';
  const leads = await tx.query('select 1 from leads where workspace_id = $1 and stage_id = $2 limit 1', [
    workspaceId,
    stageId,
  ]);
  if (leads.rows.length > 0) return 'not-empty';
  const usedBy = await findRobotUses(tx, workspaceId, stageId);
  if (usedBy.length > 0) return { usedBy };
  const others = await tx.query('select 1 from stages where workspace_id = $1 and id <> $2 limit 1', [
    workspaceId,
    stageId,
  ]);
  if (others.rows.length === 0) return 'last-one';
  await tx.query('delete from stages where workspace_id = $1 and id = $2', [workspaceId, stageId]);
  return 'deleted';
}

/** Puts the stages into the order of the ids, which must be all of them, each once. */
export async function reorderStages(
  tx: Tx,
  workspaceId: WorkspaceId,
  stageIds: string[],
): Promise<'reordered' | 'not-all'> {
  await lockWorkspace(tx, workspaceId);
  return reorder(tx, 'stages', workspaceId, stageIds);
}

async function insertStage(tx: Tx, workspaceId: WorkspaceId, stage: NewStage): Promise<Stage> {
  const { rows } = await tx.query<Stage>(
    `insert into stages (workspace_id, id, name, color, meaning, position)
     select $1, $2, $3, $4, $5, coalesce(max(position) + 1, 0) from stages where workspace_id = $1 returning ${COLUMNS}`,
    [workspaceId, newId('stage'), stage.name, stage.color, stage.meaning],
  );
  return rows[0] as Stage;
}
