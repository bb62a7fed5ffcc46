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
import { type CuttablePool, createCuttablePool } from '../db/pool.ts';
import { workTakenOver } from '../events.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { ChainId, MessageId, WorkspaceId } from '../lib/id.ts';
import { type Loop, startLoop } from '../lib/loop.ts';
import type { OpenLine } from '../lines/open-line.ts';
import { giveUpUnawaitedMessages } from '../messages/give-up-message.ts';
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
  /** Drops the connections of the context's pool. */
  cutPool(): void;
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
  /** Keeps the connections going. */
  lines: Loop;
  abort: AbortController;
}

/**
 * Carries chains on until it is stopped. When its lease is lost everything under it is let go of, without waiting for calls that are
 * under way, and it begins again under a new one: the old name's work is taken over like that of any dead worker.
 */
export async function startWorker(parts: WorkerParts): Promise<ChainWorker> {
  const { context } = parts;
  const pools = createPools(parts.connectionString);
  let stopped = false;
  let current = await begin(parts, pools);
  let renewal: Promise<void> = Promise.resolve();

  function watch(generation: Generation): void {
    void generation.lease.lost.then(() => {
      if (stopped) return;
      renewal = renew(generation);
    });
    const giveUp = (): void => {
      if (!stopped) generation.lease.giveUp('its queue stopped');
    };
    generation.runner.promise.then(giveUp, giveUp);
  }

  async function renew(old: Generation): Promise<void> {
    letGo(old);
    // The way to the database may be broken for all connections, not for the lease's alone.
    for (const { cut } of [pools.hot, pools.queue, pools.watch]) cut();
    parts.cutPool();
    for (let attempt = 1; !stopped; attempt += 1) {
      try {
        current = await begin(parts, pools);
        return watch(current);
      } catch (error) {
        context.logger.warn({ err: error }, 'The worker could not begin again; it will try once more');
        await setTimeout(backoffMs(attempt, { baseMs: 200, maxMs: 5_000 }));
      }
    }
  }

  watch(current);
  const loops = startRounds(parts, pools.watch.pool, () => current);
  return {
    async stop() {
      stopped = true;
      await renewal;
      await Promise.all(loops.map((loop) => loop.stop()));
      await end(current);
      await Promise.allSettled([pools.hot, pools.queue, pools.watch].map(({ pool }) => pool.end()));
    },
  };
}

interface Pools {
  hot: CuttablePool;
  queue: CuttablePool;
  /** For noticing that others are gone: never behind statements that wait for a lock of one of those. */
  watch: CuttablePool;
}

/**
 * Connections for the statements of the hot path and for the queue's. The plans of the hot ones are prepared while the tables are
 * small and kept, so whole-table plans are ruled out: they would be chosen for an empty database and stay.
 */
function createPools(connectionString: string): Pools {
  const patience = { connectMs: 4_000, answerMs: 30_000 };
  return {
    hot: createCuttablePool({
      connectionString,
      max: 6,
      applicationName: 'otklik engine',
      options:
        '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c plan_cache_mode=force_generic_plan -c jit=off',
      ...patience,
    }),
    queue: createCuttablePool({ connectionString, max: 8, applicationName: 'otklik queue', ...patience }),
    watch: createCuttablePool({ connectionString, max: 3, applicationName: 'otklik watch', ...patience }),
  };
}

async function begin(parts: WorkerParts, pools: Pools): Promise<Generation> {
  const { context } = parts;
  const abort = new AbortController();
  const lease = await takeLease(parts.connectionString, context.logger);
  try {
    let connections: LineConnections | undefined;
    const engine = createEngine({
      context,
      hotPool: pools.hot.pool,
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
    const runner = await startQueue(parts, engine, pools.queue.pool);
    const owned = connections;
    const lines = startLoop({ name: 'connections', everyMs: 500, logger: context.logger, tick: () => owned.tick() });
    return { lease, engine, runner, connections, lines, abort };
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
        completeJobBatchDelay: 20,
        failJobBatchDelay: 5,
      },
    },
  });
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

/** Whoever is to notice that others are gone must not wait on a broken connection, so these rounds use the pool that is cut. */
function startRounds(parts: WorkerParts, pool: pg.Pool, current: () => Generation): Loop[] {
  const { context } = parts;
  const { logger } = context;
  const rounds = [
    { name: 'take over', everyMs: 500, tick: () => takeOver(context, pool) },
    {
      name: 'look up',
      everyMs: 1_000,
      tick: () => lookUpMessages(context, (line) => channelContext(current().engine, line)),
    },
    { name: 'sweep', everyMs: 10_000, tick: () => sweep(context, pool) },
    { name: 'unlock jobs', everyMs: 60_000, tick: () => unlockOrphanedJobs(pool) },
    ...parts.rounds,
  ];
  return rounds.map((round) => startLoop({ ...round, logger }));
}

async function takeOver(context: Context, pool: pg.Pool): Promise<void> {
  for (const taken of await takeOverDeadWorkers(pool)) {
    workTakenOver(context.logger, taken);
  }
}

async function sweep(context: Context, pool: pg.Pool): Promise<void> {
  for (const freed of await freeOrphanedWork(pool)) {
    context.logger.warn(freed, 'Freed work under the name of a worker that is gone');
  }
  await sweepChains(pool);
  await giveUpUnawaitedMessages(pool);
}

/**
 * Drops a generation without its lease: nothing of it may send any more, and nobody waits for what it still does. Calls under way go
 * on: what comes of them is the truth about their messages and is written.
 */
function letGo(generation: Generation): void {
  void generation.lines.stop();
  void generation.connections.close().catch(() => undefined);
  void generation.runner.stop('The lease was lost').catch(() => undefined);
}

async function end(generation: Generation): Promise<void> {
  await generation.runner.stop('The worker stops').catch(() => undefined);
  await generation.lines.stop();
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
