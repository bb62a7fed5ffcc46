import type pg from 'pg';
import { addChainJobs } from './take-over.ts';

const LIMIT = 1_000;

/**
 * Finds chains that are due and have no job, which should not happen and so must not stay unseen: the truth is in the tables, a
 * job only says «look at this chain». A job that is locked by nobody's pool (its process died before it told its pool's name, or
 * fetched jobs after its work was taken over) is as good as none. Returns how many it woke.
 */
export async function sweepChains(pool: pg.Pool, overdueSeconds = 10): Promise<number> {
  const { rows } = await pool.query<{ workspace_id: string; id: string }>(
    `select c.workspace_id, c.id from chains c
     where c.status in ('ready', 'waiting') and c.wake_at < now() - $1 * interval '1 second'
       and not exists (select from graphile_worker._private_jobs j where j.key = 'chain:' || c.id and case when j.locked_at is null
           then j.attempts < j.max_attempts else exists (select from workers w where w.pool_id = j.locked_by) end)
     order by c.wake_at limit $2`,
    [overdueSeconds, LIMIT],
  );
  await addChainJobs(pool, rows);
  return rows.length;
}

/** Frees jobs of any kind that are locked by nobody's pool. A pool that has just been made may not be known yet, hence the minute. */
export async function unlockOrphanedJobs(pool: pg.Pool): Promise<void> {
  await pool.query(
    `select graphile_worker.force_unlock_workers(array_agg(distinct j.locked_by)) from graphile_worker._private_jobs j
     where j.locked_at < now() - interval '1 minute' and not exists (select from workers w where w.pool_id = j.locked_by)
     having count(*) > 0`,
  );
}
