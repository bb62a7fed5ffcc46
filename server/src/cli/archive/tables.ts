import { listMigrations, readMigration } from '../../db/migrate.ts';
import type { Db } from '../../db/pool.ts';

/** What belongs to running processes, or is made anew with the schema. */
const NOT_COPIED = new Set(['migrations', 'workers', 'rate_limits']);

export interface TableColumns {
  name: string;
  columns: string[];
}

/** Every table that a migration of this version ever made; a database may hold others, which are not ours. */
export async function knownTables(): Promise<Set<string>> {
  const known = new Set(['migrations']);
  for (const { name } of await listMigrations()) {
    for (const match of (await readMigration(name)).matchAll(/^create table (?:if not exists )?(\w+)/gim)) {
      known.add(match[1] as string);
    }
  }
  return known;
}

/** The tables that the database has, ours and others. */
export async function presentTables(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') order by relname`,
  );
  return rows.map((row) => row.name);
}

/**
 * The tables of a backup, each after those it points at, with the columns to copy: not generated ones, and not those that point at
 * a table that is not copied.
 */
export async function tablesToCopy(db: Db): Promise<TableColumns[]> {
  const known = await knownTables();
  const names = (await presentTables(db)).filter((name) => known.has(name) && !NOT_COPIED.has(name));
  const references = await readReferences(db);
  const sorted = sortByReferences(names, references);
  const tables: TableColumns[] = [];
  for (const name of sorted) {
    const dangling = references.filter((one) => one.table === name && NOT_COPIED.has(one.target));
    const columns = await readColumns(db, name);
    tables.push({ name, columns: columns.filter((column) => !dangling.some((one) => one.columns.includes(column))) });
  }
  return tables;
}

interface Reference {
  table: string;
  target: string;
  columns: string[];
  /** Checked at the end of the transaction, so it asks for no order. */
  isDeferrable: boolean;
}

async function readReferences(db: Db): Promise<Reference[]> {
  const { rows } = await db.query<Reference>(
    `select source.relname as table, target.relname as target, condeferrable as "isDeferrable",
       array(select attname::text from pg_attribute where attrelid = conrelid and attnum = any (conkey)) as columns
     from pg_constraint join pg_class source on source.oid = conrelid join pg_class target on target.oid = confrelid
     where contype = 'f' and connamespace = current_schema()::regnamespace order by conname`,
  );
  return rows;
}

async function readColumns(db: Db, table: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = (select oid from pg_class where relname = $1 and relnamespace = current_schema()::regnamespace)
       and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  return rows.map((row) => row.name);
}

function sortByReferences(names: readonly string[], references: readonly Reference[]): string[] {
  const sorted: string[] = [];
  let waiting = [...names];
  while (waiting.length > 0) {
    const blocked = new Set(
      references
        .filter((one) => !one.isDeferrable && one.table !== one.target && waiting.includes(one.target))
        .map((one) => one.table),
    );
    const free = waiting.filter((name) => !blocked.has(name));
    if (free.length === 0) throw new Error(`The tables ${waiting.join(', ')} point at each other`);
    sorted.push(...free);
    waiting = waiting.filter((name) => blocked.has(name));
  }
  return sorted;
}
