import type pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { HttpClient } from './lib/http.ts';
import type { SecretBox } from './lib/secret-box.ts';

/** What every part of a running Otklik may need; made once in `main.ts`, handed down by argument. */
export interface Context {
  config: Config;
  logger: Logger;
  pool: pg.Pool;
  http: HttpClient;
  /** Encrypts what must not lie open in the database. */
  secrets: SecretBox;
}
