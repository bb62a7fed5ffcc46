import { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import {
  Logger,
  type Logger as QueueLogger,
  type Runner,
  run,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import type pg from 'pg';
import type { ChannelEvent } from '../channels/channel.ts';
import type { Context } from '../context.ts';
import { createPool } from '../db/pool.ts';
import { workTakenOver } from '../events.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { ChainId, MessageId, WorkspaceId } from '../lib/id.ts';
import { type Loop, startLoop } from '../lib/loop.ts';
import type { OpenLine } from '../lines/open-line.ts';
import { LineConnections } from '../messages/line-connections.ts';
import { lookUpMessages } from '../messages/look-up-messages.ts';
import { createChainTask } from './chain-task.ts';
import { channelContext } from './channel-context.ts';
import { createEngine, type Effects, type Engine } from './engine.ts';
import { type Lease, takeLease } from './lease.ts';
import { sendQueuedMessage } from './send-queued-message.ts';
import { sweepChains, unlockOrphanedJobs } from './sweep-chains.ts';
import { freeOrphanedWork, takeOverDeadWorkers } from './take-over.ts';

/** Chains carried on at the same time. They mostly wait for providers, so this is far above the number of cores. */
const CONCURRENT_CHAINS = 128;

export interface WorkerParts {
  context: Context;
  connectionString: string;
  effects: Effects;
  /** Keeps what a line's connection tells. */
  onEvent(line: OpenLine, event: ChannelEvent): Promise<void>;
  /** Jobs of rooms that stand after this one, by name. */
  tasks: Record<string, (payload: never) => Promise<void>>;
  /** Rounds of rooms that stand after this one. */
  rounds: { name: string; everyMs: number; tick: () => Promise<unknown> }[];
}

export interface ChainWorker {
  stop(): Promise<void>;
}

/** Everything that lives and dies with one lease. */
interface Generation {
  lease: Lease;
  engine: Engine;
  runner: Runner;
  connections: LineConnections;
  abort: AbortController;
}

/**
 * Carries chains on until it is stopped. When its lease is lost everything under it is let go of, without waiting for calls that are
 * under way, and it begins again under a new one: the old name's work is taken over like that of any dead worker.
 */
export async function startWorker(parts: WorkerParts): Promise<ChainWorker> {
  const { context } = parts;
  const hotPool = createHotPool(parts.connectionString);
  const queuePool = createPool({ connectionString: parts.connectionString, max: 8, applicationName: 'otklik queue' });
  let stopped = false;
  let current = await begin(parts, hotPool, queuePool);
  let renewal: Promise<void> = Promise.resolve();

  function watch(generation: Generation): void {
    void generation.lease.lost.then(() => {
      if (stopped) return;
      renewal = renew(generation);
    });
  }

  async function renew(old: Generation): Promise<void> {
    letGo(old);
    for (let attempt = 1; !stopped; attempt += 1) {
      try {
        current = await begin(parts, hotPool, queuePool);
        return watch(current);
      } catch (error) {
        context.logger.warn({ err: error }, 'The worker could not begin again; it will try once more');
        await setTimeout(backoffMs(attempt, { baseMs: 200, maxMs: 5_000 }));
      }
    }
  }

  watch(current);
  const loops = startRounds(parts, () => current);
  return {
    async stop() {
      stopped = true;
      await renewal;
      await Promise.all(loops.map((loop) => loop.stop()));
      await end(current);
      await Promise.allSettled([hotPool.end(), queuePool.end()]);
    },
  };
}

/**
 * Connections for the statements of the hot path. Their plans are prepared while the tables are small and kept, so whole-table plans
 * are ruled out: they would be chosen for an empty database and stay.
 */
function createHotPool(connectionString: string): pg.Pool {
  return createPool({
    connectionString,
    max: 6,
    applicationName: 'otklik engine',
    options: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off',
  });
}

async function begin(parts: WorkerParts, hotPool: pg.Pool, queuePool: pg.Pool): Promise<Generation> {
  const { context } = parts;
  const abort = new AbortController();
  const lease = await takeLease(parts.connectionString, context.logger);
  try {
    let connections: LineConnections | undefined;
    const engine = createEngine({
      context,
      hotPool,
      lease,
      effects: parts.effects,
      signal: abort.signal,
      onQueued: (lineId) => connections?.pump(lineId),
    });
    connections = new LineConnections({
      context,
      workerId: lease.workerId,
      contextFor: (line) => channelContext(engine, line),
      onEvent: parts.onEvent,
    });
    const runner = await startQueue(parts, engine, queuePool);
    return { lease, engine, runner, connections, abort };
  } catch (error) {
    await lease.release();
    throw error;
  }
}

async function startQueue(parts: WorkerParts, engine: Engine, pgPool: pg.Pool): Promise<Runner> {
  const events = new EventEmitter() as WorkerEvents;
  const poolId = new Promise<string>((resolve) => {
    events.once('pool:create', ({ workerPool }) => resolve(workerPool.id));
  });
  const runner = await run({
    pgPool,
    events,
    noHandleSignals: true,
    taskList: toTasks(parts, engine),
    logger: queueLogger(parts.context),
    preset: {
      worker: {
        concurrentJobs: CONCURRENT_CHAINS,
        pollInterval: 500,
        localQueue: { size: CONCURRENT_CHAINS * 2, ttl: 60_000 },
        completeJobBatchDelay: 5,
        failJobBatchDelay: 5,
      },
    },
  });
  runner.promise.then(
    () => engine.lease.giveUp('its queue stopped'),
    (error: unknown) => engine.lease.giveUp(`its queue stopped: ${(error as Error).message}`),
  );
  await engine.lease.setPool(await poolId);
  return runner;
}

function toTasks(parts: WorkerParts, engine: Engine): TaskList {
  const chain = createChainTask(engine);
  return {
    chain: (payload) => chain(payload as { workspaceId: WorkspaceId; chainId: ChainId }),
    send_message: (payload) => {
      const { workspaceId, messageId } = payload as { workspaceId: WorkspaceId; messageId: MessageId };
      return sendQueuedMessage(engine, workspaceId, messageId);
    },
    ...(parts.tasks as unknown as TaskList),
  };
}

function startRounds(parts: WorkerParts, current: () => Generation): Loop[] {
  const { context } = parts;
  const { pool, logger } = context;
  const rounds = [
    { name: 'take over', everyMs: 500, tick: () => takeOver(context) },
    { name: 'connections', everyMs: 500, tick: () => current().connections.tick() },
    {
      name: 'look up',
      everyMs: 1_000,
      tick: () => lookUpMessages(context, (line) => channelContext(current().engine, line)),
    },
    { name: 'sweep', everyMs: 10_000, tick: () => sweep(context) },
    { name: 'unlock jobs', everyMs: 60_000, tick: () => unlockOrphanedJobs(pool) },
    ...parts.rounds,
  ];
  return rounds.map((round) => startLoop({ ...round, logger }));
}

async function takeOver(context: Context): Promise<void> {
  for (const taken of await takeOverDeadWorkers(context.pool)) {
    workTakenOver(context.logger, taken);
  }
}

async function sweep(context: Context): Promise<void> {
  for (const freed of await freeOrphanedWork(context.pool)) {
    context.logger.warn(freed, 'Freed work under the name of a worker that is gone');
  }
  await sweepChains(context.pool);
}

/**
 * Drops a generation without its lease: nothing of it may send any more, and nobody waits for what it still does. Calls under way go
 * on: what comes of them is the truth about their messages and is written.
 */
function letGo(generation: Generation): void {
  void generation.connections.close().catch(() => undefined);
  void generation.runner.stop('The lease was lost').catch(() => undefined);
}

async function end(generation: Generation): Promise<void> {
  await generation.runner.stop('The worker stops').catch(() => undefined);
  await generation.connections.close();
  generation.abort.abort();
  await generation.lease.release();
}

function queueLogger(context: Context): QueueLogger {
  return new Logger(() => (level, message, meta) => {
    if (level === 'error') context.logger.error({ meta }, message);
    // The pool is small on purpose: jobs come and go in batches, however many chains wait for their providers.
    else if (level === 'warning' && !message.includes('maxPoolSize')) context.logger.warn({ meta }, message);
  });
}
