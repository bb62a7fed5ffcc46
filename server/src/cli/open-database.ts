import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { acquireDataDirLock, DataDirInUseError, type DataDirLock, readHolder } from '../db/data-dir-lock.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../db/embedded-postgres.ts';

/** The database for the time of one command. */
export interface OpenDatabase extends AsyncDisposable {
  connectionString: string;
  /** The server's own address when it runs on this data folder. */
  serverAddress: string | null;
}

const PATIENCE_MS = 15_000;
const POLL_MS = 200;

/** What a command announces in place of an address, so that another command waits for it to end. */
const COMMAND = 'command line';

/**
 * DATABASE_URL; else the PostgreSQL of the server that runs on the data folder; else our own, started under the folder's lock
 * and stopped afterwards. `alone` refuses a running server.
 */
export async function openDatabase(config: Config, logger: Logger, options: { alone: boolean }): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) return borrowed(config.databaseUrl, null);
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    try {
      return await startAlone(config, logger);
    } catch (error) {
      if (!(error instanceof DataDirInUseError)) throw error;
      const holder = await readHolder(config.dataDir);
      const isCommand = holder?.address === COMMAND;
      const running = isCommand || options.alone ? null : await findEmbeddedPostgres(config.dataDir);
      if (running) return borrowed(running, holder?.address ?? null);
      if (Date.now() > deadline || (options.alone && !isCommand)) throw error;
    }
  }
}

function borrowed(connectionString: string, serverAddress: string | null): OpenDatabase {
  return { connectionString, serverAddress, [Symbol.asyncDispose]: async () => undefined };
}

async function startAlone(config: Config, logger: Logger): Promise<OpenDatabase> {
  await using stack = new AsyncDisposableStack();
  const lock: DataDirLock = stack.use(await acquireDataDirLock(config.dataDir));
  await lock.announce(COMMAND);
  const postgres = stack.use(await startEmbeddedPostgres({ dataDir: config.dataDir, logger }));
  stack.defer(stopOnSignals(() => postgres.stop()));
  const owned = stack.move();
  return {
    connectionString: postgres.connectionString,
    serverAddress: null,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** PostgreSQL runs in a session of its own and would survive Ctrl-C. Returns how to end the watch. */
function stopOnSignals(stop: () => Promise<void>): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    unwatch();
    void stop()
      .catch(() => undefined)
      .then(() => process.kill(process.pid, signal));
  };
  const unwatch = (): void => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return unwatch;
}
