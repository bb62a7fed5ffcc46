import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createApiKey } from '../../src/accounts/api-keys.ts';
import { type Auth, createAuth } from '../../src/accounts/auth.ts';
import type { Role } from '../../src/accounts/permissions.ts';
import { createWorkspace, type Workspace } from '../../src/accounts/workspaces.ts';
import type { RegisterNoun } from '../../src/api/api-app.ts';
import { buildApp } from '../../src/api/app.ts';
import { nouns } from '../../src/api/nouns.ts';
import type { Config } from '../../src/config.ts';
import type { Context } from '../../src/context.ts';
import { createHttpClient } from '../../src/lib/http-client.ts';
import { createSecretBox } from '../../src/lib/secret-box.ts';
import { createTestDatabase } from './database.ts';

const SECRET_KEY = Buffer.alloc(32, 7);

/** The real app on a database of its own, with nothing in it; requests go through `app.inject` or a socket. */
export interface TestApp extends AsyncDisposable {
  app: FastifyInstance;
  auth: Auth;
  context: Context;
}

/** Builds the app; `more` adds routes or hooks of the test's own to `/api/v1`, before the others. */
export async function createTestApp(options: { config?: Partial<Config>; more?: RegisterNoun } = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const http = createHttpClient();
  const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const config: Config = { ...testConfig(database.url), ...options.config };
  const context: Context = { config, logger, pool: database.pool, http, secrets: createSecretBox(SECRET_KEY) };
  const auth = createAuth({ pool: database.pool, logger, secretKey: SECRET_KEY, publicUrl: config.publicUrl });
  const app = buildApp(context, { auth, webRoot: null, nouns: options.more ? [options.more, ...nouns] : nouns });
  await app.ready();
  return {
    app,
    auth,
    context,
    async [Symbol.asyncDispose]() {
      await app.close();
      await http.close();
      await database.drop();
    },
  };
}

/** A workspace with an API key to it. */
export async function createTestWorkspace(
  context: Context,
  options: { name?: string; role?: Role } = {},
): Promise<{ workspace: Workspace; key: string; headers: { authorization: string } }> {
  const workspace = await createWorkspace(context.pool, { name: options.name ?? 'Ромашка' });
  const { key } = await createApiKey(context.pool, {
    workspaceId: workspace.id,
    name: 'test',
    role: options.role ?? 'owner',
  });
  return { workspace, key, headers: { authorization: `Bearer ${key}` } };
}

function testConfig(databaseUrl: string): Config {
  return {
    port: 0,
    host: '127.0.0.1',
    dataDir: '/nonexistent',
    databaseUrl,
    publicUrl: null,
    secretKey: SECRET_KEY,
    role: 'api',
    logLevel: 'silent',
  };
}
