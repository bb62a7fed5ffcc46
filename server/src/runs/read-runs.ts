import type { Db } from '../db/pool.ts';
import type { LeadId, RunId, StageId, VisitId, WorkspaceId } from '../lib/id.ts';
import { chainsOf } from '../robots/chains.ts';
import type { Results } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import type { StepStatus, WaitReason } from './chain.ts';

/** A robot of a run as it stands: ended, waiting, or still ahead (`planned`). */
export interface StepView {
  ref: string;
  kind: string;
  title: string | null;
  chain: number;
  status: StepStatus | 'planned';
  /** When it is to act; null when that hangs on the robot before it. */
  plannedAt: Date | null;
  waitReason: WaitReason | null;
  attempts: number;
  compared: unknown;
  results: Results;
  error: string | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface RunView {
  id: RunId;
  visitId: VisitId;
  stageId: StageId;
  robotsVersion: number;
  status: 'active' | 'finished' | 'cancelled';
  startedAt: Date;
  finishedAt: Date | null;
  steps: StepView[];
}

interface RunRow extends Omit<RunView, 'steps'> {
  robots: Robot[];
  chains: { id: string; position: number; wakeAt: string | null; status: string; nextStep: number }[] | null;
  steps:
    | (Omit<StepView, 'title' | 'chain' | 'plannedAt' | 'startedAt' | 'finishedAt'> & {
        chainId: string;
        position: number;
        dueAt: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      })[]
    | null;
}

const READ_RUNS = `
select r.id, r.visit_id as "visitId", r.stage_id as "stageId", r.robots_version as "robotsVersion", r.status,
  r.started_at as "startedAt", r.finished_at as "finishedAt", l.robots,
  (select json_agg(json_build_object('id', c.id, 'position', c.position, 'wakeAt', c.wake_at, 'status', c.status, 'nextStep', c.next_step))
   from chains c where c.workspace_id = r.workspace_id and c.run_id = r.id) as chains,
  (select json_agg(json_build_object('chainId', s.chain_id, 'position', s.position, 'ref', s.ref, 'kind', s.kind, 'status', s.status,
     'dueAt', s.due_at, 'waitReason', s.wait_reason, 'attempts', s.attempts, 'compared', s.compared, 'results', s.results,
     'error', s.error, 'startedAt', s.started_at, 'finishedAt', s.finished_at))
   from chains c join steps s on s.workspace_id = c.workspace_id and s.chain_id = c.id
   where c.workspace_id = r.workspace_id and c.run_id = r.id) as steps
from runs r
join robot_lists l on l.workspace_id = r.workspace_id and l.stage_id = r.stage_id and l.version = r.robots_version
where r.workspace_id = $1 and r.lead_id = $2
order by r.id desc limit $3`;

/** The runs of a lead, newest first, each with all its robots: those that acted with what they compared, those ahead as planned. */
export async function readRuns(db: Db, workspaceId: WorkspaceId, leadId: LeadId, limit = 50): Promise<RunView[]> {
  const { rows } = await db.query<RunRow>(READ_RUNS, [workspaceId, leadId, limit]);
  return rows.map(({ robots, chains, steps, ...run }) => ({
    ...run,
    steps: viewSteps(robots, chains ?? [], steps ?? []),
  }));
}

function viewSteps(
  robots: Robot[],
  chains: NonNullable<RunRow['chains']>,
  steps: NonNullable<RunRow['steps']>,
): StepView[] {
  return chainsOf(robots).flatMap((indexes, chainPosition) => {
    const chain = chains.find((one) => one.position === chainPosition);
    return indexes.map((index, position): StepView => {
      const robot = robots[index] as Robot;
      const row = steps.find((step) => step.chainId === chain?.id && step.position === position);
      const base = { ref: robot.ref, kind: robot.kind, title: robot.title, chain: chainPosition };
      if (row === undefined) {
        const next = position === chain?.nextStep && chain.wakeAt !== null ? new Date(chain.wakeAt) : null;
        return {
          ...base,
          status: 'planned',
          plannedAt: next,
          waitReason: null,
          attempts: 0,
          compared: null,
          results: {},
          error: null,
          startedAt: null,
          finishedAt: null,
        };
      }
      const { chainId: _chain, position: _position, dueAt, startedAt, finishedAt, ...rest } = row;
      return {
        ...base,
        ...rest,
        // Of a robot that has ended the time it was last put off to is of no use to anybody.
        plannedAt: finishedAt === null ? toDate(dueAt) : null,
        startedAt: toDate(startedAt),
        finishedAt: toDate(finishedAt),
      };
    });
  });
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
