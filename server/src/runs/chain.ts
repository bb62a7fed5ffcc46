import type { ChainId, LeadId, MessageId, RunId, StageId, VisitId, WorkspaceId } from '../lib/id.ts';
import type { MessageStatus } from '../messages/status.ts';
import type { LeadView, Results } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';

/**
 * The life of a step.
 *
 * A step has no row until something is to be said of it. `waiting`: for its time, for a line, or for the truth about a message;
 * `acting`: an intent to send is written. It ends once: `done`, `skipped` by its condition, `failed`, or `cancelled` because the
 * lead left the stage first. The primary key (chain, position) and the `where` of every write keep it to once.
 */
export type StepStatus = 'waiting' | 'acting' | 'done' | 'skipped' | 'failed' | 'cancelled';

/** Why a step waits; told to the user beside the planned time. */
export type WaitReason = 'delay' | 'line' | 'pace' | 'outcome';

export interface StepRow {
  position: number;
  status: StepStatus;
  dueAt: Date | null;
  attempts: number;
  waitReason: WaitReason | null;
  compared: unknown;
  results: Results;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** A message of the chain's current step, as the claim found it. */
export interface StepMessage {
  id: MessageId;
  recipient: number;
  phone: string;
  status: MessageStatus;
  attempt: number;
  reason: string | null;
  error: string | null;
  sendingAt: Date | null;
}

/** A chain in the hands of a worker: everything it takes to carry it on. */
export interface ClaimedChain {
  workspaceId: WorkspaceId;
  id: ChainId;
  runId: RunId;
  visitId: VisitId;
  leadId: LeadId;
  stageId: StageId;
  robotsVersion: number;
  position: number;
  epoch: number;
  nextStep: number;
  enteredAt: Date;
  /** The robots of this chain, in order. */
  robots: Robot[];
  steps: StepRow[];
  messages: StepMessage[];
  view: LeadView;
  fieldNames: Record<string, string>;
  /** Milliseconds to add to this process's clock to get the database's. */
  clockOffsetMs: number;
}
