import { z } from 'zod';
import type { Db, Tx } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { Robot } from './robot.ts';

/** The robots of a stage at a version; version 0 is a stage that never had any. */
export interface StoredRobots {
  version: number;
  robots: Robot[];
}

/** The robots of a stage, those of today or of an earlier version; null when there is no such stage or version. */
export async function readRobots(
  db: Db,
  workspaceId: WorkspaceId,
  stageId: string,
  version?: number,
): Promise<StoredRobots | null> {
  const { rows } = await db.query<{ version: number; robots: unknown }>(
    `select wanted.version, robot_lists.robots
     from stages cross join lateral (select coalesce($3::integer, stages.robots_version) as version) wanted
     left join robot_lists on robot_lists.workspace_id = stages.workspace_id and robot_lists.stage_id = stages.id
       and robot_lists.version = wanted.version
     where stages.workspace_id = $1 and stages.id = $2`,
    [workspaceId, stageId, version ?? null],
  );
  const row = rows[0];
  if (!row || (row.robots === null && row.version !== 0)) return null;
  return { version: row.version, robots: z.array(Robot).parse(row.robots ?? []) };
}

/** A list to be stored; it has been validated. */
export interface NewRobots {
  workspaceId: WorkspaceId;
  stageId: string;
  /** The version that was edited: nothing is stored when the stage has another one by now. */
  expectedVersion: number;
  robots: Robot[];
  userId: string | null;
}

export type WriteRefusal = { reason: 'no-stage' } | { reason: 'conflict'; currentVersion: number };

/** Stores a new version, which the next run takes; runs under way keep theirs. Returns its number. */
export async function writeRobots(tx: Tx, list: NewRobots): Promise<Result<number, WriteRefusal>> {
  const { workspaceId, stageId, expectedVersion } = list;
  const { rows } = await tx.query<{ version: number }>(
    'select robots_version as version from stages where workspace_id = $1 and id = $2 for no key update',
    [workspaceId, stageId],
  );
  const current = rows[0]?.version;
  if (current === undefined) return fail({ reason: 'no-stage' });
  if (current !== expectedVersion) return fail({ reason: 'conflict', currentVersion: current });
  const version = current + 1;
  await tx.query(
    `insert into robot_lists (workspace_id, stage_id, version, robots, created_by) values ($1, $2, $3, $4, $5)`,
    [workspaceId, stageId, version, JSON.stringify(list.robots), list.userId],
  );
  await tx.query('update stages set robots_version = $3 where workspace_id = $1 and id = $2', [
    workspaceId,
    stageId,
    version,
  ]);
  return ok(version);
}
