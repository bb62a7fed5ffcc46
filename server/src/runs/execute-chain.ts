import { robotKinds } from '../robots/catalogue.ts';
import { evaluateCondition } from '../robots/condition.ts';
import type { Action } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import { robotError } from '../robots/robot-error.ts';
import { renderText } from '../robots/template.ts';
import type { ClaimedChain } from './chain.ts';
import { ChainWalk, type Compared, type Progress } from './chain-walk.ts';
import type { Engine } from './engine.ts';
import { performCheck } from './perform-check.ts';
import { performMove } from './perform-move.ts';
import { performSend } from './perform-send.ts';
import { performUpdate } from './perform-update.ts';
import { dueAt, millisecondsUntil } from './timing.ts';
import type { TransitionResult } from './transition.ts';

/**
 * Carries a claimed chain on as far as it can go: until a robot must wait, or to the end. `lost` when a write found that the chain
 * is not this worker's any more.
 */
export async function executeChain(engine: Engine, chain: ClaimedChain): Promise<TransitionResult> {
  const walk = new ChainWalk(engine, chain);
  try {
    for (let robot = walk.robot; robot !== undefined; robot = walk.robot) {
      if ((await actOut(walk, robot)) === 'let-go') return walk.lastResult;
    }
    return await walk.finish();
  } catch (error) {
    await walk.keepFacts();
    throw error;
  }
}

async function actOut(walk: ChainWalk, robot: Robot): Promise<Progress> {
  const step = walk.step;
  const begun = step !== undefined && (step.status === 'acting' || step.attempts > 0 || step.waitReason === 'pace');
  if (begun) {
    walk.compared = step.compared as Compared | null;
    return perform(walk, robot, decide(walk, robot));
  }
  const due = step?.dueAt ?? dueAt(robot, walk.previousEnd);
  const early = millisecondsUntil(due, walk.nowMs());
  if (early > 0) {
    await walk.wait(robot, 'delay', early, { tried: false, dueAtMs: due.getTime(), error: null });
    return 'let-go';
  }
  if (robot.condition !== null) {
    const verdict = evaluateCondition(robot.condition, walk.chain.view);
    walk.compared = verdict.compared;
    if (!verdict.holds) {
      walk.endStep(robot, { status: 'skipped', results: {}, error: null }, sendsMessages(robot));
      return 'ended';
    }
  }
  return perform(walk, robot, decide(walk, robot));
}

/** Settings of robots in the cache of pinned lists are parsed once. */
const parsedSettings = new WeakMap<Robot, unknown>();

function decide(walk: ChainWalk, robot: Robot): Action {
  const kind = robotKinds.get(robot.kind);
  if (kind === undefined) {
    const error = robotError('unknown-kind', walk.chain.view.language, { kind: robot.kind });
    return { do: 'end', status: 'failed', results: {}, error };
  }
  let settings = parsedSettings.get(robot);
  if (settings === undefined) {
    settings = kind.settings.parse(robot.settings);
    parsedSettings.set(robot, settings);
  }
  return kind.act(settings, walk.chain.view, (text) => renderText(text, walk.chain.view, walk.chain.fieldNames));
}

function sendsMessages(robot: Robot): boolean {
  return (robotKinds.get(robot.kind)?.results ?? []).some((result) => result.code === 'sent');
}

function perform(walk: ChainWalk, robot: Robot, action: Action): Promise<Progress> | Progress {
  switch (action.do) {
    case 'end':
      walk.endStep(
        robot,
        { status: action.status, results: action.results, error: action.error },
        sendsMessages(robot),
      );
      return 'ended';
    case 'check':
      return performCheck(walk, robot, action);
    case 'send':
      return performSend(walk, robot, action);
    case 'update':
      return performUpdate(walk, robot, action);
    case 'move':
      return performMove(walk, robot, action);
  }
}
