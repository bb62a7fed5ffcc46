import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { readClusterState } from '../../src/db/embedded/cluster-state.ts';
import { findPostmaster, stopPostmaster } from '../../src/db/embedded/postmaster.ts';
import { findEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';
import { createPool } from '../../src/db/pool.ts';
import type { PausePoint } from '../../src/lib/pause-point.ts';
import { temporaryDataDir } from '../harness/data-dir.ts';
import { type Child, startChild } from './child.ts';

/** The whole product with its own PostgreSQL on a data folder that outlives its kills. */
export interface CrashableProduct extends AsyncDisposable {
  readonly dataDir: string;
  /** To its database; for looking only. */
  readonly pool: pg.Pool;
  readonly child: Child;
  /** Where it answers now; null while it does not. */
  readonly address: string | null;
  /** Messages that a kill met while they were being sent: only these may end in doubt. */
  readonly inFlight: ReadonlySet<string>;
  readonly kills: number;
  /** Starts it; with a pause point it kills itself at the `hits`-th time it comes there. */
  start(point?: PausePoint, hits?: number): Promise<void>;
  /** Resolves when a message is being sent, or when the time is up. */
  untilSending(timeoutMs: number): Promise<void>;
  /** SIGKILL, or waits for it to kill itself; then notes what was under way. Returns how many messages that were. */
  die(how: 'kill' | 'by-itself'): Promise<number>;
  /** Ends its PostgreSQL: SIGINT is a fast shutdown, SIGQUIT an immediate one. Returns when another one answers. */
  endPostgres(how: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the data folder and starts the product on it for the first time. */
export async function createCrashableProduct(): Promise<CrashableProduct> {
  const folder = await temporaryDataDir();
  const product = new Product(folder.dataDir, async () => folder[Symbol.asyncDispose]());
  try {
    await product.start();
    await product.connect();
    return product;
  } catch (error) {
    await product[Symbol.asyncDispose]();
    throw error;
  }
}

class Product implements CrashableProduct {
  readonly dataDir: string;
  readonly inFlight = new Set<string>();
  kills = 0;
  address: string | null = null;
  #child: Child | null = null;
  #pool: pg.Pool | null = null;
  readonly #removeFolder: () => Promise<void>;

  constructor(dataDir: string, removeFolder: () => Promise<void>) {
    this.dataDir = dataDir;
    this.#removeFolder = removeFolder;
  }

  get child(): Child {
    if (this.#child === null) throw new Error('The product was not started yet');
    return this.#child;
  }

  get pool(): pg.Pool {
    if (this.#pool === null) throw new Error('The product was not started yet');
    return this.#pool;
  }

  async start(point?: PausePoint, hits = 1): Promise<void> {
    const env = { PORT: '0', OTKLIK_DATA_DIR: this.dataDir, LOG_LEVEL: 'warn' };
    const child = startChild('product-main.ts', point === undefined ? [] : [point, String(hits)], env);
    this.#child = child;
    void child.ended.then(() => {
      if (this.#child === child) this.address = null;
    });
    const told = child.told<{ address: string }>('address').then(({ address }) => {
      if (child.isAlive()) this.address = address;
    });
    // One that is to kill itself may do so while it starts: there is work waiting for it.
    await (point === undefined ? told : Promise.race([told.catch(() => undefined), child.ended]));
  }

  async connect(): Promise<void> {
    const connectionString = await findEmbeddedPostgres(this.dataDir);
    if (connectionString === null) throw new Error('The embedded PostgreSQL is not running');
    this.#pool = createPool({ connectionString, max: 3, applicationName: 'crash test' });
  }

  async untilSending(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (Date.now() < until) {
      const { rowCount } = await this.pool.query(`select from messages where status = 'sending' limit 1`);
      if (rowCount === 1) return;
      await setTimeout(10);
    }
  }

  async die(how: 'kill' | 'by-itself'): Promise<number> {
    if (how === 'kill') await this.child.kill();
    else await this.child.ended;
    this.address = null;
    this.kills += 1;
    const ids = await this.#sending();
    for (const id of ids) this.inFlight.add(id);
    return ids.length;
  }

  async endPostgres(how: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const state = await readClusterState(this.dataDir);
    const before = state && (await findPostmaster(state.clusterDir));
    if (!state || !before) throw new Error('The embedded PostgreSQL is not running');
    process.kill(before.pid, how);
    const until = Date.now() + 60_000;
    for (;;) {
      const now = await findPostmaster(state.clusterDir);
      if (now && now.pid !== before.pid && now.status === 'ready') return;
      if (Date.now() > until) throw new Error(`PostgreSQL was not started again:\n${this.child.lines.join('\n')}`);
      await setTimeout(20);
    }
  }

  async stop(): Promise<void> {
    await this.child.stop();
    this.address = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.kill();
    await this.#pool?.end();
    const state = await readClusterState(this.dataDir);
    const postmaster = state && (await findPostmaster(state.clusterDir));
    if (state && postmaster) await stopPostmaster(postmaster.pid, state.clusterDir);
    await this.#removeFolder();
  }

  /** What was being sent, once PostgreSQL has finished the dead process's last statements. */
  async #sending(): Promise<string[]> {
    for (;;) {
      const { rows } = await this.pool.query<{ ids: string[]; others: number }>(
        `select coalesce((select array_agg(id) from messages where status = 'sending'), '{}') as ids,
           (select count(*)::int from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'crash test'
              and backend_type = 'client backend') as others`,
      );
      if (rows[0] && rows[0].others === 0) return rows[0].ids;
      await setTimeout(10);
    }
  }
}
