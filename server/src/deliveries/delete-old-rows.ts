import type pg from 'pg';
import { deleteAbandonedFiles } from '../files/file-store.ts';

/** What is only of use for a while, by table, with the column that tells its age. A batch at a time, so that no lock is held long. */
const OLD = [
  { table: 'idempotency_keys', key: '(workspace_id, key)', where: `created_at < now() - interval '2 days'` },
  { table: 'webhook_events', key: '(workspace_id, id)', where: `processed_at < now() - interval '30 days'` },
  { table: 'phone_claims', key: '(workspace_id, phone)', where: `claimed_at < now() - interval '366 days'` },
] as const;

const BATCH = 2_000;

/** Deletes what has served its time. Returns how many rows went. */
export async function deleteOldRows(pool: pg.Pool): Promise<number> {
  let deleted = await deleteAbandonedFiles(pool);
  for (const { table, key, where } of OLD) {
    const { rowCount } = await pool.query(
      `delete from ${table} where ${key} in (select ${key.slice(1, -1)} from ${table} where ${where} limit ${BATCH})`,
    );
    deleted += rowCount ?? 0;
  }
  return deleted;
}
