import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { runMigrations } from 'graphile-worker';
import type pg from 'pg';
import { listMigrations } from '../db/migrate.ts';
import { secretKeyFile } from '../db/secret-key.ts';
import { inTransaction } from '../db/transaction.ts';
import { loadArchive } from './archive/load-archive.ts';
import { type Archive, newer, openArchive } from './archive/read-archive.ts';
import { type OpenWork, settleWork } from './archive/settle-work.ts';
import { knownTables, presentTables } from './archive/tables.ts';
import { badUsage, CommandError } from './command-error.ts';
import { type Session, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

interface RestoreOptions {
  force?: boolean;
  yes?: boolean;
}

/** `restore`. */
export function addRestoreCommand(program: Command, terminal: Terminal): void {
  program
    .command('restore <file>')
    .description(
      terminal.say({
        ru: 'восстановить всё из файла команды backup в пустую базу данных',
        en: 'bring everything back from a file of backup, into an empty database',
      }),
    )
    .option('--force', terminal.say({ ru: 'заменить то, что есть', en: 'replace what is there' }))
    .option('--yes', terminal.say({ ru: 'не спрашивать', en: 'do not ask' }))
    .action((file: string, options: RestoreOptions) => restore(terminal, path.resolve(file), options));
}

async function restore(terminal: Terminal, file: string, options: RestoreOptions): Promise<void> {
  await using archive = await openArchive(file);
  const newest = (await listMigrations()).at(-1)?.number ?? 0;
  if (archive.manifest.migration > newest) throw newer(file, archive.manifest.version);
  await withSession(terminal, { schema: 'any', alone: true }, async (session) => {
    const { pool } = session.context;
    refuseOtherKey(session, archive, options);
    await refuseRunningServer(pool);
    if ((await holdsData(pool)) && !(await mayReplace(terminal, options))) return;
    // The queue's own tables are empty ones; they cannot be made inside our transaction.
    await runMigrations({ pgPool: pool });
    await using key = await draftSecretKey(session, archive.secretKey);
    const work = await loadOnce(pool, archive, file);
    await key.keep();
    const rows = archive.manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    terminal.print(
      terminal.say({
        ru: `Восстановлено: строк ${rows}, копия от ${archive.manifest.createdAt}. При запуске продолжатся цепочки роботов: ${work.chains}; сообщений с неизвестным исходом: ${work.uncertain}`,
        en: `Restored: ${rows} rows, backup of ${archive.manifest.createdAt}. At the next start ${work.chains} chains of robots go on; messages of unknown outcome: ${work.uncertain}`,
      }),
    );
  });
}

/** All or nothing. The archive can be read only once, so a second attempt of the transaction would find nothing. */
async function loadOnce(pool: pg.Pool, archive: Archive, file: string): Promise<OpenWork> {
  let isRead = false;
  return inTransaction(pool, async (tx) => {
    if (isRead) throw new Error('The archive has been read already: run the command again');
    isRead = true;
    await loadArchive(tx, archive, file);
    return settleWork(tx);
  });
}

function refuseOtherKey({ context, secretKey }: Session, archive: Archive, options: RestoreOptions): void {
  if (secretKey === null || secretKey.equals(archive.secretKey)) return;
  if (context.config.secretKey) {
    throw new CommandError({
      ru: 'OTKLIK_SECRET_KEY не тот, что в резервной копии: уберите его (ключ копии ляжет в папку данных) или задайте ключ копии',
      en: 'OTKLIK_SECRET_KEY is not the key of the backup: leave it out (the key of the backup goes to the data folder), or set it to that key',
    });
  }
  if (options.force) return;
  throw new CommandError({
    ru: `В папке данных ${context.config.dataDir} уже есть другой секретный ключ: восстанавливайте в пустую папку (OTKLIK_DATA_DIR) или добавьте --force`,
    en: `The data folder ${context.config.dataDir} holds another secret key: restore into an empty folder (OTKLIK_DATA_DIR), or add --force`,
  });
}

/** The lock of the data folder does not tell of servers on a database of one's own. */
async function refuseRunningServer(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*) from pg_stat_activity
     where datname = current_database() and application_name in ('otklik', 'otklik engine', 'otklik queue', 'otklik lease')`,
  );
  if (rows[0]?.count === 0) return;
  throw new CommandError({
    ru: 'На этой базе данных работает Отклик: остановите его и повторите',
    en: 'Otklik is running on this database: stop it and try again',
  });
}

/** Whether there is anything to lose; a database with tables of somebody else is never touched. */
async function holdsData(pool: pg.Pool): Promise<boolean> {
  const present = await presentTables(pool);
  if (present.length === 0) return false;
  const known = await knownTables();
  const others = present.filter((name) => !known.has(name));
  if (others.length > 0 || !present.includes('migrations')) {
    const list = others.slice(0, 5).join(', ');
    throw new CommandError({
      ru: `В базе данных есть таблицы не от Отклика (${list}): укажите в DATABASE_URL пустую базу`,
      en: `The database holds tables that are not Otklik's (${list}): set DATABASE_URL to an empty one`,
    });
  }
  if (!present.includes('workspaces')) return false;
  const { rows } = await pool.query<{ exists: boolean }>('select exists (select from workspaces) as exists');
  return rows[0]?.exists ?? false;
}

async function mayReplace(terminal: Terminal, options: RestoreOptions): Promise<boolean> {
  if (!options.force) {
    throw new CommandError({
      ru: 'В базе данных уже есть компания: восстанавливайте в пустую или добавьте --force, чтобы заменить всё',
      en: 'The database holds a workspace already: restore into an empty one, or add --force to replace everything',
    });
  }
  if (options.yes) return true;
  if (!terminal.isInteractive) {
    throw badUsage({
      ru: '--force заменит всё, что есть: подтвердите через --yes',
      en: '--force replaces everything that is there: confirm with --yes',
    });
  }
  const isYes = await terminal.confirm({
    ru: 'Всё, что сейчас в базе данных, будет заменено. Продолжить?',
    en: 'Everything in the database will be replaced. Go on?',
  });
  if (!isYes) terminal.note({ ru: 'Ничего не изменено', en: 'Nothing was changed' });
  return isYes;
}

interface DraftKey extends AsyncDisposable {
  keep(): Promise<void>;
}

/** Writes the key of the backup beside its place, and moves it there when the rows are in; a key that was there stays beside it. */
async function draftSecretKey({ context, secretKey }: Session, key: Buffer): Promise<DraftKey> {
  if (secretKey?.equals(key)) return { keep: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  const file = secretKeyFile(context.config.dataDir);
  const draft = `${file}.restored`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(draft, `${key.toString('hex')}\n`, { mode: 0o600, flush: true });
  return {
    async keep() {
      if (secretKey) await rename(file, `${file}.replaced-${Date.now()}`);
      await rename(draft, file);
    },
    [Symbol.asyncDispose]: () => rm(draft, { force: true }),
  };
}
