import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { robotKinds } from '../robots/catalogue.ts';
import type { Robot } from '../robots/robot.ts';

/**
 * How many messages at most would leave if leads with that many phones each entered the stage: every enabled robot that sends,
 * once a lead, or once a phone if it writes to all. Conditions only make it fewer. `stageId` null is the first stage.
 */
export async function countMessages(
  db: Db,
  workspaceId: WorkspaceId,
  stageId: string | null,
  phoneCounts: readonly number[],
): Promise<number> {
  const { rows } = await db.query<{ robots: Robot[] | null }>(
    `select list.robots from stages left join robot_lists list on list.workspace_id = stages.workspace_id
       and list.stage_id = stages.id and list.version = stages.robots_version
     where stages.workspace_id = $1 and ($2::text is null or stages.id = $2) order by stages.position, stages.id limit 1`,
    [workspaceId, stageId],
  );
  const reachable = phoneCounts.filter((count) => count > 0);
  const allPhones = reachable.reduce((sum, count) => sum + count, 0);
  const senders = (rows[0]?.robots ?? []).filter((robot) => robot.enabled && isSender(robot));
  return senders.reduce((sum, robot) => sum + (writesToAll(robot) ? allPhones : reachable.length), 0);
}

function isSender(robot: Robot): boolean {
  return robotKinds.get(robot.kind)?.results.some((result) => result.code === 'sent') ?? false;
}

function writesToAll(robot: Robot): boolean {
  const phone = robot.settings['phone'];
  return typeof phone === 'object' && phone !== null && 'pick' in phone && phone.pick === 'all';
}
