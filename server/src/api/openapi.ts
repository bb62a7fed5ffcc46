import type { OpenAPIV3_1 } from 'openapi-types';
import { pino } from 'pino';
import { createAuth } from '../accounts/auth.ts';
import type { Context } from '../context.ts';
import { createPool } from '../db/pool.ts';
import { createHttpClient } from '../lib/http-client.ts';
import { createSecretBox } from '../lib/secret-box.ts';
import { buildApp } from './app.ts';
import { openApiOf } from './describe-api.ts';

/** Nobody is asked while the routes are only described; nothing listens on this port. */
const NO_DATABASE = 'postgresql://nobody@127.0.0.1:1/none';

/** The description of the whole API, the same text at every build; needs no database and no running Otklik. */
export async function buildOpenApi(): Promise<OpenAPIV3_1.Document> {
  const secretKey = Buffer.alloc(32);
  const pool = createPool({ connectionString: NO_DATABASE });
  const http = createHttpClient();
  const context: Context = {
    config: {
      port: 0,
      host: '127.0.0.1',
      dataDir: '/nonexistent',
      databaseUrl: NO_DATABASE,
      publicUrl: null,
      secretKey,
      role: 'api',
      logLevel: 'silent',
    },
    logger: pino({ level: 'silent' }),
    pool,
    http,
    secrets: createSecretBox(secretKey),
  };
  const auth = createAuth({ pool, logger: context.logger, secretKey, publicUrl: null });
  const app = buildApp(context, { auth, webRoot: null });
  try {
    await app.ready();
    return openApiOf(app);
  } finally {
    await app.close();
    await http.close();
    await pool.end();
  }
}
