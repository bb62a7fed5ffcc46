import type { SendOutcome } from '../channels/channel.ts';
import type { FileId } from '../lib/id.ts';
import { pausePoint } from '../lib/pause-point.ts';
import type { OpenLine } from '../lines/open-line.ts';
import { callChannel } from '../messages/call-channel.ts';
import { firstLookUpMs } from '../messages/look-up-times.ts';
import { statusOfOutcome } from '../messages/status.ts';
import type { SendAction } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import type { StepMessage } from './chain.ts';
import type { ChainWalk } from './chain-walk.ts';
import { channelContext } from './channel-context.ts';
import { readFileToSend } from './file-to-send.ts';
import type { IntentWrite } from './transition.ts';

/** `lost`: the chain was taken from this worker before the intent was written, or is no longer its own afterwards. */
export type Sent = { retryAfterMs: number | undefined } | 'handed-over' | 'lost';

/**
 * Intent committed → call → outcome gathered for the next commit. Changes `message` to what is now known of it. A message for a
 * line with a connection is handed over as `queued` to the worker that owns the connection, together with the chain's wait.
 */
export async function sendMessage(
  walk: ChainWalk,
  robot: Robot,
  action: SendAction,
  line: OpenLine,
  message: StepMessage,
): Promise<Sent> {
  const context = channelContext(walk.engine, line);
  const handOver = line.channel.describe.abilities.connection;
  const { content } = action;
  const takesBytes = line.channel.describe.abilities.fileBytes;
  const file =
    content.kind === 'file'
      ? await readFileToSend(walk.engine.context, walk.chain.workspaceId, content.source, takesBytes)
      : null;
  if (line.channel.prepareText !== undefined) await walk.keepFacts();
  const preparedId =
    handOver || content.kind === 'file' ? null : ((await line.channel.prepareText?.(line.config, context)) ?? null);
  const intent = intentOf(walk, action, line, message, { handOver, preparedId, fileName: file?.name ?? null });
  if (message.attempt === 0) {
    walk.writes.timeline.push({ kind: 'message', data: { messageId: message.id, ref: robot.ref } });
  }
  await pausePoint('before-intent', message.id);
  if (handOver) {
    walk.writes.intents.push(intent);
    return 'handed-over';
  }
  if ((await walk.writeIntent(robot, intent)) === 'lost') {
    await tellNotSent(walk, message);
    return 'lost';
  }
  message.attempt += 1;
  message.sendingAt = new Date(walk.nowMs());
  await pausePoint('after-intent', message.id);
  const outcome = await callChannel(line, context, { intent, file });
  await pausePoint('after-answer', message.id);
  keepOutcome(walk, line, message, outcome);
  return { retryAfterMs: outcome.outcome === 'not-sent' ? outcome.retryAfterMs : undefined };
}

/**
 * The intent may stand all the same: committed, its answer lost, the chain taken over. A first intent is this worker's alone, so it
 * knows that nothing left; a later one may have been written by the next holder too.
 */
async function tellNotSent(walk: ChainWalk, message: StepMessage): Promise<void> {
  if (message.attempt > 0) return;
  const outcome: SendOutcome = { outcome: 'not-sent', error: 'Процесс потерял базу данных перед отправкой' };
  walk.writes.outcomes.push({ messageId: message.id, attempt: 1, outcome, lookUpInMs: null });
  await walk.keepFacts();
}

function intentOf(
  walk: ChainWalk,
  action: SendAction,
  line: OpenLine,
  message: StepMessage,
  extra: { handOver: boolean; preparedId: string | null; fileName: string | null },
): IntentWrite {
  const { content } = action;
  const source = content.kind === 'file' ? content.source : null;
  return {
    id: message.id,
    leadId: walk.chain.leadId,
    lineId: line.id,
    stepPosition: walk.nextStep,
    recipient: message.recipient,
    medium: action.medium,
    kind: content.kind,
    phone: message.phone,
    text: content.kind === 'text' ? content.text : content.caption,
    fileId: source !== null && 'fileId' in source ? (source.fileId as FileId) : null,
    fileUrl: source !== null && 'url' in source ? source.url : null,
    fileName: extra.fileName,
    status: extra.handOver ? 'queued' : 'sending',
    attempt: extra.handOver ? message.attempt : message.attempt + 1,
    providerId: extra.preparedId,
  };
}

function keepOutcome(walk: ChainWalk, line: OpenLine, message: StepMessage, outcome: SendOutcome): void {
  message.status = statusOfOutcome(outcome.outcome);
  message.error = outcome.outcome === 'accepted' ? null : outcome.error;
  message.reason = outcome.outcome === 'refused' ? outcome.reason : null;
  const lookUpInMs = firstLookUpMs(line.channel);
  walk.writes.outcomes.push({ messageId: message.id, attempt: message.attempt, outcome, lookUpInMs });
  if (message.reason === 'no-whatsapp') {
    walk.writes.reachabilities.push({ phone: message.phone, medium: 'whatsapp', verdict: 'no', source: 'send' });
  }
}
