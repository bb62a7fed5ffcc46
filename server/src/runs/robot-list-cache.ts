import type pg from 'pg';
import { z } from 'zod';
import { Robot } from '../robots/robot.ts';

export interface PinnedRobots {
  robots: Robot[];
  /** Own fields' names by code, as they were when the list was read; texts may name a field by its name. */
  fieldNames: Record<string, string>;
}

/** Robots of pinned versions: a version never changes, so it is read once a process. */
export interface RobotListCache {
  read(workspaceId: string, stageId: string, version: number): Promise<PinnedRobots>;
}

const MAX_LISTS = 5_000;
const FIELDS_FRESH_MS = 3_000;

export function createRobotListCache(pool: pg.Pool): RobotListCache {
  const lists = new Map<string, Promise<Robot[]>>();
  const names = new Map<string, { at: number; value: Promise<Record<string, string>> }>();

  function readList(workspaceId: string, stageId: string, version: number): Promise<Robot[]> {
    const key = `${workspaceId} ${stageId} ${version}`;
    let list = lists.get(key);
    if (list === undefined) {
      list = queryRobots(pool, workspaceId, stageId, version);
      list.catch(() => lists.delete(key));
      if (lists.size >= MAX_LISTS) lists.clear();
      lists.set(key, list);
    }
    return list;
  }

  function readNames(workspaceId: string): Promise<Record<string, string>> {
    const known = names.get(workspaceId);
    if (known !== undefined && Date.now() - known.at < FIELDS_FRESH_MS) return known.value;
    const value = queryFieldNames(pool, workspaceId);
    value.catch(() => names.delete(workspaceId));
    names.set(workspaceId, { at: Date.now(), value });
    return value;
  }

  return {
    async read(workspaceId, stageId, version) {
      const [robots, fieldNames] = await Promise.all([readList(workspaceId, stageId, version), readNames(workspaceId)]);
      return { robots, fieldNames };
    },
  };
}

async function queryRobots(pool: pg.Pool, workspaceId: string, stageId: string, version: number): Promise<Robot[]> {
  if (version === 0) return [];
  const { rows } = await pool.query<{ robots: unknown }>(
    'select robots from robot_lists where workspace_id = $1 and stage_id = $2 and version = $3',
    [workspaceId, stageId, version],
  );
  if (rows[0] === undefined) throw new Error(`Robots of stage ${stageId}, version ${version}, are missing`);
  return z.array(Robot).parse(rows[0].robots);
}

async function queryFieldNames(pool: pg.Pool, workspaceId: string): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ code: string; name: string }>(
    'select code, name from fields where workspace_id = $1',
    [workspaceId],
  );
  return Object.fromEntries(rows.map((row) => [row.code, row.name]));
}
