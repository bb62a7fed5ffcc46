import type { Db, Tx } from '../../db/pool.ts';

/** What waits for the next start. */
export interface OpenWork {
  chains: number;
  uncertain: number;
}

const JOB_BATCH = 5_000;

/**
 * Brings the work that was under way when the backup was made into the state it has after the takeover of a dead worker: nobody
 * knows whether a request left, so its message is uncertain, and its chain is free. Then gives every piece of work its job again,
 * since jobs are not copied.
 */
export async function settleWork(tx: Tx): Promise<OpenWork> {
  await tx.query(
    `update chains set status = 'ready', epoch = epoch + 1, worker_id = null, wake_at = now() where status = 'running'`,
  );
  await tx.query(
    `update messages set status = 'uncertain', worker_id = null, look_up_at = now() + interval '5 seconds', look_ups = 0,
       error = coalesce(error, 'Резервная копия сделана во время отправки')
     where status = 'sending'`,
  );
  // Where the lead had left meanwhile nobody waits for the answer: the robot ends with what is known.
  await tx.query(
    `update steps s set status = 'done', results = s.results || '{"sent":"U"}', finished_at = now(), wait_reason = null
     from messages m join chains c on c.workspace_id = m.workspace_id and c.id = m.chain_id and c.status = 'cancelled'
     where m.workspace_id = s.workspace_id and m.chain_id = s.chain_id and m.step_position = s.position
       and m.status = 'uncertain' and s.status = 'acting'`,
  );
  await addJobs(tx, 'chain', CHAINS);
  await addJobs(tx, 'send_message', MESSAGES);
  await addJobs(tx, 'webhook', WEBHOOKS);
  return countOpenWork(tx);
}

const CHAINS = `
select json_build_object('workspaceId', workspace_id, 'chainId', id) as payload, coalesce(wake_at, now()) as run_at,
  'chain:' || id as key
from chains where status in ('ready', 'waiting')`;

/** Those that no chain sends any more: a person asked for them again. */
const MESSAGES = `
select json_build_object('workspaceId', m.workspace_id, 'messageId', m.id) as payload, coalesce(m.send_after, now()) as run_at,
  'message:' || m.id as key
from messages m where m.status = 'queued' and not exists (
  select from chains c join steps s on s.workspace_id = c.workspace_id and s.chain_id = c.id and s.position = m.step_position
  where c.workspace_id = m.workspace_id and c.id = m.chain_id and c.status in ('ready', 'waiting')
    and s.status in ('waiting', 'acting'))`;

const WEBHOOKS = `
select json_build_object('workspaceId', workspace_id, 'webhookId', id) as payload, now() as run_at, null::text as key
from webhook_events where processed_at is null`;

async function addJobs(tx: Tx, task: string, work: string): Promise<void> {
  await tx.query(
    `select graphile_worker.add_jobs(array_agg(
       row($1::text, payload, null, run_at, 25, key, null, null)::graphile_worker.job_spec))
     from (select *, (row_number() over () - 1) / ${JOB_BATCH} as batch from (${work}) work) numbered group by batch`,
    [task],
  );
}

async function countOpenWork(db: Db): Promise<OpenWork> {
  const { rows } = await db.query<OpenWork>(
    `select (select count(*) from chains where status in ('ready', 'waiting')) as chains,
       (select count(*) from messages where status = 'uncertain') as uncertain`,
  );
  return rows[0] as OpenWork;
}
