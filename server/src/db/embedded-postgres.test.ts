import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdDataDir, temporaryDataDir } from '../../test/harness/data-dir.ts';
import { createLogger } from '../logger.ts';
import { findPostmaster } from './embedded/postmaster.ts';
import { type EmbeddedPostgres, findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

let folder: Awaited<ReturnType<typeof temporaryDataDir>>;
let dataDir: string;

beforeEach(async () => {
  folder = await temporaryDataDir();
  dataDir = folder.dataDir;
});
afterEach(() => folder[Symbol.asyncDispose]());

test('what was committed is there after stop and start, on the same port', async () => {
  const first = await start();
  await query(first.connectionString, 'create table notes as select 1 as id');
  expect(await findEmbeddedPostgres(dataDir)).toBe(first.connectionString);
  await first.stop();
  await first.stop();
  expect(await findEmbeddedPostgres(dataDir)).toBeNull();

  await using second = await start();
  expect(second.adopted).toBe(false);
  expect(second.connectionString).toBe(first.connectionString);
  expect(await query(second.connectionString, 'select id from notes')).toEqual([{ id: 1 }]);
});

test('the database keeps every commit, knows Cyrillic and lives in UTC', async () => {
  await using postgres = await start(dataDir, {});
  const settings = `select 'ИВАНОВ' ilike 'иван%' as matches, lower('ЁЖ') as lower, current_setting('TimeZone') as zone,
    current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
    current_setting('server_encoding') as encoding, current_setting('is_superuser') as superuser`;
  expect(await query(postgres.connectionString, settings)).toEqual([
    { matches: true, lower: 'ёж', zone: 'UTC', fsync: 'on', commit: 'on', encoding: 'UTF8', superuser: 'off' },
  ]);
  const wrongPassword = postgres.connectionString.replace(/:[0-9a-f]+@/, ':wrong@');
  await expect(query(wrongPassword, 'select 1')).rejects.toThrow('password authentication failed');
});

test('the server that survived a killed process is adopted', async () => {
  const holder = await holdDataDir(dataDir, 'postgres');
  await query(holder.connectionString, 'create table notes as select 1 as id');
  await holder.kill();

  await using postgres = await start();
  expect(postgres.adopted).toBe(true);
  expect(await query(postgres.connectionString, 'select id from notes')).toEqual([{ id: 1 }]);
});

test('a survivor that does not answer to our password is stopped', async () => {
  const holder = await holdDataDir(dataDir, 'postgres');
  await holder.kill();
  const stateFile = path.join(dataDir, 'postgres.json');
  const state = JSON.parse(await readFile(stateFile, 'utf8'));
  await writeFile(stateFile, JSON.stringify({ ...state, adminPassword: 'other' }));

  await expect(start()).rejects.toThrow('password authentication failed');
  expect(await findPostmaster(state.clusterDir)).toBeNull();

  await writeFile(stateFile, JSON.stringify(state));
  await using postgres = await start();
  expect(await query(postgres.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('killed with its server, it starts again although the pid now belongs to something else', async () => {
  const holder = await holdDataDir(dataDir, 'postgres');
  await query(holder.connectionString, 'create table notes as select 1 as id');
  const { clusterDir } = JSON.parse(await readFile(path.join(dataDir, 'postgres.json'), 'utf8'));
  await holder.kill();
  process.kill((await findPostmaster(clusterDir))?.pid ?? 0, 'SIGKILL');
  const other = spawn('sleep', ['60']);
  const pidFile = path.join(clusterDir, 'postmaster.pid');
  await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(other.pid)));

  await using postgres = await start();
  other.kill();
  expect(postgres.adopted).toBe(false);
  expect(await query(postgres.connectionString, 'select id from notes')).toEqual([{ id: 1 }]);
});

test('a server that dies while Otklik lives is started again on its port', async () => {
  await using postgres = await start();
  process.kill((await findPostmaster(postgres.clusterDir))?.pid ?? 0, 'SIGKILL');
  await expect
    .poll(() => query(postgres.connectionString, 'select 1 as one'), { timeout: 15_000 })
    .toEqual([{ one: 1 }]);
});

test('initdb that was killed halfway is begun anew', async () => {
  await (await start()).stop();
  const { clusterDir, ...state } = JSON.parse(await readFile(path.join(dataDir, 'postgres.json'), 'utf8'));
  await rename(clusterDir, `${clusterDir}.new`);
  await rm(path.join(`${clusterDir}.new`, 'PG_VERSION'));
  await writeFile(path.join(dataDir, 'postgres.json'), JSON.stringify({ ...state, clusterDir, initialized: false }));

  await using postgres = await start();
  expect(await query(postgres.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a data folder may move, with the database inside', async () => {
  await using outer = await temporaryDataDir();
  const before = path.join(outer.dataDir, 'before');
  await mkdir(before, { mode: 0o711 });
  await chmod(outer.dataDir, 0o711);
  await (await start(before)).stop();
  await rename(before, path.join(outer.dataDir, 'after'));

  await using postgres = await start(path.join(outer.dataDir, 'after'));
  expect(postgres.clusterDir).toBe(path.join(outer.dataDir, 'after', 'postgres'));
});

test('a cluster of another PostgreSQL, a lost one and a foreign setting are refused in words', async () => {
  await (await start()).stop();
  const { clusterDir } = JSON.parse(await readFile(path.join(dataDir, 'postgres.json'), 'utf8'));
  const versionFile = path.join(clusterDir, 'PG_VERSION');
  await writeFile(versionFile, '17\n');
  await expect(start()).rejects.toThrow('was made by PostgreSQL 17, this Otklik brings PostgreSQL 18');
  await writeFile(versionFile, '18\n');

  await writeFile(path.join(clusterDir, 'postgresql.auto.conf'), "shared_buffers = 'plenty'\n");
  await expect(start()).rejects.toThrow(/did not start.*invalid value for parameter "shared_buffers"/s);

  await rename(clusterDir, `${clusterDir}-elsewhere`);
  await expect(start()).rejects.toThrow(`The database folder ${clusterDir} is gone`);
  await rename(`${clusterDir}-elsewhere`, clusterDir);

  await rm(path.join(dataDir, 'postgres.json'));
  await expect(start()).rejects.toThrow('with its password is missing');
});

function start(where = dataDir, settings: Record<string, string> = { fsync: 'off' }): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir: where, logger: createLogger('silent'), settings });
}

async function query(connectionString: string | null, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: connectionString ?? '' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
