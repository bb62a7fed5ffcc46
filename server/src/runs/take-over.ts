import type pg from 'pg';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { EXPIRED_MS } from './lease.ts';

export interface TakenOver {
  workerId: string;
  chains: number;
  uncertain: number;
}

/**
 * Frees the work of workers that are gone: those whose advisory lock is free and those whose heartbeat has expired (a stopped
 * process keeps its connection). Deleting the worker's row decides who does it. In one transaction: the epochs of its chains are
 * bumped, its jobs released, and each of its open intents becomes uncertain: nobody knows whether that request left.
 *
 * A process that was stopped may take chains or messages in the moment after it woke, under a name that is gone already, and then
 * die: what stands under such a name is freed too.
 */
export async function takeOverDeadWorkers(pool: pg.Pool): Promise<TakenOver[]> {
  const { rows } = await pool.query<{ id: string; expired: boolean }>(
    `select id, heartbeat_at < now() - $1 * interval '1 millisecond' as expired from workers
     where heartbeat_at < now() - $1 * interval '1 millisecond'
        or not exists (select from pg_locks l where l.locktype = 'advisory' and l.granted
             and l.classid = (workers.lock_key >> 32)::int::oid and l.objid = (workers.lock_key & 4294967295)::oid and l.objsubid = 1
             and l.database = (select oid from pg_database where datname = current_database()))`,
    [EXPIRED_MS],
  );
  if (rows.some((row) => row.expired)) await endStoppedTransactions(pool);
  const taken: TakenOver[] = [];
  for (const row of rows) {
    const one = await withoutStoppedLocks(pool, (tx) => takeOver(tx, row.id));
    if (one !== null) taken.push(one);
  }
  return taken;
}

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * A process that was stopped, or cut off, in the middle of a transaction keeps its locks, and whoever needs them waits as long as it
 * is stopped. Such transactions are ended: one of ours is never idle for that long, since nothing but statements is waited for inside.
 */
async function endStoppedTransactions(pool: pg.Pool): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(a.pid) from pg_stat_activity a
     where a.datname = current_database() and a.usename = current_user and a.state like 'idle in transaction%'
       and a.state_change < now() - interval '2 seconds'
       and exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'relation'
         and l.mode in ('RowShareLock', 'RowExclusiveLock'))`,
  );
}

/** Frees work, without waiting for the locks of a process that is stopped. */
async function withoutStoppedLocks<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const attempt = () =>
    inTransaction(pool, async (tx) => {
      await tx.query(`set local lock_timeout = '500ms'`);
      return work(tx);
    });
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
    await endStoppedTransactions(pool);
    return attempt();
  }
}

/** Frees what stands under names that no worker has any more; see above. */
export async function freeOrphanedWork(pool: pg.Pool): Promise<TakenOver[]> {
  const { rows } = await pool.query<{ worker_id: string }>(
    `select worker_id from (
       select distinct worker_id from chains where status = 'running'
       union select distinct worker_id from messages where status = 'sending') held
     where worker_id is not null and not exists (select from workers where workers.id = held.worker_id)`,
  );
  const freed: TakenOver[] = [];
  for (const row of rows) freed.push(await withoutStoppedLocks(pool, (tx) => freeWork(tx, row.worker_id, null)));
  return freed;
}

async function takeOver(tx: Tx, workerId: string): Promise<TakenOver | null> {
  const worker = await tx.query<{ pool_id: string | null }>('delete from workers where id = $1 returning pool_id', [
    workerId,
  ]);
  if (worker.rows[0] === undefined) return null;
  return freeWork(tx, workerId, worker.rows[0].pool_id);
}

async function freeWork(tx: Tx, workerId: string, poolId: string | null): Promise<TakenOver> {
  const chains = await tx.query<{ workspace_id: string; id: string }>(
    `update chains set epoch = epoch + 1, status = 'ready', worker_id = null, wake_at = now()
     where id in (select id from chains where worker_id = $1 and status = 'running' order by id for update)
     returning workspace_id, id`,
    [workerId],
  );
  // Before the old jobs are unlocked, so that each chain gets a new one: the old one is deleted by its number if its worker lives on.
  await addChainJobs(tx, chains.rows);
  if (poolId !== null) {
    await tx.query(
      'delete from graphile_worker._private_jobs where locked_by = $1 and key is null and attempts >= max_attempts',
      [poolId],
    );
    await tx.query('select graphile_worker.force_unlock_workers($1)', [[poolId]]);
  }
  const uncertain = await markUncertain(tx, workerId);
  return { workerId, chains: chains.rows.length, uncertain };
}

async function markUncertain(tx: Tx, workerId: string): Promise<number> {
  const { rows } = await tx.query<{ workspace_id: string; chain_id: string | null; step_position: number | null }>(
    `update messages set status = 'uncertain', worker_id = null, look_up_at = now() + interval '5 seconds', look_ups = 0,
       error = case w.language when 'en' then 'The process stopped while it was sending' else 'Процесс прервался во время отправки' end
     from workspaces w
     where w.id = messages.workspace_id and worker_id = $1 and status = 'sending'
     returning workspace_id, chain_id, step_position`,
    [workerId],
  );
  // Where the lead has left meanwhile nobody waits for the answer any more: the robot ends with what is known, U.
  await tx.query(
    `update steps s set status = 'done', results = s.results || '{"sent":"U"}', finished_at = now(), wait_reason = null
     from messages m join chains c on c.workspace_id = m.workspace_id and c.id = m.chain_id and c.status = 'cancelled'
     where m.workspace_id = s.workspace_id and m.chain_id = s.chain_id and m.step_position = s.position
       and m.status = 'uncertain' and s.status = 'acting' and s.chain_id = any ($1)`,
    [rows.map((row) => row.chain_id).filter((id) => id !== null)],
  );
  return rows.length;
}

/** Lets workers look at these chains now. */
export async function addChainJobs(
  tx: Pick<Tx, 'query'>,
  chains: readonly { workspace_id: string; id: string }[],
): Promise<void> {
  if (chains.length === 0) return;
  await tx.query(
    `select graphile_worker.add_jobs(array_agg(row(
       'chain', json_build_object('workspaceId', x.workspace_id, 'chainId', x.id), null, now(), 25, 'chain:' || x.id, null, null
     )::graphile_worker.job_spec))
     from json_to_recordset($1::json) as x(workspace_id text, id text)`,
    [JSON.stringify(chains)],
  );
}
