import { backoffMs } from '../lib/backoff.ts';
import type { MessageId, WorkspaceId } from '../lib/id.ts';
import { openLine } from '../lines/open-line.ts';
import { callChannel } from '../messages/call-channel.ts';
import { firstLookUpMs } from '../messages/look-up-times.ts';
import { addSendJob } from '../messages/resolve-message.ts';
import { takeQueuedMessage } from '../messages/take-message.ts';
import { writeOutcome } from '../messages/write-outcome.ts';
import { channelContext } from './channel-context.ts';
import type { Engine } from './engine.ts';
import { readFileToSend } from './file-to-send.ts';

/**
 * Sends one queued message that no chain is sending: a person asked for it again. The intent is committed first here too, so a
 * second job for the same message finds nothing to send. A line with a connection sends it by itself.
 */
export async function sendQueuedMessage(engine: Engine, workspaceId: WorkspaceId, messageId: MessageId): Promise<void> {
  const { context } = engine;
  const { rows } = await context.pool.query<{ line_id: string; kind: string }>(
    `select line_id, kind from messages where workspace_id = $1 and id = $2 and status = 'queued'`,
    [workspaceId, messageId],
  );
  const row = rows[0];
  const line = row === undefined ? null : await openLine(context, workspaceId, row.line_id);
  if (row === undefined || line === null || line.channel.describe.abilities.connection) return;
  if (line.paused) return addSendJob(context.pool, workspaceId, messageId, 15_000);
  const call = channelContext(engine, line);
  const preparedId = row.kind === 'text' ? ((await line.channel.prepareText?.(line.config, call)) ?? null) : null;
  const message = await takeQueuedMessage(context.pool, workspaceId, messageId, engine.lease.workerId, preparedId);
  if (message === null) return;
  const source = message.fileId !== null ? { fileId: message.fileId } : { url: message.fileUrl ?? '' };
  const takesBytes = line.channel.describe.abilities.fileBytes;
  const file = message.kind === 'file' ? await readFileToSend(context, workspaceId, source, takesBytes) : null;
  const outcome = await callChannel(line, call, { intent: { ...message, providerId: preparedId }, file });
  const retryInMs = backoffMs(message.attempt, { maxMs: 30_000 });
  await writeOutcome(context.pool, message, outcome, { retryInMs, lookUpInMs: firstLookUpMs(line.channel) });
  if (outcome.outcome === 'not-sent') await addSendJob(context.pool, workspaceId, messageId, retryInMs);
}
