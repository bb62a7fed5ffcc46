import { createAuth } from './accounts/auth.ts';
import { startAnswering } from './answering.ts';
import { buildApp } from './api/app.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { checkSecretKey } from './db/check-secret-key.ts';
import { acquireDataDirLock, type DataDirLock } from './db/data-dir-lock.ts';
import { startEmbeddedPostgres } from './db/embedded-postgres.ts';
import { migrate } from './db/migrate.ts';
import { createCuttablePool, createPool } from './db/pool.ts';
import { readOrCreateSecretKey } from './db/secret-key.ts';
import { prepareFirstStart } from './first-start.ts';
import { createHttpClient } from './lib/http-client.ts';
import { createSecretBox } from './lib/secret-box.ts';
import { createLogger } from './logger.ts';

/** A statement without an answer for so long: the way to the database is broken, and nobody would tell for a quarter of an hour. */
const ANSWER_MS = 30_000;

const WEB_ROOT = new URL('../../web/', import.meta.url);

/** A running Otklik. */
export interface Product extends AsyncDisposable {
  /** Where it answers; null for a worker without an API. */
  address: string | null;
  /** The one-time sign-in link, on the first start only. */
  signInLink: string | null;
  context: Context;
  stop(): Promise<void>;
}

/**
 * Starts what the role asks for: database, migrations, API, worker. What was started before something failed is stopped again.
 * Stopping goes backwards: no new requests, then the worker, then the database.
 */
export async function startProduct(config: Config): Promise<Product> {
  const logger = createLogger(config.logLevel);
  const stack = new AsyncDisposableStack();
  try {
    const lock = stack.use(await acquireDataDirLock(config.dataDir));
    const connectionString =
      config.databaseUrl ??
      stack.use(await startEmbeddedPostgres({ dataDir: config.dataDir, logger })).connectionString;
    await migrateBy(connectionString);
    const { pool, cut } = createCuttablePool({ connectionString, answerMs: ANSWER_MS });
    stack.defer(() => pool.end());
    const secretKey = config.secretKey ?? (await readOrCreateSecretKey(config.dataDir));
    await checkSecretKey(pool, secretKey);
    const http = stack.adopt(createHttpClient(), (one) => one.close());
    const context: Context = { config, logger, pool, http, secrets: createSecretBox(secretKey) };
    if (config.role !== 'api')
      stack.adopt(await startAnswering(context, connectionString, cut), (worker) => worker.stop());
    const api = config.role === 'worker' ? null : await startApi(context, secretKey, stack, lock);
    return {
      address: api?.address ?? null,
      signInLink: api?.signInLink ?? null,
      context,
      stop: () => stack.disposeAsync(),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** On connections of its own: a migration may take as long as it wants. */
async function migrateBy(connectionString: string): Promise<void> {
  const pool = createPool({ connectionString, max: 2 });
  await migrate(pool).finally(() => pool.end());
}

async function startApi(
  context: Context,
  secretKey: Buffer,
  stack: AsyncDisposableStack,
  lock: DataDirLock,
): Promise<{ address: string; signInLink: string | null }> {
  const { config, logger, pool } = context;
  const auth = createAuth({ pool, logger, secretKey, publicUrl: config.publicUrl });
  const app = stack.adopt(buildApp(context, { auth, webRoot: WEB_ROOT }), (one) => one.close());
  const listening = await app.listen({ port: config.port, host: config.host });
  const address = config.publicUrl ?? listening.replace('127.0.0.1', 'localhost').replace('[::1]', 'localhost');
  await lock.announce(address);
  return { address, signInLink: await prepareFirstStart(context, address) };
}
