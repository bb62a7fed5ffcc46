import { backoffMs } from '../lib/backoff.ts';
import { findCheckLine, type OpenLine, openLine } from '../lines/open-line.ts';
import type { Action } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import { robotError } from '../robots/robot-error.ts';
import type { ChainWalk, Progress } from './chain-walk.ts';
import { checkNumbers, type NumbersVerdict } from './check-numbers.ts';

type Check = Extract<Action, { do: 'check' }>;

/**
 * «Проверка WhatsApp на номере». A line that is off is asked again until the robot's time-out, then the result is E: never N, so
 * that a check that could not be made does not turn into a paid SMS.
 */
export async function performCheck(walk: ChainWalk, robot: Robot, action: Check): Promise<Progress> {
  const verdict = await verdictOf(walk, action);
  if (verdict.exists === 'E' && verdict.retry) {
    const left = deadlineOf(walk, action.timeoutSeconds) - walk.nowMs();
    if (left > 0) {
      const pause = Math.min(
        left,
        backoffMs((walk.step?.attempts ?? 0) + 1, { maxMs: 30_000, retryAfterMs: verdict.retryAfterMs }),
      );
      await walk.wait(robot, 'line', pause, { tried: true, dueAtMs: walk.nowMs() + pause, error: verdict.error });
      return 'let-go';
    }
  }
  const error = verdict.exists === 'E' ? verdict.error : null;
  for (const phone of action.numbers.phones.slice(0, 1)) {
    walk.writes.timeline.push({
      kind: 'check',
      data: {
        phone: verdict.exists === 'Y' ? verdict.phone : phone,
        exists: verdict.exists,
        error,
        source: 'robot',
        ref: robot.ref,
      },
    });
  }
  walk.endStep(robot, { status: 'done', results: { exists: verdict.exists, error }, error });
  return 'ended';
}

async function verdictOf(walk: ChainWalk, action: Check): Promise<NumbersVerdict> {
  const line = await checkLine(walk, action.lineId);
  if (line === null)
    return {
      exists: 'E',
      error: robotError('no-check-line', walk.chain.view.language),
      retry: true,
      retryAfterMs: undefined,
    };
  if (line.paused)
    return {
      exists: 'E',
      error: robotError('line-paused', walk.chain.view.language, { line: line.name }),
      retry: true,
      retryAfterMs: undefined,
    };
  return checkNumbers(walk, line, action.numbers);
}

function checkLine(walk: ChainWalk, lineId: string | null): Promise<OpenLine | null> {
  const { context } = walk.engine;
  const { workspaceId } = walk.chain;
  return lineId === null ? findCheckLine(context, workspaceId) : openLine(context, workspaceId, lineId);
}

/** Until when the robot waits for a line, by the database's clock. */
export function deadlineOf(walk: ChainWalk, timeoutSeconds: number): number {
  return (walk.step?.startedAt?.getTime() ?? walk.nowMs()) + timeoutSeconds * 1_000;
}
