import type pg from 'pg';
import { inTransaction } from '../db/transaction.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import { wakeChain } from './wake-chain.ts';

/** What a person decides about an uncertain message: it did arrive, send it again, or let it rest. */
export type Resolution = 'delivered' | 'resend' | 'closed';

const STATUS = { delivered: 'delivered', resend: 'queued', closed: 'failed' } as const;

/**
 * Settles an uncertain message by a person's decision, which goes to the timeline. A message to be sent again is sent once by the
 * job added here, or by the owner of its line's connection.
 */
export function resolveMessage(
  pool: pg.Pool,
  request: { workspaceId: WorkspaceId; messageId: string; outcome: Resolution; userId: string | null },
): Promise<'resolved' | 'not-found' | 'not-uncertain'> {
  const { workspaceId, messageId, outcome } = request;
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ status: string; lead_id: LeadId; chain_id: string | null }>(
      'select status, lead_id, chain_id from messages where workspace_id = $1 and id = $2 for update',
      [workspaceId, messageId],
    );
    const message = rows[0];
    if (message === undefined) return 'not-found';
    if (message.status !== 'uncertain') return 'not-uncertain';
    await tx.query(
      `update messages set status = $3, look_up_at = null, send_after = null,
         delivered_at = case when $3 = 'delivered' then now() end, finished_at = case when $3 = 'failed' then now() end
       where workspace_id = $1 and id = $2`,
      [workspaceId, messageId, STATUS[outcome]],
    );
    if (outcome === 'delivered') {
      await tx.query('update leads set unanswered_at = null where workspace_id = $1 and id = $2', [
        workspaceId,
        message.lead_id,
      ]);
    }
    await addToTimeline(tx, workspaceId, [
      { leadId: message.lead_id, kind: 'message.resolved', data: { messageId, outcome, userId: request.userId } },
    ]);
    if (outcome === 'resend') await addSendJob(tx, workspaceId, messageId);
    else await wakeChain(tx, workspaceId, message.chain_id);
    return 'resolved';
  });
}

/** A job that sends one queued message, whatever became of its chain. */
export async function addSendJob(
  db: Pick<pg.Pool, 'query'>,
  workspaceId: string,
  messageId: string,
  delayMs = 0,
): Promise<void> {
  await db.query(
    `select graphile_worker.add_job('send_message', json_build_object('workspaceId', $1::text, 'messageId', $2::text),
       job_key => 'message:' || $2, run_at => now() + $3 * interval '1 millisecond', max_attempts => 25)`,
    [workspaceId, messageId, delayMs],
  );
}
