import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';
import { createLogger } from '../../src/logger.ts';

/** A PostgreSQL of its own in a temporary folder; `remove` stops it and deletes everything. */
export interface TemporaryPostgres extends AsyncDisposable {
  connectionString: string;
  remove(): Promise<void>;
}

/** For tests and generators: fast instead of durable. */
export async function startTemporaryPostgres(): Promise<TemporaryPostgres> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'otklik-test-'));
  // The rows of a test run are worth nothing after a power cut.
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const postgres = await startEmbeddedPostgres({ dataDir, logger: createLogger('error'), settings });
  const remove = async (): Promise<void> => {
    await postgres.stop();
    const home = path.dirname(postgres.clusterDir);
    for (const folder of new Set([dataDir, home])) await rm(folder, { recursive: true, force: true });
  };
  return { connectionString: postgres.connectionString, remove, [Symbol.asyncDispose]: remove };
}
