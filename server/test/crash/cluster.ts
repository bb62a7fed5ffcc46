import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { createPool } from '../../src/db/pool.ts';
import { temporaryDataDir } from '../harness/data-dir.ts';
import { createTestDatabase } from '../harness/database.ts';
import { type Child, startChild } from './child.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const SECRET_KEY = '07'.repeat(32);

/** One worker process, with a proxy of its own before the database. */
export interface ClusterWorker extends AsyncDisposable {
  readonly name: string;
  readonly child: Child;
  readonly proxy: TcpProxy;
  /** The id of its present lease; null when it has none. */
  id(): Promise<string | null>;
}

/** One API process and worker processes that share nothing but a database. */
export interface Cluster extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly address: string;
  readonly workers: ClusterWorker[];
  addWorker(): Promise<ClusterWorker>;
}

export async function createCluster(): Promise<Cluster> {
  const stack = new AsyncDisposableStack();
  try {
    const database = stack.use(await createTestDatabase());
    const pool = stack.adopt(
      createPool({ connectionString: database.url, max: 4, applicationName: 'crash test' }),
      (one) => one.end(),
    );
    const workers: ClusterWorker[] = [];
    const api = await startProcess(stack, 'api', database.url);
    const { address } = await api.told<{ address: string }>('address');
    let started = 0;
    return {
      pool,
      address,
      workers,
      async addWorker() {
        started += 1;
        const worker = await startWorkerProcess(stack, `worker-${started}`, database.url, pool);
        workers.push(worker);
        return worker;
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function startProcess(stack: AsyncDisposableStack, role: string, databaseUrl: string): Promise<Child> {
  const folder = stack.use(await temporaryDataDir());
  return stack.use(
    startChild('product-main.ts', [], {
      PORT: '0',
      OTKLIK_ROLE: role,
      OTKLIK_DATA_DIR: folder.dataDir,
      OTKLIK_SECRET_KEY: SECRET_KEY,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'warn',
    }),
  );
}

async function startWorkerProcess(
  stack: AsyncDisposableStack,
  name: string,
  databaseUrl: string,
  pool: pg.Pool,
): Promise<ClusterWorker> {
  const url = new URL(databaseUrl);
  const proxy = stack.use(await startTcpProxy({ host: url.hostname, port: Number(url.port) }));
  url.port = String(proxy.port);
  // The name marks all its connections, whatever it calls them itself.
  url.searchParams.set('application_name', name);
  const child = await startProcess(stack, 'worker', url.href);
  await child.told('address');
  return {
    name,
    child,
    proxy,
    async id() {
      const { rows } = await pool.query<{ id: string }>(
        'select id from workers where process_id = $1 order by started_at desc limit 1',
        [child.pid],
      );
      return rows[0]?.id ?? null;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** What a worker held at one moment. */
export interface Held {
  workerId: string;
  chains: string[];
  lines: string[];
}

/** Waits until the worker has some chains and the connection of a line in its hands, and tells which. */
export async function untilBusy(pool: pg.Pool, worker: ClusterWorker, chains = 3): Promise<Held> {
  const until = Date.now() + 30_000;
  for (;;) {
    const held = await readHeld(pool, await worker.id());
    if (held !== null && held.chains.length >= chains) return held;
    if (Date.now() > until) throw new Error(`${worker.name} got no work:\n${worker.child.lines.join('\n')}`);
    await setTimeout(10);
  }
}

async function readHeld(pool: pg.Pool, workerId: string | null): Promise<Held | null> {
  if (workerId === null) return null;
  const { rows } = await pool.query<{ chains: string[]; lines: string[] }>(
    `select coalesce((select array_agg(id) from chains where worker_id = $1 and status = 'running'), '{}') as chains,
       coalesce((select array_agg(id) from lines where owner_worker_id = $1), '{}') as lines`,
    [workerId],
  );
  return rows[0] ? { workerId, ...rows[0] } : null;
}

/** Times, in milliseconds, from now until what was held is in other hands. */
export async function untilMoved(pool: pg.Pool, held: Held): Promise<{ chainsMs: number; linesMs: number }> {
  const startedAt = performance.now();
  const times = { chainsMs: -1, linesMs: -1 };
  while (times.chainsMs < 0 || times.linesMs < 0) {
    const { rows } = await pool.query<{ chains: number; lines: number }>(
      `select (select count(*)::int from chains where id = any ($2) and (worker_id = $1 or status = 'ready')) as chains,
         (select count(*)::int from lines where id = any ($3) and (owner_worker_id = $1 or owner_worker_id is null)) as lines`,
      [held.workerId, held.chains, held.lines],
    );
    const passed = Math.round(performance.now() - startedAt);
    if (rows[0]?.chains === 0 && times.chainsMs < 0) times.chainsMs = passed;
    if (rows[0]?.lines === 0 && times.linesMs < 0) times.linesMs = passed;
    if (passed > 60_000) throw new Error(`Nobody took the work over: ${JSON.stringify({ ...rows[0], ...times })}`);
    await setTimeout(20);
  }
  return times;
}
