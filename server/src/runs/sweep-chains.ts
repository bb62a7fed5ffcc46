import type pg from 'pg';
import { addChainJobs } from './take-over.ts';

const LIMIT = 1_000;

/**
 * Finds chains that are due and have no job, which should not happen and so must not stay unseen: the truth is in the tables, a
 * job only says «look at this chain». Returns how many it woke.
 */
export async function sweepChains(pool: pg.Pool, overdueSeconds = 10): Promise<number> {
  const { rows } = await pool.query<{ workspace_id: string; id: string }>(
    `select c.workspace_id, c.id from chains c
     where c.status in ('ready', 'waiting') and c.wake_at < now() - $1 * interval '1 second'
       and not exists (select from graphile_worker._private_jobs j where j.key = 'chain:' || c.id and (j.locked_at is null or j.attempts < j.max_attempts))
     order by c.wake_at limit $2`,
    [overdueSeconds, LIMIT],
  );
  await addChainJobs(pool, rows);
  return rows.length;
}
