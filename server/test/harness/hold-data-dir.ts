import { acquireDataDirLock } from '../../src/db/data-dir-lock.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';
import { createLogger } from '../../src/logger.ts';

// A process to be killed: takes the data folder given as its argument, starts PostgreSQL there, tells its address and stays.

const [dataDir = '', what] = process.argv.slice(2);
const lock = await acquireDataDirLock(dataDir);
await lock.announce('http://127.0.0.1:4000');
const postgres =
  what === 'lock'
    ? null
    : await startEmbeddedPostgres({ dataDir, logger: createLogger('error'), settings: { fsync: 'off' } });
process.stdout.write(`${JSON.stringify({ connectionString: postgres?.connectionString ?? null })}\n`);
setInterval(() => undefined, 60_000);
