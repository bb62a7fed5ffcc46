import type pg from 'pg';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId, type WorkspaceId } from '../lib/id.ts';
import { openLine, openLineByHook } from '../lines/open-line.ts';
import { recordEvent } from './record-event.ts';

export type WebhookReceipt = 'kept' | 'unknown-address' | 'refused';

/** Headers that an adapter may need to verify and read a webhook; the rest is not kept. */
const KEPT_HEADERS = /^(content-type|x-webhook-.*|x-hub-.*|x-twilio-.*|user-agent)$/;

/**
 * Verifies a webhook, keeps it as it came and leaves the reading to a job, so that the provider gets its answer at once and nothing is
 * lost when the process dies. `refused` when the provider's signature does not fit.
 */
export async function receiveWebhook(
  context: Context,
  hookToken: string,
  request: { headers: Record<string, string | undefined>; rawBody: Buffer },
): Promise<WebhookReceipt> {
  const line = await openLineByHook(context, hookToken);
  if (line === null || line.channel.parseWebhook === undefined) return 'unknown-address';
  const verdict = line.channel.parseWebhook(line.config, request, line.language);
  if (!verdict.ok) {
    context.logger.warn({ lineId: line.id, reason: verdict.error }, 'A webhook was refused');
    return 'refused';
  }
  if (verdict.events.length === 0) return 'kept';
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => KEPT_HEADERS.test(name)));
  await inTransaction(context.pool, async (tx) => {
    const id = newId('hook');
    await tx.query(
      'insert into webhook_events (workspace_id, id, line_id, headers, body) values ($1, $2, $3, $4, $5)',
      [line.workspaceId, id, line.id, headers, request.rawBody],
    );
    await tx.query(
      `select graphile_worker.add_job('webhook', json_build_object('workspaceId', $1::text, 'webhookId', $2::text), max_attempts => 25)`,
      [line.workspaceId, id],
    );
  });
  return 'kept';
}

/** The job: reads a kept webhook and records its events. Doing it twice changes nothing. */
export async function processWebhook(context: Context, workspaceId: WorkspaceId, webhookId: string): Promise<void> {
  const { rows } = await context.pool.query<{ line_id: string; headers: Record<string, string>; body: Buffer }>(
    'select line_id, headers, body from webhook_events where workspace_id = $1 and id = $2 and processed_at is null',
    [workspaceId, webhookId],
  );
  const row = rows[0];
  const line = row === undefined ? null : await openLine(context, workspaceId, row.line_id);
  if (row === undefined) return;
  const verdict = line?.channel.parseWebhook?.(line.config, { headers: row.headers, rawBody: row.body }, line.language);
  if (line !== null && verdict?.ok) for (const event of verdict.events) await recordEvent(context, line, event);
  await finish(context.pool, workspaceId, webhookId, verdict?.ok === false ? verdict.error : null);
}

async function finish(pool: pg.Pool, workspaceId: string, webhookId: string, error: string | null): Promise<void> {
  await pool.query('update webhook_events set processed_at = now(), error = $3 where workspace_id = $1 and id = $2', [
    workspaceId,
    webhookId,
    error,
  ]);
}
