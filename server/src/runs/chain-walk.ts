import { pausePoint } from '../lib/pause-point.ts';
import type { Results } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import type { ClaimedChain, StepRow, WaitReason } from './chain.ts';
import type { Engine } from './engine.ts';
import { emptyWrites, type IntentWrite, type StepWrite, type Transition, type TransitionResult } from './transition.ts';
import { answerOf } from './unanswered.ts';

/** One comparison of a condition with what it saw. */
export type Compared = readonly { actual: unknown }[];

export interface StepEnd {
  status: 'done' | 'skipped' | 'failed';
  results: Results;
  error: string | null;
}

/** What became of the current robot: it ended and the walk goes on, or the worker must let go of the chain. */
export type Progress = 'ended' | 'let-go';

/**
 * A worker's way along one chain. Ends of steps are gathered and become durable with the next intent, wait or end: always before
 * the next thing that reaches the outside.
 */
export class ChainWalk {
  readonly engine: Engine;
  readonly chain: ClaimedChain;
  nextStep: number;
  compared: Compared | null = null;
  /** What the last write answered. */
  lastResult: TransitionResult = 'kept';
  #previousEnd: Date;
  #writes = emptyWrites();

  constructor(engine: Engine, chain: ClaimedChain) {
    this.engine = engine;
    this.chain = chain;
    this.nextStep = chain.nextStep;
    this.#previousEnd = chain.steps.find((step) => step.position === chain.nextStep - 1)?.finishedAt ?? chain.enteredAt;
  }

  get robot(): Robot | undefined {
    return this.chain.robots[this.nextStep];
  }

  get step(): StepRow | undefined {
    return this.chain.steps.find((step) => step.position === this.nextStep);
  }

  /** When the robot before this one ended; for the first of a chain, when the lead entered the stage. */
  get previousEnd(): Date {
    return this.#previousEnd;
  }

  /** The database's clock, in milliseconds. */
  nowMs(): number {
    return Date.now() + this.chain.clockOffsetMs;
  }

  get writes(): ReturnType<typeof emptyWrites> {
    return this.#writes;
  }

  /** Ends the current robot and goes to the next. */
  endStep(robot: Robot, end: StepEnd, sends = false): void {
    this.#writes.steps.push({
      ...this.#stepOf(robot),
      status: end.status,
      waitReason: null,
      results: end.results,
      error: end.error,
    });
    this.#writes.answers.push(
      answerOf({ sends, status: end.status, results: end.results, compared: this.compared ?? [] }),
    );
    if (end.status === 'failed') {
      this.#writes.timeline.push({ kind: 'robot.failed', data: { ref: robot.ref, error: end.error ?? '' } });
    }
    this.chain.view.results[robot.ref] = end.results;
    this.chain.messages = [];
    this.compared = null;
    this.nextStep += 1;
    this.#previousEnd = new Date(this.nowMs());
  }

  /** Makes everything so far durable together with an intent; the worker goes on when it is `kept`. */
  writeIntent(robot: Robot, intent: IntentWrite): Promise<TransitionResult> {
    this.#writes.intents.push(intent);
    this.#writes.steps.push({ ...this.#stepOf(robot), status: 'acting', waitReason: null, results: {}, error: null });
    return this.flush('running', null);
  }

  /** Lets go of the chain until `wakeInMs` from now, or until somebody wakes it earlier. */
  wait(
    robot: Robot,
    reason: WaitReason,
    wakeInMs: number,
    options: { tried: boolean; dueAtMs: number; error: string | null },
  ): Promise<TransitionResult> {
    const step = this.#stepOf(robot);
    const acting = reason === 'outcome' || this.chain.messages.length > 0;
    this.#writes.steps.push({
      ...step,
      status: acting ? 'acting' : 'waiting',
      waitReason: reason,
      dueAtMs: options.dueAtMs,
      attempts: step.attempts + (options.tried ? 1 : 0),
      results: {},
      error: options.error,
    });
    return this.flush('waiting', wakeInMs);
  }

  /** Makes durable what came of a send, before something else that may take its time. */
  async keepFacts(): Promise<TransitionResult> {
    return this.#writes.outcomes.length === 0 ? 'kept' : this.flush('running', null);
  }

  finish(): Promise<TransitionResult> {
    return this.flush('finished', null);
  }

  /** Writes what has been gathered. */
  async flush(status: Transition['status'], wakeInMs: number | null): Promise<TransitionResult> {
    const { chain } = this;
    const transition: Transition = {
      workspaceId: chain.workspaceId,
      chainId: chain.id,
      runId: chain.runId,
      leadId: chain.leadId,
      epoch: chain.epoch,
      status,
      nextStep: this.nextStep,
      wakeInMs,
      ...this.#writes,
      steps: lastOfEach(this.#writes.steps),
    };
    this.#writes = emptyWrites();
    this.lastResult = await this.engine.transitions.add(transition);
    for (const { messageId } of transition.outcomes) await pausePoint('after-outcome', messageId);
    return this.lastResult;
  }

  #stepOf(robot: Robot): Omit<StepWrite, 'status' | 'waitReason' | 'results' | 'error'> {
    const known = this.step;
    return {
      position: this.nextStep,
      ref: robot.ref,
      kind: robot.kind,
      dueAtMs: known?.dueAt?.getTime() ?? null,
      attempts: known?.attempts ?? 0,
      compared: this.compared,
    };
  }
}

/** A statement writes a row once: of several writes of one step the last counts. */
function lastOfEach(steps: StepWrite[]): StepWrite[] {
  return steps.length < 2 ? steps : [...new Map(steps.map((step) => [step.position, step])).values()];
}
