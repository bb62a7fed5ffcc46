import { backoffMs } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { type OpenLine, openLine } from '../lines/open-line.ts';
import { giveUpMessage } from '../messages/give-up-message.ts';
import { isSettled, sentOf, sentOfAll } from '../messages/status.ts';
import { wakeChain } from '../messages/wake-chain.ts';
import type { SendAction } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import { robotError } from '../robots/robot-error.ts';
import type { StepMessage } from './chain.ts';
import type { ChainWalk, Progress } from './chain-walk.ts';
import { checkNumbers } from './check-numbers.ts';
import { deadlineOf } from './perform-check.ts';
import { sendMessage } from './send-message.ts';
import { takePaceSlot } from './take-pace-slot.ts';

/** A step that waits for the truth about a message looks by itself this often, should the one who learnt it die before telling. */
const LOOK_AGAIN_MS = 30_000;

/** What a try at one recipient came to. */
type Attempt =
  | { done: true }
  | { done: false; retryInMs: number; reason: 'line' | 'pace' | 'outcome'; error: string | null }
  | { lost: true }
  /** There was no time even for an intent. */
  | { unsent: string };

/**
 * Sends to each recipient of the step: one message each, made once by the constraint on (chain, step, recipient). A step may come
 * here many times: after a wait for its line, its pace, or the truth about a message.
 */
export async function performSend(walk: ChainWalk, robot: Robot, action: SendAction): Promise<Progress> {
  const deadline = deadlineOf(walk, action.timeoutSeconds);
  const line = await openLine(walk.engine.context, walk.chain.workspaceId, action.lineId);
  if (line === null) return endUnsent(walk, robot, robotError('line-gone', walk.chain.view.language));
  const recipients = await chooseRecipients(walk, robot, action, line, deadline);
  if (!Array.isArray(recipients)) return recipients;
  for (const [index, phone] of recipients.entries()) {
    const attempt = await tryRecipient(walk, robot, action, line, { index, phone }, deadline);
    if ('lost' in attempt) return 'let-go';
    if ('unsent' in attempt)
      return walk.chain.messages.length === 0 ? endUnsent(walk, robot, attempt.unsent) : endSent(walk, robot);
    if (!attempt.done) return waitFor(walk, robot, attempt, deadline);
  }
  return endSent(walk, robot);
}

async function chooseRecipients(
  walk: ChainWalk,
  robot: Robot,
  action: SendAction,
  line: OpenLine,
  deadline: number,
): Promise<string[] | Progress> {
  const begun = walk.chain.messages;
  if (action.numbers.choose === 'all') return action.numbers.phones;
  if (begun.length > 0) return begun.map((message) => message.phone);
  const verdict = await checkNumbers(walk, line, action.numbers);
  if (verdict.exists === 'Y') return [verdict.phone];
  if (verdict.exists === 'E' && verdict.retry && walk.nowMs() < deadline) {
    const retryInMs = backoffMs((walk.step?.attempts ?? 0) + 1, { maxMs: 30_000, retryAfterMs: verdict.retryAfterMs });
    return waitFor(walk, robot, { done: false, retryInMs, reason: 'line', error: verdict.error }, deadline);
  }
  if (verdict.exists === 'E') return endUnsent(walk, robot, verdict.error);
  walk.endStep(robot, { status: 'done', results: { sent: 'NW', error: null, messageId: null }, error: null }, true);
  return 'ended';
}

async function tryRecipient(
  walk: ChainWalk,
  robot: Robot,
  action: SendAction,
  line: OpenLine,
  recipient: { index: number; phone: string },
  deadline: number,
): Promise<Attempt> {
  const known = walk.chain.messages.find((message) => message.recipient === recipient.index);
  const late = walk.nowMs() >= deadline;
  if (known !== undefined && isSettled(known.status)) return { done: true };
  if (known?.status === 'sending' || known?.status === 'uncertain') {
    if (late) return { done: true };
    return { done: false, retryInMs: deadline - walk.nowMs(), reason: 'outcome', error: known.error };
  }
  if (late && (known !== undefined || (walk.step?.attempts ?? 0) > 0)) return giveUp(walk, known);
  if (known?.status === 'queued' && line.channel.describe.abilities.connection) {
    return { done: false, retryInMs: deadline - walk.nowMs(), reason: 'line', error: known.error };
  }
  if (line.paused)
    return {
      done: false,
      retryInMs: 15_000,
      reason: 'line',
      error: robotError('line-paused', walk.chain.view.language, { line: line.name }),
    };
  const slotInMs = await takePaceSlot(walk, line, recipient.index);
  if (slotInMs > 0) return { done: false, retryInMs: slotInMs, reason: 'pace', error: null };
  return send(walk, robot, action, line, recipient, known);
}

