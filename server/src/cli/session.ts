import { stat } from 'node:fs/promises';
import pino from 'pino';
import { listWorkspaces, type Workspace } from '../accounts/workspaces.ts';
import { type Config, readConfig } from '../config.ts';
import type { Context } from '../context.ts';
import { listMigrations } from '../db/migrate.ts';
import { createPool } from '../db/pool.ts';
import { readOrCreateSecretKey, secretKeyFile } from '../db/secret-key.ts';
import { createHttpClient } from '../lib/http-client.ts';
import { createSecretBox } from '../lib/secret-box.ts';
import { createLogger } from '../logger.ts';
import { badUsage, CommandError } from './command-error.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with: the database, and all that the code of the server asks for. */
export interface Session {
  context: Context;
  /** Null when there is none on this machine; one is never made by a command. */
  secretKey: Buffer | null;
  serverAddress: string | null;
}

export interface SessionOptions {
  /** `any`: the command copes with a database that is empty, older or newer. */
  schema?: 'current' | 'any';
  /** Refuses a server that runs on the data folder. */
  alone?: boolean;
}

/** Opens the installation that the environment names, does the work and closes everything again. */
export async function withSession<T>(
  terminal: Terminal,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const config = readConfig(terminal.env);
  const level = terminal.env['LOG_LEVEL'] ? config.logLevel : 'silent';
  // stdout is for the answer.
  const logger = createLogger(level, pino.destination({ fd: 2, sync: true }));
  await using database: OpenDatabase = await openDatabase(config, logger, { alone: options.alone ?? false });
  await using stack = new AsyncDisposableStack();
  const pool = stack.adopt(
    createPool({ connectionString: database.connectionString, max: 5, applicationName: 'otklik command' }),
    (one) => one.end(),
  );
  const http = stack.use(createHttpClient());
  const secretKey = await findSecretKey(config);
  const context: Context = { config, logger, pool, http, secrets: createSecretBox(secretKey ?? Buffer.alloc(32)) };
  if (options.schema !== 'any') await requireSchema(context);
  return await work({ context, secretKey, serverAddress: database.serverAddress });
}

/** The key of the installation; null when the machine has none. */
async function findSecretKey(config: Config): Promise<Buffer | null> {
  if (config.secretKey) return config.secretKey;
  const exists = await stat(secretKeyFile(config.dataDir)).then(
    () => true,
    () => false,
  );
  return exists ? readOrCreateSecretKey(config.dataDir) : null;
}

/** The numbers of the migrations that the database has; null when it has no table of them. */
export async function readMigrationNumbers(context: Context): Promise<number[] | null> {
  const { rows } = await context.pool.query<{ exists: boolean }>(
    `select to_regclass('migrations') is not null as exists`,
  );
  if (!rows[0]?.exists) return null;
  const applied = await context.pool.query<{ number: number }>('select number from migrations order by number');
  return applied.rows.map((row) => row.number);
}

async function requireSchema(context: Context): Promise<void> {
  const applied = await readMigrationNumbers(context);
  const known = await listMigrations();
  const newest = known.at(-1)?.number ?? 0;
  if (applied === null || applied.length === 0) throw emptyDatabase();
  if ((applied.at(-1) ?? 0) > newest) {
    throw new CommandError({
      ru: `База данных от более новой версии (миграция ${applied.at(-1)}, эта версия знает ${newest}): обновите Отклик`,
      en: `The database is of a newer version (migration ${applied.at(-1)}, this one knows ${newest}): update Otklik`,
    });
  }
  if (known.some((migration) => !applied.includes(migration.number))) {
    throw new CommandError({
      ru: 'База данных от более старой версии: запустите команду migrate или сам Отклик',
      en: 'The database is of an older version: run the command migrate, or start Otklik',
    });
  }
}

function emptyDatabase(): CommandError {
  return new CommandError({
    ru: 'База данных пуста: запустите Отклик один раз (npm start)',
    en: 'The database is empty: start Otklik once (npm start)',
  });
}

/** The workspace a command is for: the named one, or the only one. Its language is spoken from here on. */
export async function chooseWorkspace(
  session: Session,
  terminal: Terminal,
  wanted: string | undefined,
): Promise<Workspace> {
  const workspaces = await listWorkspaces(session.context.pool);
  const list = workspaces.map((one) => `${one.id} «${one.name}»`).join(', ');
  const workspace = wanted === undefined ? workspaces[0] : workspaces.find((one) => one.id === wanted);
  if (workspaces.length === 0) throw emptyDatabase();
  if (!workspace) {
    throw new CommandError({
      ru: `--workspace: компании ${wanted} нет; есть: ${list}`,
      en: `--workspace: there is no workspace ${wanted}; there are: ${list}`,
    });
  }
  if (wanted === undefined && workspaces.length > 1) {
    throw badUsage({
      ru: `Компаний несколько, выберите одну через --workspace: ${list}`,
      en: `There are several workspaces, choose one with --workspace: ${list}`,
    });
  }
  terminal.useLanguage(workspace.language);
  return workspace;
}
