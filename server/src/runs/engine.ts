import type pg from 'pg';
import type { Context } from '../context.ts';
import type { Tx } from '../db/pool.ts';
import { Batcher } from '../lib/batcher.ts';
import type { LeadId, StageId, WorkspaceId } from '../lib/id.ts';
import { type ChainKey, type Claim, claimChains } from './claim-chains.ts';
import type { Lease } from './lease.ts';
import { createRobotListCache } from './robot-list-cache.ts';
import type { Transition, TransitionResult } from './transition.ts';
import { writeTransitions } from './write-transitions.ts';

/** What a robot does to a lead through rooms that stand after this one. */
export interface Effects {
  /** Moves the lead; `first` runs in the same transaction and calls the move off by answering false. */
  moveLead(move: {
    workspaceId: WorkspaceId;
    leadId: LeadId;
    stageId: StageId;
    cause: 'robot';
    first: (tx: Tx) => Promise<boolean>;
  }): Promise<'moved' | 'already-there' | 'no-lead' | 'no-stage' | 'called-off' | 'too-many-moves'>;
}

/** What carries chains on in one process, under one lease. */
export interface Engine {
  context: Context;
  lease: Lease;
  effects: Effects;
  /** Aborted when the worker stops. */
  signal: AbortSignal;
  claims: Batcher<ChainKey, Claim>;
  transitions: Batcher<Transition, TransitionResult>;
  /** Told when a message was handed to the owner of a line's connection. */
  onQueued(lineId: string): void;
}

/** `hotPool` runs the statements of the hot path only. */
export function createEngine(parts: {
  context: Context;
  hotPool: pg.Pool;
  lease: Lease;
  effects: Effects;
  signal: AbortSignal;
  onQueued: (lineId: string) => void;
}): Engine {
  const { context, hotPool, lease } = parts;
  const robotLists = createRobotListCache(context.pool);
  return {
    context,
    lease,
    effects: parts.effects,
    signal: parts.signal,
    onQueued: parts.onQueued,
    claims: new Batcher((keys) => claimChains(hotPool, robotLists, lease.workerId, keys), { maxSize: 200 }),
    transitions: new Batcher((writes) => writeTransitions(hotPool, lease.workerId, writes), { maxSize: 200 }),
  };
}
