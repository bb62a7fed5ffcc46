import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';
import { createLogger } from '../../src/logger.ts';
import { temporaryDataDir } from './data-dir.ts';

/** A PostgreSQL of its own in a temporary folder; `remove` stops it and deletes everything. */
export interface TemporaryPostgres extends AsyncDisposable {
  connectionString: string;
  remove(): Promise<void>;
}

/** For tests and generators: fast instead of durable. */
export async function startTemporaryPostgres(): Promise<TemporaryPostgres> {
  const folder = await temporaryDataDir();
  // The rows of a test run are worth nothing after a power cut.
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const postgres = await startEmbeddedPostgres({ dataDir: folder.dataDir, logger: createLogger('error'), settings });
  const remove = async (): Promise<void> => {
    await postgres.stop();
    await folder[Symbol.asyncDispose]();
  };
  return { connectionString: postgres.connectionString, remove, [Symbol.asyncDispose]: remove };
}
