import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { createPool } from '../../src/db/pool.ts';
import { startTemporaryPostgres } from './temporary-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL where this run may create databases. */
    testDatabaseUrl: string;
    /** A migrated, empty database to clone. */
    templateDatabase: string;
  }
}

/**
 * One PostgreSQL for the whole run: TEST_DATABASE_URL (a role that may create databases), else our own one in a temporary
 * folder. KEEP_TEST_DATABASES=1 leaves it and every test's database there to look at.
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const templateDatabase = `otklik_template_${process.pid}`;
  const embedded = process.env['TEST_DATABASE_URL'] ? null : await startTemporaryPostgres();
  const url = process.env['TEST_DATABASE_URL'] ?? embedded?.connectionString ?? '';
  await runOn(url, `create database ${templateDatabase}`);
  const pool = createPool({ connectionString: withDatabase(url, templateDatabase), max: 2 });
  await migrate(pool);
  await pool.end();
  project.provide('testDatabaseUrl', url);
  project.provide('templateDatabase', templateDatabase);
  return async () => {
    if (process.env['KEEP_TEST_DATABASES']) {
      project.vitest.logger.log(`The databases of this run are kept at ${url}`);
      return;
    }
    if (embedded) await embedded.remove();
    else await runOn(url, `drop database if exists ${templateDatabase} with (force)`);
  };
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
