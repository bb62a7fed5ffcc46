import type { Tx } from '../db/pool.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import { pausePoint } from '../lib/pause-point.ts';
import { chainsOf } from '../robots/chains.ts';
import type { Robot } from '../robots/robot.ts';

interface OpenChain {
  id: string;
  run_id: string;
  position: number;
  next_step: number;
  robots: Robot[];
  /** The row of the current step, and what its messages are at. */
  step_status: string | null;
  sending: number;
  begun: number;
}

const LOCK_CHAINS = `
select c.id from chains c
join visits v on v.workspace_id = c.workspace_id and v.id = c.visit_id and v.left_at is null
where v.workspace_id = $1 and v.lead_id = $2 and c.status in ('ready', 'running', 'waiting')
order by c.id
for update of c`;

const READ_CHAINS = `
select c.id, c.run_id, c.position, c.next_step, rl.robots, s.status as step_status,
  (select count(*)::int from messages m where m.workspace_id = c.workspace_id and m.chain_id = c.id
    and m.step_position = c.next_step and m.status = 'sending') as sending,
  (select count(*)::int from messages m where m.workspace_id = c.workspace_id and m.chain_id = c.id
    and m.step_position = c.next_step and m.status not in ('queued', 'sending', 'cancelled')) as begun
from chains c
join runs r on r.workspace_id = c.workspace_id and r.id = c.run_id
join robot_lists rl on rl.workspace_id = r.workspace_id and rl.stage_id = r.stage_id and rl.version = r.robots_version
left join steps s on s.workspace_id = c.workspace_id and s.chain_id = c.id and s.position = c.next_step
where c.workspace_id = $1 and c.id = any ($2)`;

/**
 * Ends the lead's visit and cancels every step of it that has not acted. The chains' rows are the lock that an intent takes too: a
 * message belongs before or after. A message whose intent stands goes its way: its step ends with its outcome (`late` in
 * write-transitions). Returns the refs of the cancelled robots.
 */
export async function leaveStage(tx: Tx, workspaceId: WorkspaceId, leadId: LeadId): Promise<string[]> {
  await pausePoint('before-leave', leadId);
  const locked = await tx.query<{ id: string }>(LOCK_CHAINS, [workspaceId, leadId]);
  await pausePoint('after-leave-lock', leadId);
  await tx.query('update visits set left_at = now() where workspace_id = $1 and lead_id = $2 and left_at is null', [
    workspaceId,
    leadId,
  ]);
  const ids = locked.rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const { rows } = await tx.query<OpenChain>(READ_CHAINS, [workspaceId, ids]);
  const cancelled = rows.flatMap(stepsToCancel);
  await cancelSteps(tx, workspaceId, cancelled);
  await endChains(tx, workspaceId, rows);
  return cancelled.map((step) => step.ref);
}

interface StepToCancel {
  chain_id: string;
  run_id: string;
  position: number;
  ref: string;
  kind: string;
}

function stepsToCancel(chain: OpenChain): StepToCancel[] {
  const robots = (chainsOf(chain.robots)[chain.position] ?? []).map((index) => chain.robots[index] as Robot);
  const acts = chain.step_status === 'acting' && chain.sending + chain.begun > 0;
  return robots
    .map((robot, position) => ({
      chain_id: chain.id,
      run_id: chain.run_id,
      position,
      ref: robot.ref,
      kind: robot.kind,
    }))
    .filter((step) => step.position > chain.next_step || (step.position === chain.next_step && !acts));
}

async function cancelSteps(tx: Tx, workspaceId: WorkspaceId, steps: readonly StepToCancel[]): Promise<void> {
  await tx.query(
    `insert into steps (workspace_id, chain_id, position, run_id, ref, kind, status, finished_at)
     select $1, x.chain_id, x.position, x.run_id, x.ref, x.kind, 'cancelled', now()
     from json_to_recordset($2::json) as x(chain_id text, position int, run_id text, ref text, kind text)
     on conflict (workspace_id, chain_id, position) do update
     set status = 'cancelled', wait_reason = null, finished_at = now()
     where steps.status in ('waiting', 'acting')`,
    [workspaceId, JSON.stringify(steps)],
  );
}

async function endChains(tx: Tx, workspaceId: WorkspaceId, chains: readonly OpenChain[]): Promise<void> {
  const ids = chains.map((chain) => chain.id);
  await tx.query(
    `update messages set status = 'cancelled', finished_at = now() where workspace_id = $1 and chain_id = any ($2) and status = 'queued'`,
    [workspaceId, ids],
  );
  // Nobody waits for the truth about an uncertain message any more: its robot ends with what is known.
  await tx.query(
    `update steps s set status = 'done', wait_reason = null, finished_at = now(), results = s.results || jsonb_build_object(
       'sent', case when exists (select from messages m where m.workspace_id = s.workspace_id and m.chain_id = s.chain_id
         and m.step_position = s.position and m.status in ('accepted', 'delivered', 'read')) then 'Y' else 'U' end)
     where s.workspace_id = $1 and s.chain_id = any ($2) and s.status = 'acting' and not exists (
       select from messages m where m.workspace_id = s.workspace_id and m.chain_id = s.chain_id
         and m.step_position = s.position and m.status = 'sending')`,
    [workspaceId, ids],
  );
  await tx.query(`update chains set status = 'cancelled', wake_at = null where workspace_id = $1 and id = any ($2)`, [
    workspaceId,
    ids,
  ]);
  // A visit that ended without any message because of E or U flags its lead, however it ended.
  await tx.query(
    `with ended as (
       update runs set status = 'cancelled', finished_at = now()
       where workspace_id = $1 and id = any ($2) and status = 'active'
       returning lead_id, answered, unanswered
     )
     update leads l set unanswered_at = coalesce(l.unanswered_at, now()) from ended e
     where l.workspace_id = $1 and l.id = e.lead_id and e.unanswered and not e.answered`,
    [workspaceId, chains.map((chain) => chain.run_id)],
  );
  await tx.query(`select graphile_worker.remove_job('chain:' || id) from unnest($1::text[]) as ids(id)`, [ids]);
}
