import type { StageId } from '../lib/id.ts';
import type { Action } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import { robotError } from '../robots/robot-error.ts';
import type { ChainWalk, Progress } from './chain-walk.ts';
import { ownsChain } from './owns-chain.ts';

const PROBLEMS = { 'no-stage': 'stage-gone', 'no-lead': 'lead-gone', 'too-many-moves': 'circle' } as const;

/**
 * «Изменить стадию». The robot's end and the move are one transaction: the move cancels what is left of this visit, this chain
 * included, so there is no later moment to write it.
 */
export async function performMove(
  walk: ChainWalk,
  robot: Robot,
  action: Extract<Action, { do: 'move' }>,
): Promise<Progress> {
  const { chain, engine } = walk;
  if ((await walk.flush('running', null)) === 'lost') return 'let-go';
  const moved = await engine.effects.moveLead({
    workspaceId: chain.workspaceId,
    leadId: chain.leadId,
    stageId: action.stageId as StageId,
    cause: 'robot',
    first: async (tx) => {
      if (!(await ownsChain(tx, chain))) return false;
      await tx.query(
        `insert into steps (workspace_id, chain_id, position, run_id, ref, kind, status, compared, started_at, finished_at)
         values ($1, $2, $3, $4, $5, $6, 'done', $7, now(), now())
         on conflict (workspace_id, chain_id, position) do update set status = 'done', finished_at = now(), wait_reason = null
         where steps.status in ('waiting', 'acting')`,
        [chain.workspaceId, chain.id, walk.nextStep, chain.runId, robot.ref, robot.kind, JSON.stringify(walk.compared)],
      );
      await tx.query('update chains set next_step = $3 where workspace_id = $1 and id = $2', [
        chain.workspaceId,
        chain.id,
        walk.nextStep + 1,
      ]);
      return true;
    },
  });
  if (moved === 'moved' || moved === 'called-off') return 'let-go';
  const error = moved === 'already-there' ? null : robotError(PROBLEMS[moved], chain.view.language);
  walk.endStep(robot, { status: error === null ? 'done' : 'failed', results: {}, error });
  return 'ended';
}
