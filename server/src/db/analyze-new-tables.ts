import type pg from 'pg';

/** Tables that every lead adds to. */
const HOT_TABLES = [
  'leads',
  'phones',
  'phone_claims',
  'timeline',
  'visits',
  'runs',
  'chains',
  'steps',
  'messages',
  'reachabilities',
];

/** From so many 8 KB pages on there is something to learn. */
const MIN_PAGES = 3;

/**
 * Has PostgreSQL look at tables that it has not looked at yet, and have a few rows now. Until then it takes a workspace for one in
 * two hundred and reads all rows of the only one instead of using the primary key; statements are kept prepared with such plans. Its
 * own autovacuum comes by once a minute: long enough to drown in an import into a new installation.
 */
export async function analyzeNewTables(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relname = any ($1) and relkind = 'r' and relnamespace = current_schema()::regnamespace
       and reltuples < 0 and pg_relation_size(oid) >= $2 * 8192`,
    [HOT_TABLES, MIN_PAGES],
  );
  for (const { name } of rows) await pool.query(`analyze ${name}`);
}
