import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createPool } from '../../src/db/pool.ts';

/** A migrated database of one test's own. */
export interface TestDatabase extends AsyncDisposable {
  url: string;
  pool: pg.Pool;
  /** Closes the pool and drops the database, whoever is still connected. Calling it again does nothing. */
  drop(): Promise<void>;
}

/** Clones the template: a few ten milliseconds, so that every test file (or test) can have its own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `otklik_test_${randomBytes(6).toString('hex')}`;
  await runOnServer(`create database ${name} template ${inject('templateDatabase')}`);
  const address = new URL(inject('testDatabaseUrl'));
  address.pathname = `/${name}`;
  const pool = createPool({ connectionString: address.href });
  let isDropped = false;
  const drop = async (): Promise<void> => {
    if (isDropped) return;
    isDropped = true;
    await pool.end();
    if (!process.env['KEEP_TEST_DATABASES']) await runOnServer(`drop database if exists ${name} with (force)`);
  };
  return { url: address.href, pool, drop, [Symbol.asyncDispose]: drop };
}

async function runOnServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('testDatabaseUrl') });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
