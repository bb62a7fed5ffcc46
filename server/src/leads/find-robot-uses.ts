import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';

/** The stages whose robots name that id (a line, a file, a stage, a field), by name: what they name must not go away. */
export async function findRobotUses(db: Db, workspaceId: WorkspaceId, id: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select stages.name from stages join robot_lists list on list.workspace_id = stages.workspace_id
       and list.stage_id = stages.id and list.version = stages.robots_version
     where stages.workspace_id = $1 and stages.id <> $2 and strpos(list.robots::text, '"' || $2 || '"') > 0
     order by stages.position`,
    [workspaceId, id],
  );
  return rows.map((row) => row.name);
}

/** Holds off whoever saves robots or changes what they may name, until the transaction ends. */
export async function lockWorkspace(db: Db, workspaceId: WorkspaceId): Promise<void> {
  await db.query('select id from workspaces where id = $1 for no key update', [workspaceId]);
}
