import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';

test('each test database is a migrated one of its own', async () => {
  await using first = await createTestDatabase();
  await using second = await createTestDatabase();
  await first.pool.query('create table only_here (id integer)');

  const count = 'select count(*) as count from pg_tables where tablename = $1';
  expect((await first.pool.query(count, ['leads'])).rows[0].count).toBe(1);
  expect((await second.pool.query(count, ['only_here'])).rows[0].count).toBe(0);
});

test('Cyrillic letters compare without regard to case', async () => {
  await using database = await createTestDatabase();
  const { rows } = await database.pool.query(`select 'ИВАНОВ' ilike 'иван%' as matches`);
  expect(rows[0].matches).toBe(true);
});