async function send(
  walk: ChainWalk,
  robot: Robot,
  action: SendAction,
  line: OpenLine,
  recipient: { index: number; phone: string },
  known: StepMessage | undefined,
): Promise<Attempt> {
  const message: StepMessage = known ?? {
    id: newId('msg'),
    recipient: recipient.index,
    phone: recipient.phone,
    status: 'queued',
    attempt: 0,
    reason: null,
    error: null,
    sendingAt: null,
  };
  if (known === undefined) walk.chain.messages.push(message);
  const sent = await sendMessage(walk, robot, action, line, message);
  if (sent === 'lost') return { lost: true };
  if (isSettled(message.status)) return { done: true };
  if (message.status !== 'queued')
    return { done: false, retryInMs: action.timeoutSeconds * 1_000, reason: 'outcome', error: message.error };
  if (sent === 'handed-over')
    return { done: false, retryInMs: action.timeoutSeconds * 1_000, reason: 'line', error: null };
  const retryInMs = backoffMs(message.attempt, { maxMs: 30_000, retryAfterMs: sent.retryAfterMs });
  return { done: false, retryInMs, reason: 'line', error: message.error };
}

/** The time is up: a message that was not sent is not sent any more, unless somebody is sending it right now. */
async function giveUp(walk: ChainWalk, known: StepMessage | undefined): Promise<Attempt> {
  const error = known?.error ?? robotError('line-time-out', walk.chain.view.language);
  if (known === undefined) return { unsent: error };
  const gone = await giveUpMessage(walk.engine.context.pool, walk.chain.workspaceId, known.id, error);
  if (!gone) return { done: false, retryInMs: 1_000, reason: 'outcome', error };
  known.status = 'failed';
  known.error = error;
  return { done: true };
}

async function waitFor(
  walk: ChainWalk,
  robot: Robot,
  attempt: Extract<Attempt, { done: false }>,
  deadline: number,
): Promise<Progress> {
  const left = Math.max(0, deadline - walk.nowMs());
  const longest = attempt.reason === 'outcome' ? Math.min(left, LOOK_AGAIN_MS) : left;
  const pause = attempt.reason === 'pace' ? attempt.retryInMs : Math.min(longest, attempt.retryInMs);
  const handedOver = walk.writes.intents.map((intent) => intent.lineId);
  const result = await walk.wait(robot, attempt.reason, pause, {
    tried: true,
    dueAtMs: walk.nowMs() + pause,
    error: attempt.error,
  });
  // The lead left while the request was under way and nobody knows what came of it: the robot ends with that, U.
  if (result === 'lost') await wakeChain(walk.engine.context.pool, walk.chain.workspaceId, walk.chain.id);
  for (const lineId of handedOver) walk.engine.onQueued(lineId);
  return 'let-go';
}

function endSent(walk: ChainWalk, robot: Robot): Progress {
  const { messages } = walk.chain;
  const sent = sentOfAll(messages.map((message) => sentOf(message.status, message.reason)));
  const error = sent === 'Y' ? null : (messages.find((message) => message.error !== null)?.error ?? null);
  const isDelivered = messages.some((message) => message.status === 'delivered' || message.status === 'read');
  // An early receipt may have written `delivered` into the step already: nothing is said here that could undo it.
  const results = { sent, error, messageId: messages[0]?.id ?? null, ...(isDelivered ? { delivered: 'Y' } : {}) };
  walk.endStep(robot, { status: sent === 'E' ? 'failed' : 'done', results, error }, true);
  return 'ended';
}

function endUnsent(walk: ChainWalk, robot: Robot, error: string): Progress {
  walk.endStep(robot, { status: 'failed', results: { sent: 'E', error, messageId: null }, error }, true);
  return 'ended';
}
