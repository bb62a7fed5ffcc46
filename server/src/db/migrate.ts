import { readdir, readFile } from 'node:fs/promises';
import { runMigrations } from 'graphile-worker';
import type pg from 'pg';
import { OperatorError } from '../lib/operator-error.ts';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);

/** Two processes that start at once take turns. */
const MIGRATION_LOCK = 7_265_401;

/** Raised when the database was migrated by a newer Otklik than this one. */
export class MigrationError extends OperatorError {
  override name = 'MigrationError';
}

/**
 * Brings the database to the newest schema: ours and that of the queue. Each migration is one transaction that inserts its
 * number first, so a second runner waits and then skips it. Returns the names it applied.
 */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await runMigrations({ pgPool: pool });
    await createMigrationsTable(client);
    return await applyMissing(client);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    client.release();
  }
}

/** The migrations of this version, by number. */
export async function listMigrations(): Promise<{ number: number; name: string }[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name) => ({ number: Number(name.slice(0, 6)), name }));
}

/**
 * Brings our schema up to a number, in the caller's transaction: a backup is loaded into the schema of its time, and that is
 * brought up to this version together with the rows.
 */
export async function migrateIn(tx: pg.ClientBase, upTo: number): Promise<void> {
  await createMigrationsTable(tx);
  const { rows } = await tx.query<{ number: number }>('select number from migrations');
  const done = new Set(rows.map((row) => row.number));
  for (const migration of await listMigrations()) {
    if (migration.number <= upTo && !done.has(migration.number)) await applyIn(tx, migration);
  }
}

/** The SQL of one migration. */
export function readMigration(name: string): Promise<string> {
  return readFile(new URL(name, MIGRATIONS), 'utf8');
}

async function createMigrationsTable(client: pg.ClientBase): Promise<void> {
  await client.query(
    `create table if not exists migrations (
       number integer primary key, name text not null, applied_at timestamptz not null default now())`,
  );
}

async function applyMissing(client: pg.PoolClient): Promise<string[]> {
  const known = await listMigrations();
  const { rows } = await client.query<{ number: number }>('select number from migrations');
  const done = new Set(rows.map((row) => row.number));
  const newest = Math.max(0, ...done);
  if (newest > (known.at(-1)?.number ?? 0)) {
    throw new MigrationError(
      `The database is at migration ${newest}, this version of Otklik knows only ${known.at(-1)?.number}: start the newer version.`,
    );
  }
  const applied: string[] = [];
  for (const migration of known.filter((one) => !done.has(one.number))) {
    await applyOne(client, migration);
    applied.push(migration.name);
  }
  return applied;
}

async function applyOne(client: pg.PoolClient, migration: { number: number; name: string }): Promise<void> {
  try {
    await client.query('begin');
    await applyIn(client, migration);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new MigrationError(`Migration ${migration.name} failed: ${(error as Error).message}`, { cause: error });
  }
}

async function applyIn(client: pg.ClientBase, migration: { number: number; name: string }): Promise<void> {
  const sql = await readMigration(migration.name);
  await client.query('insert into migrations (number, name) values ($1, $2)', [migration.number, migration.name]);
  await client.query(sql);
}
