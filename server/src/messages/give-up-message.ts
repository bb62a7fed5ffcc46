import type { Db } from '../db/pool.ts';

/** Ends a message that still waits to be sent; false when somebody has begun to send it, or it has ended otherwise. */
export async function giveUpMessage(
  db: Db,
  workspaceId: string,
  messageId: string,
  error: string | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update messages set status = 'failed', error = coalesce($3, error), finished_at = now()
     where workspace_id = $1 and id = $2 and status = 'queued'`,
    [workspaceId, messageId, error],
  );
  return rowCount === 1;
}
