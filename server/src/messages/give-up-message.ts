import { channels } from '../channels/registry.ts';
import type { Db } from '../db/pool.ts';
import { wakeChain } from './wake-chain.ts';

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

/**
 * Ends messages that wait to be sent and that nobody would send: their chain has ended or gone on before it was known that they did
 * not leave. Not those that a person asked for (there is a job), nor those of lines with a connection (their owner sends them).
 */
export async function giveUpUnawaitedMessages(db: Db): Promise<number> {
  const { rows } = await db.query<{ workspace_id: string; chain_id: string }>(
    `update messages m set status = case when c.status = 'cancelled' then 'cancelled' else 'failed' end, finished_at = now()
     from chains c, lines l
     where m.status = 'queued' and c.workspace_id = m.workspace_id and c.id = m.chain_id
       and (c.status in ('finished', 'cancelled') or c.next_step > m.step_position)
       and l.workspace_id = m.workspace_id and l.id = m.line_id and not (l.channel = any ($1))
       and not exists (select from graphile_worker._private_jobs j where j.key = 'message:' || m.id)
     returning m.workspace_id, m.chain_id`,
    [channelsWithConnection()],
  );
  for (const row of rows) await wakeChain(db, row.workspace_id, row.chain_id);
  return rows.length;
}

/** Channels whose lines have one owner among the workers, who sends their messages. */
export function channelsWithConnection(): string[] {
  return Object.entries(channels).flatMap(([id, channel]) => (channel.describe.abilities.connection ? [id] : []));
}
