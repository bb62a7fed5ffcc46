import type { Context } from '../../context.ts';
import { listMigrations } from '../../db/migrate.ts';
import { readMigrationNumbers } from '../session.ts';
import { type Finding, fine, problem, warning } from './finding.ts';

const OLDEST_SERVER = 150_000;
const CLOCK_WARNING_SECONDS = 5;

/** The server, its encoding, the schema and the clock. */
export async function checkDatabase(context: Context): Promise<Finding[]> {
  const { rows } = await context.pool.query<{ number: number; version: string; encoding: string; recovery: boolean }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
       current_setting('server_encoding') as encoding, pg_is_in_recovery() as recovery`,
  );
  const server = rows[0] ?? { number: 0, version: '?', encoding: '?', recovery: false };
  return [
    checkServer(server),
    server.encoding === 'UTF8'
      ? fine('Кодировка базы: UTF8', 'Encoding of the database: UTF8')
      : problem(
          `Кодировка базы ${server.encoding}: создайте базу с encoding 'UTF8' и восстановите в неё копию`,
          `The encoding of the database is ${server.encoding}: create one with encoding 'UTF8' and restore a backup into it`,
        ),
    await checkMigrations(context),
    await checkClock(context),
  ];
}

function checkServer(server: { number: number; version: string; recovery: boolean }): Finding {
  if (server.number < OLDEST_SERVER) {
    return problem(
      `PostgreSQL ${server.version}: нужен 15 или новее, обновите его`,
      `PostgreSQL ${server.version}: 15 or newer is needed, update it`,
    );
  }
  if (server.recovery) {
    return problem(
      'База данных только для чтения (реплика): укажите в DATABASE_URL основной сервер',
      'The database is read-only (a replica): set DATABASE_URL to the primary server',
    );
  }
  return fine(`База данных: PostgreSQL ${server.version}`, `Database: PostgreSQL ${server.version}`);
}

async function checkMigrations(context: Context): Promise<Finding> {
  const applied = (await readMigrationNumbers(context)) ?? [];
  const known = await listMigrations();
  const newest = known.at(-1)?.number ?? 0;
  const missing = known.filter((migration) => !applied.includes(migration.number));
  if ((applied.at(-1) ?? 0) > newest) {
    return problem(
      `База данных от более новой версии (миграция ${applied.at(-1)}): обновите Отклик`,
      `The database is of a newer version (migration ${applied.at(-1)}): update Otklik`,
    );
  }
  if (missing.length === 0) return fine(`Миграции: все ${known.length}`, `Migrations: all ${known.length}`);
  return problem(
    `Не применено миграций: ${missing.length}. Запустите команду migrate или сам Отклик`,
    `${missing.length} migrations are missing: run the command migrate, or start Otklik`,
  );
}

async function checkClock({ pool }: Context): Promise<Finding> {
  const before = Date.now();
  const { rows } = await pool.query<{ now: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
  );
  const middle = (before + Date.now()) / 2;
  const seconds = Math.abs((rows[0]?.now ?? middle) - middle) / 1000;
  const shown = seconds.toFixed(1);
  if (seconds < CLOCK_WARNING_SECONDS) {
    return fine(`Часы расходятся с базой на ${shown} с`, `The clock differs from the database's by ${shown} s`);
  }
  return warning(
    `Часы расходятся с базой на ${shown} с: включите NTP на обеих машинах`,
    `The clock differs from the database's by ${shown} s: turn NTP on at both machines`,
  );
}
