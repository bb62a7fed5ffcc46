import { getMigrations } from 'better-auth/db/migration';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import { createApiKey } from './api-keys.ts';
import { createAuth } from './auth.ts';
import { createWorkspace } from './workspaces.ts';

let database: TestDatabase;
let auth: ReturnType<typeof createAuth>;

beforeAll(async () => {
  database = await createTestDatabase();
  auth = createAuth({
    pool: database.pool,
    logger: pino({ level: 'silent' }),
    secretKey: Buffer.alloc(32, 1),
    publicUrl: null,
  });
});
afterAll(async () => {
  await database.drop();
});

describe('our migrations', () => {
  it('make every table and column that better-auth expects', async () => {
    const { toBeCreated, toBeAdded } = await getMigrations(auth.options);
    expect(toBeCreated).toEqual([]);
    expect(toBeAdded).toEqual([]);
  });
});

describe('an API key of ours', () => {
  it('is one that the api-key plugin accepts', async () => {
    const workspace = await createWorkspace(database.pool, { name: 'Ромашка' });
    const { id, key } = await createApiKey(database.pool, { workspaceId: workspace.id, name: 'site' });
    const answer = await auth.api.verifyApiKey({ body: { key } });
    expect(answer).toMatchObject({ valid: true, key: { id, referenceId: workspace.id } });
    expect((await auth.api.verifyApiKey({ body: { key: `${key}x` } })).valid).toBe(false);
  });

  it('is not in the database', async () => {
    const workspace = await createWorkspace(database.pool, { name: 'Ромашка' });
    const { key } = await createApiKey(database.pool, { workspaceId: workspace.id, name: 'site' });
    const { rows } = await database.pool.query('select to_jsonb(api_keys)::text as row from api_keys');
    expect(rows.length).toBeGreaterThan(0);
    for (const { row } of rows) expect(row).not.toContain(key.slice(4));
  });
});
