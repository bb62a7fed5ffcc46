import type { Db } from '../db/pool.ts';

/**
 * Tells the chain that its message has moved on: a job to look at it now. A chain that left its stage is not woken by it; its step,
 * if it still acts, gets its end here, since no worker will come.
 */
export async function wakeChain(db: Db, workspaceId: string, chainId: string | null): Promise<void> {
  if (chainId === null) return;
  await db.query(
    `with chain as (select status from chains where workspace_id = $1 and id = $2),
     ended as (
       update steps s set status = case when m.went then 'done' else 'cancelled' end, wait_reason = null, finished_at = now(),
         results = case when m.went then s.results || jsonb_build_object('sent', m.sent) else s.results end
       from (select m.step_position, bool_or(m.status <> 'cancelled') as went, case
               when bool_or(m.status in ('accepted', 'delivered', 'read')) then 'Y'
               when bool_or(m.status = 'uncertain') then 'U'
               when bool_or(m.status = 'refused' and m.reason = 'no-whatsapp') then 'NW'
               when bool_or(m.status = 'refused') then 'N' else 'E' end as sent
             from messages m where m.workspace_id = $1 and m.chain_id = $2
             group by m.step_position having not bool_or(m.status in ('queued', 'sending'))) m
       where s.workspace_id = $1 and s.chain_id = $2 and s.position = m.step_position and s.status = 'acting'
         and (select status from chain) = 'cancelled'
     )
     select graphile_worker.add_job('chain', json_build_object('workspaceId', $1::text, 'chainId', $2::text),
       job_key => 'chain:' || $2, run_at => now(), max_attempts => 25)
     from chain where status in ('ready', 'running', 'waiting')`,
    [workspaceId, chainId],
  );
}
