import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { listMigrations, migrateIn } from '../../db/migrate.ts';
import type { Tx } from '../../db/pool.ts';
import { copyCommand, type TableDump } from './manifest.ts';
import { type Archive, damaged } from './read-archive.ts';
import { knownTables, presentTables } from './tables.ts';

/**
 * Replaces what the database holds by the archive, in the caller's transaction: the schema as it was when the backup was made, then
 * every row, counted, then what migrations came since. Whatever is wrong with the archive throws and so undoes all of it.
 */
export async function loadArchive(tx: Tx, archive: Archive, file: string): Promise<void> {
  const { manifest } = archive;
  const known = await knownTables();
  if (manifest.tables.some((table) => !known.has(table.name))) throw damaged(file);
  for (const name of await presentTables(tx)) if (known.has(name)) await tx.query(`drop table "${name}" cascade`);
  await tx.query('delete from graphile_worker._private_jobs');
  await migrateIn(tx, manifest.migration);
  await tx.query('set constraints all deferred');
  await tx.query(`set local datestyle = 'ISO'`);
  for (const [index, table] of manifest.tables.entries()) {
    const rows = await loadTable(tx, table, archive.readTable(index + 1), file);
    if (rows !== table.rows) throw damaged(file);
  }
  await archive.readEnd();
  await tx.query('set constraints all immediate');
  await advanceSequences(tx);
  await migrateIn(tx, (await listMigrations()).at(-1)?.number ?? 0);
}

async function loadTable(tx: Tx, table: TableDump, bytes: AsyncGenerator<Buffer>, file: string): Promise<number> {
  const copy = tx.query(copyFrom(copyCommand(table, 'from stdin')));
  try {
    await pipeline(bytes, copy);
  } catch (error) {
    // PostgreSQL refuses the rows or columns: they are not what Otklik wrote.
    throw /^(22|23|42)/.test(String((error as { code?: unknown }).code)) ? damaged(file, error) : error;
  }
  return copy.rowCount;
}

/** The rows brought their numbers along; the next ones must be above. */
async function advanceSequences(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ table: string; column: string }>(
    `select relname as table, attname as column from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace = current_schema()::regnamespace and attidentity <> ''`,
  );
  for (const { table, column } of rows) {
    await tx.query(
      `select setval(pg_get_serial_sequence($1, $2), coalesce((select max("${column}") from "${table}"), 0) + 1, false)`,
      [`"${table}"`, column],
    );
  }
}
