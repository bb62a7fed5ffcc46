import type { Db } from '../db/pool.ts';
import type { LineId, MessageId, WorkspaceId } from '../lib/id.ts';

/** A message whose intent is committed: it may be sent now, by this worker, once. */
export interface TakenMessage {
  workspaceId: WorkspaceId;
  id: MessageId;
  lineId: LineId;
  attempt: number;
  phone: string;
  kind: 'text' | 'file';
  text: string | null;
  fileId: string | null;
  fileUrl: string | null;
}

const TAKEN = `workspace_id as "workspaceId", id, line_id as "lineId", attempt, phone, kind, text, file_id as "fileId", file_url as "fileUrl"`;

/**
 * Commits the intent to send up to `limit` of the line's queued messages, oldest first. A lead that leaves its stage at the same
 * moment cancels the same rows: each is either cancelled or taken. Only the line's owner gets any.
 */
export async function takeQueuedMessages(
  db: Db,
  line: { workspaceId: string; id: string },
  workerId: string,
  limit: number,
): Promise<TakenMessage[]> {
  const { rows } = await db.query<TakenMessage>(
    `update messages set status = 'sending', attempt = attempt + 1, worker_id = $3, sending_at = now()
     where workspace_id = $1 and id in (
       select id from messages
       where workspace_id = $1 and line_id = $2 and status = 'queued' and (send_after is null or send_after <= now())
         and exists (select from lines where lines.workspace_id = $1 and lines.id = $2 and lines.owner_worker_id = $3)
       order by id limit $4 for update skip locked)
     returning ${TAKEN}`,
    [line.workspaceId, line.id, workerId, limit],
  );
  return rows.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * Puts messages back that were taken for this worker without it ever learning of it: the answer to the taking was lost. `begun` are
 * those that it did begin to send.
 */
export async function putBackUnknownMessages(
  db: Db,
  line: { workspaceId: string; id: string },
  workerId: string,
  begun: readonly string[],
): Promise<void> {
  await db.query(
    `update messages set status = 'queued', worker_id = null
     where workspace_id = $1 and line_id = $2 and worker_id = $3 and status = 'sending' and not (id = any ($4))`,
    [line.workspaceId, line.id, workerId, begun],
  );
}

/** Commits the intent to send this one message; null when it is not queued any more. */
export async function takeQueuedMessage(
  db: Db,
  workspaceId: string,
  messageId: string,
  workerId: string,
  preparedId: string | null,
): Promise<TakenMessage | null> {
  const { rows } = await db.query<TakenMessage>(
    `update messages set status = 'sending', attempt = attempt + 1, worker_id = $3, sending_at = now(), provider_id = coalesce($4, provider_id)
     where workspace_id = $1 and id = $2 and status = 'queued' returning ${TAKEN}`,
    [workspaceId, messageId, workerId, preparedId],
  );
  return rows[0] ?? null;
}
