import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { OperatorError } from '../lib/operator-error.ts';
import { findBinaries } from './embedded/binaries.ts';
import { clusterOwner, prepareCluster } from './embedded/cluster.ts';
import { type ClusterState, readClusterState, writeClusterState } from './embedded/cluster-state.ts';
import { type LaunchOptions, launch } from './embedded/launch.ts';
import { clearRemains, findPostmaster, type Postmaster, stopPostmaster } from './embedded/postmaster.ts';
import { chooseServerUser } from './embedded/server-user.ts';

/** Otklik's own PostgreSQL, running. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** As the owner of the database, who is no superuser but may create databases. */
  connectionString: string;
  /** The folder with the data, outside the data folder when PostgreSQL's user cannot enter that. */
  clusterDir: string;
  /** Whether it was found running: the process that started it died without stopping it. */
  adopted: boolean;
  /** Stops the server; what was committed is kept. Calling it again does nothing. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Absolute and there; the caller holds its lock. */
  dataDir: string;
  logger: Logger;
  /** PostgreSQL settings for this run, `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
}

const DATABASE = 'otklik';
const WATCH_MS = 500;
const BUSY_MS = 60_000;

/**
 * Starts PostgreSQL on the data folder, creating it the first time. A server that survived a crash of Otklik is adopted
 * when it answers and is of this version, else stopped and started anew. A server that dies while Otklik lives is started
 * again on the same port, so that connection strings stay true.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, logger } = options;
  const user = chooseServerUser(await clusterOwner(dataDir));
  const binaries = await findBinaries(user);
  const state = await prepareCluster({
    dataDir,
    binaries,
    user,
    logger,
    isDurable: options.settings?.['fsync'] !== 'off',
  });
  const launchOptions: LaunchOptions = {
    dataDir,
    clusterDir: state.clusterDir,
    postgres: binaries.postgres,
    user,
    logger,
    settings: options.settings ?? {},
  };
  const survivor = await adopt(state, binaries.packageVersion, logger);
  if (!survivor) await clearRemains(state.clusterDir);
  const { port } = survivor ?? (await launch(launchOptions, state.port));
  try {
    await writeClusterState({ ...state, port });
    await createDatabase(state, port);
  } catch (error) {
    await stopIfRunning(state.clusterDir);
    throw error;
  }
  const stopWatching = watch(launchOptions, port);
  const stop = async (): Promise<void> => {
    await stopWatching();
    await stopIfRunning(state.clusterDir);
  };
  return {
    connectionString: connectionString(state, port),
    clusterDir: state.clusterDir,
    adopted: survivor !== null,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The address of the server that another process runs on this data folder; null when none runs. For the command line. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const state = await readClusterState(dataDir);
  if (!state?.initialized) return null;
  const postmaster = await findPostmaster(state.clusterDir);
  return postmaster?.status === 'ready' ? connectionString(state, postmaster.port) : null;
}

async function adopt(state: ClusterState, packageVersion: string, logger: Logger): Promise<Postmaster | null> {
  const deadline = Date.now() + BUSY_MS;
  let found = await findPostmaster(state.clusterDir);
  for (; found && found.status !== 'ready' && Date.now() < deadline; found = await findPostmaster(state.clusterDir)) {
    await sleep(100);
  }
  if (!found) return null;
  const reason = await whyUnfit(state, found.port, packageVersion);
  if (reason === null) {
    logger.info({ pid: found.pid, port: found.port }, 'Adopted the PostgreSQL that survived the last run');
    return found;
  }
  logger.warn({ pid: found.pid, reason }, 'Stopping the PostgreSQL that survived the last run');
  await stopPostmaster(found.pid, state.clusterDir);
  return null;
}

async function stopIfRunning(clusterDir: string): Promise<void> {
  const running = await findPostmaster(clusterDir);
  if (running) await stopPostmaster(running.pid, clusterDir);
}

/** null when the survivor can be used as it is. */
async function whyUnfit(state: ClusterState, port: number, packageVersion: string): Promise<string | null> {
  try {
    return await asAdmin(state, port, async (client) => {
      const { rows } = await client.query<{ folder: string; version: string }>(
        `select current_setting('data_directory') as folder, current_setting('server_version') as version`,
      );
      if (rows[0]?.folder !== state.clusterDir) return 'another cluster answers on its port';
      return packageVersion.startsWith(`${rows[0].version}.`) ? null : `it is version ${rows[0].version}`;
    });
  } catch (error) {
    return (error as Error).message;
  }
}

/** Every start does this: the first one may have been killed between the cluster and its database. */
async function createDatabase(state: ClusterState, port: number): Promise<void> {
  await asAdmin(state, port, async (client) => {
    const roles = await client.query('select 1 from pg_roles where rolname = $1', [DATABASE]);
    if (roles.rowCount === 0) {
      await client.query(`create role ${DATABASE} login createdb password ${client.escapeLiteral(state.password)}`);
    }
    const databases = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (databases.rowCount === 0) await client.query(`create database ${DATABASE} owner ${DATABASE}`);
  });
}

async function asAdmin<T>(state: ClusterState, port: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: state.adminPassword,
    database: 'postgres',
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Starts the server again when it is gone without having been told to stop. Returns how to end the watch. */
function watch(options: LaunchOptions, port: number): () => Promise<void> {
  const { clusterDir, logger } = options;
  let tick: Promise<void> | null = null;
  const timer = setInterval(() => {
    tick ??= relaunchIfGone().finally(() => {
      tick = null;
    });
  }, WATCH_MS);
  timer.unref();
  async function relaunchIfGone(): Promise<void> {
    try {
      if (await findPostmaster(clusterDir)) return;
      logger.error({ logs: path.join(clusterDir, 'log') }, 'PostgreSQL ended unexpectedly and is started again');
      await clearRemains(clusterDir);
      const { port: newPort } = await launch(options, port);
      if (newPort !== port) throw new OperatorError(`Port ${port} of PostgreSQL was taken: restart Otklik.`);
    } catch (error) {
      logger.error({ err: error }, 'PostgreSQL could not be started again');
    }
  }
  return async () => {
    clearInterval(timer);
    await tick;
  };
}

function connectionString(state: ClusterState, port: number): string {
  return `postgresql://${DATABASE}:${state.password}@127.0.0.1:${port}/${DATABASE}`;
}
