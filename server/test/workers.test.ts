import os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, type ClusterWorker, createCluster, type Held, untilBusy, untilMoved } from './crash/cluster.ts';
import { furnish } from './crash/furnish.ts';
import { createLeadPoster, type LeadPoster } from './crash/post-leads.ts';
import { type Providers, startProviders } from './crash/providers.ts';
import { reconcile, waitForReceipts, waitUntilIdle } from './crash/reconcile.ts';

const MINUTE = 60_000;

/** Work must be in other hands within this; on a machine that is busy with other things it takes longer. */
const MOVES_WITHIN_MS = os.loadavg()[0]! > 2 * os.availableParallelism() ? 15_000 : 5_000;

/** A process may be stopped for this long and longer; it wakes up when all its work has been done by others. */
const STOPPED_MS = 30_000;

const LEADS_EACH = 60;

describe('two workers and an API on one PostgreSQL', () => {
  const figures: [string, Held, { chainsMs: number; linesMs: number }][] = [];
  let providers: Providers;
  let cluster: Cluster;
  let poster: LeadPoster;

  beforeAll(async () => {
    providers = await startProviders(200);
    cluster = await createCluster();
    const { key } = await furnish(cluster.pool, cluster.address, providers);
    poster = createLeadPoster({ key, address: () => cluster.address });
    await Promise.all([cluster.addWorker(), cluster.addWorker()]);
  }, 2 * MINUTE);

  afterAll(async () => {
    poster?.stop();
    await cluster?.[Symbol.asyncDispose]();
    await providers?.[Symbol.asyncDispose]();
    tell(figures);
  }, MINUTE);

  /** Loads the workers, does harm to the owner of the SMPP line and times how its work gets into other hands. */
  async function harm(what: string, how: (victim: ClusterWorker) => Promise<void> | void): Promise<ClusterWorker> {
    poster.release(LEADS_EACH);
    const victim = await ownerOfLine(cluster);
    const held = await untilBusy(cluster.pool, victim);
    await how(victim);
    const times = await untilMoved(cluster.pool, held);
    figures.push([what, held, times]);
    if (times.chainsMs > MOVES_WITHIN_MS) for (const worker of cluster.workers) note(worker);
    expect(times.chainsMs).toBeLessThan(MOVES_WITHIN_MS);
    expect(times.linesMs).toBeLessThan(MOVES_WITHIN_MS);
    return victim;
  }

  it('share the work', { timeout: MINUTE }, async () => {
    poster.release(LEADS_EACH);
    await Promise.all(cluster.workers.map((worker) => untilBusy(cluster.pool, worker)));
    await poster.done();
  });

  it('a worker that is killed: the other one goes on', { timeout: MINUTE }, async () => {
    const victim = await harm('SIGKILL', (worker) => worker.child.kill());
    cluster.workers.splice(cluster.workers.indexOf(victim), 1);
    await cluster.addWorker();
  });

  it('a worker whose connections PostgreSQL ends: it lets go and begins again', { timeout: MINUTE }, async () => {
    const victim = await harm('pg_terminate_backend', async (worker) => {
      await cluster.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
        worker.name,
      ]);
    });
    await goesOn(victim);
  });

  it('a worker whose connections are cut on the way: the same', { timeout: MINUTE }, async () => {
    await goesOn(await harm('connections cut', (worker) => worker.proxy.cut()));
  });

  it('a worker whose connections go silent: the other one goes on, and it comes back', {
    timeout: MINUTE,
  }, async () => {
    try {
      await harm('connections silent', (worker) => worker.proxy.swallow());
      await setTimeout(3_000);
    } finally {
      for (const worker of cluster.workers) worker.proxy.heal();
    }
    await Promise.all(cluster.workers.map(goesOn));
    // Connections that it began to make while all was silent have ended by then: the next harm meets two sound workers.
    await setTimeout(5_000);
  });

  it('a worker that is stopped for half a minute: it wakes up and sends nothing', { timeout: 4 * MINUTE }, async () => {
    const stopped: ClusterWorker[] = [];
    try {
      const victim = await harm('SIGSTOP', (worker) => {
        stopped.push(worker);
        worker.child.signal('SIGSTOP');
      });
      const stoppedAt = Date.now();
      await poster.done();
      await waitUntilIdle(cluster.pool, 2 * MINUTE);
      await setTimeout(Math.max(0, stoppedAt + STOPPED_MS - Date.now()));
      const before = await providers.received();
      victim.child.signal('SIGCONT');
      await setTimeout(5_000);
      expect(await providers.received()).toHaveLength(before.length);
      await goesOn(victim);
    } finally {
      for (const worker of stopped) worker.child.signal('SIGCONT');
    }
  });

  it('and in the end nothing was lost and nothing sent twice', { timeout: 4 * MINUTE }, async () => {
    await poster.done();
    await waitUntilIdle(cluster.pool, 3 * MINUTE);
    await waitForReceipts(cluster.pool);
    const result = await reconcile(cluster.pool, providers, poster.posted);
    process.stdout.write(
      `\n  ${result.leads} leads, ${result.messages} messages, ${result.received} received, ${result.uncertain.length} uncertain ${JSON.stringify(result.byStatus)}\n`,
    );
    expect(Object.values(result.problems).flat()).toEqual([]);
    expect(result.uncertain.filter((one) => one.kind === 'text')).toEqual([]);
    expect(await providers.unexpected()).toEqual([]);
  });

  /** The process lives and works under a lease again. */
  async function goesOn(worker: ClusterWorker): Promise<void> {
    const until = Date.now() + MINUTE / 2;
    while ((await worker.id()) === null) {
      if (!worker.child.isAlive() || Date.now() > until)
        throw new Error(
          `${worker.name} did not begin again:\n${worker.child.lines.map((line) => line.slice(0, 500)).join('\n')}`,
        );
      await setTimeout(50);
    }
    poster.release(LEADS_EACH);
    await untilBusy(cluster.pool, worker, 1);
  }
});

function note(worker: ClusterWorker): void {
  process.stdout.write(`${worker.name}\n${worker.child.lines.join('\n')}\n`);
}

async function ownerOfLine({ pool, workers }: Cluster): Promise<ClusterWorker> {
  const until = Date.now() + MINUTE / 2;
  while (Date.now() < until) {
    const { rows } = await pool.query<{ owner: string | null }>(
      `select owner_worker_id as owner from lines where channel = 'smpp'`,
    );
    for (const worker of workers) if (rows[0]?.owner && (await worker.id()) === rows[0].owner) return worker;
    await setTimeout(20);
  }
  throw new Error('No worker took the SMPP line');
}

function tell(figures: [string, Held, { chainsMs: number; linesMs: number }][]): void {
  const rows = figures.map(
    ([what, held, times]) =>
      `  ${what.padEnd(24)} ${String(held.chains.length).padStart(6)} chains moved in ${String(times.chainsMs).padStart(5)} ms, SMPP line in ${String(times.linesMs).padStart(5)} ms`,
  );
  process.stdout.write(`\ntakeover times\n${rows.join('\n')}\n`);
}
