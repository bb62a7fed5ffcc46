import type { SendOutcome } from '../channels/channel.ts';
import type { ChainId, FileId, LeadId, LineId, MessageId, RunId, WorkspaceId } from '../lib/id.ts';
import type { Results } from '../robots/kind.ts';
import type { StepStatus, WaitReason } from './chain.ts';
import type { Answer } from './unanswered.ts';

/** A step as it is to stand after a transition. Times are the database's clock, in milliseconds since 1970. */
export interface StepWrite {
  position: number;
  ref: string;
  kind: string;
  status: StepStatus;
  dueAtMs: number | null;
  attempts: number;
  waitReason: WaitReason | null;
  compared: unknown;
  results: Results;
  error: string | null;
}

/** An intent to send: written and committed before the call. */
export interface IntentWrite {
  id: MessageId;
  leadId: LeadId;
  lineId: LineId;
  stepPosition: number;
  recipient: number;
  medium: 'whatsapp' | 'sms';
  kind: 'text' | 'file';
  phone: string;
  text: string | null;
  fileId: FileId | null;
  fileUrl: string | null;
  fileName: string | null;
  /** `sending` when this worker calls at once, `queued` when it is handed to the owner of the line's connection. */
  status: 'sending' | 'queued';
  attempt: number;
  /** The id prepared with the provider, if it has such. */
  providerId: string | null;
}

/** What came of an attempt to send. Written whatever became of the chain: it is the truth about a message. */
export interface OutcomeWrite {
  messageId: MessageId;
  attempt: number;
  outcome: SendOutcome;
  /** Milliseconds until an uncertain one is looked up; null when the channel has no look-up. */
  lookUpInMs: number | null;
}

export interface TimelineWrite {
  kind: string;
  data: Record<string, unknown>;
}

export interface ReachabilityWrite {
  phone: string;
  medium: 'whatsapp' | 'sms';
  verdict: 'yes' | 'no';
  source: 'check' | 'send';
}

/**
 * One write of a chain by the worker that holds it: what it leaves behind, all at once or, when the epoch is no longer its own,
 * nothing but outcomes and reachability.
 */
export interface Transition {
  workspaceId: WorkspaceId;
  chainId: ChainId;
  runId: RunId;
  leadId: LeadId;
  epoch: number;
  /** `running`: the worker goes on with it. */
  status: 'running' | 'waiting' | 'finished';
  nextStep: number;
  /** For `waiting`: when to look again, in milliseconds from now. */
  wakeInMs: number | null;
  steps: StepWrite[];
  intents: IntentWrite[];
  outcomes: OutcomeWrite[];
  timeline: TimelineWrite[];
  reachabilities: ReachabilityWrite[];
  answers: Answer[];
}

/** `kept`: all was written. `lost`: the chain is no longer this worker's (taken over, or the lead left). */
export type TransitionResult = 'kept' | 'lost';

export function emptyWrites(): Pick<
  Transition,
  'steps' | 'intents' | 'outcomes' | 'timeline' | 'reachabilities' | 'answers'
> {
  return { steps: [], intents: [], outcomes: [], timeline: [], reachabilities: [], answers: [] };
}
