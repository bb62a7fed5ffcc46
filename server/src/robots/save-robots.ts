import type { Tx } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import type { Problem } from './problem.ts';
import type { Robot } from './robot.ts';
import { type WriteRefusal, writeRobots } from './robot-list.ts';
import { validateRobots } from './validate.ts';
import { filesNamedBy, readWorkspaceView } from './workspace-view.ts';

export interface RobotsToSave {
  workspaceId: WorkspaceId;
  stageId: string;
  expectedVersion: number;
  /** Unchecked: what came in a request, a file or a recipe. */
  robots: unknown;
  userId: string | null;
  /** The installation has an address that a provider's cloud can reach. */
  publicUrl: boolean;
}

export interface SavedRobots {
  version: number;
  robots: Robot[];
  warnings: Problem[];
}

export type SaveRefusal = WriteRefusal | { reason: 'invalid'; problems: Problem[] };

/**
 * Validates a stage's robots and stores them as a new version. The workspace's row is locked first, as by whoever deletes a field
 * or a stage, so that what the robots name is still there when they are stored.
 */
export async function saveRobots(tx: Tx, given: RobotsToSave): Promise<Result<SavedRobots, SaveRefusal>> {
  const { workspaceId, stageId, expectedVersion, userId, publicUrl } = given;
  await tx.query('select id from workspaces where id = $1 for no key update', [workspaceId]);
  const view = await readWorkspaceView(tx, workspaceId, { publicUrl, files: filesNamedBy(given.robots) });
  if (!view.stages.has(stageId)) return fail({ reason: 'no-stage' });
  const { robots, problems, warnings } = validateRobots(given.robots, view);
  if (problems.length > 0) return fail({ reason: 'invalid', problems });
  const written = await writeRobots(tx, { workspaceId, stageId, expectedVersion, robots, userId });
  return written.ok ? ok({ version: written.value, robots, warnings }) : written;
}
