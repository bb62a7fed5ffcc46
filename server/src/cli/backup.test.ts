import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAsProcess, runInProcess } from '../../test/harness/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import { createRig, type Rig } from '../../test/harness/rig.ts';
import { startAnswering } from '../answering.ts';
import { migrateIn } from '../db/migrate.ts';
import { createPool } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { CHUNK_BYTES, readFileBytes, writeChunk } from '../files/file-bytes.ts';
import { beginFile, finishFile } from '../files/file-store.ts';
import { newId } from '../lib/id.ts';
import { openLine } from '../lines/open-line.ts';
import { writeArchive } from './archive/write-archive.ts';

const KEY = Buffer.alloc(32, 7);

let rig: Rig;
let target: TestDatabase;
/** Not by the name of a running Otklik. */
let copy: pg.Pool;
let folder: string;
let file: string;
let from: Record<string, string>;
let to: Record<string, string>;

beforeEach(async () => {
  rig = await createRig({ worker: false });
  target = await createTestDatabase();
  copy = createPool({ connectionString: target.url, applicationName: 'test' });
  folder = await mkdtemp(path.join(os.tmpdir(), 'otklik-backup-'));
  file = path.join(folder, 'backup.tar.gz');
  from = {
    DATABASE_URL: rig.context.config.databaseUrl ?? '',
    OTKLIK_DATA_DIR: path.join(folder, 'from'),
    OTKLIK_SECRET_KEY: KEY.toString('hex'),
    OTKLIK_LANG: 'ru',
  };
  to = { DATABASE_URL: target.url, OTKLIK_DATA_DIR: path.join(folder, 'to'), OTKLIK_LANG: 'ru' };
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  await copy.end();
  await target.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Two pieces of bytes that no text could hold. */
async function addFile(bytes: Buffer): Promise<string> {
  const { pool } = rig.context;
  const id = await beginFile(pool, rig.workspace.id, 'прайс.pdf');
  for (let at = 0; at * CHUNK_BYTES < bytes.length; at += 1) {
    const piece = bytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES);
    await writeChunk(pool, { workspaceId: rig.workspace.id, id }, at, piece);
  }
  await finishFile(pool, rig.workspace.id, id, { mime: 'application/pdf', size: bytes.length });
  return id;
}

async function addSmsRobot(delaySeconds = 0): Promise<string> {
  const lineId = await rig.addLine('simulator', 'sms');
  await rig.setRobots(0, [
    { ref: 'sms', kind: 'sms.message', delaySeconds, settings: { lineId, phone: { pick: 'first' }, text: 'Привет' } },
  ]);
  return lineId;
}

test('a restored copy has every row, opens its secrets, serves its files and passes doctor', async () => {
  const { pool } = rig.context;
  const bytes = randomBytes(CHUNK_BYTES + 12_345);
  const fileId = await addFile(bytes);
  const lineId = await rig.addLine('smpp', 'sms', { host: '127.0.0.1', port: 1, systemId: 'a', password: 'sesame' });
  await addSmsRobot(3600);
  const leadId = await rig.addLead({ name: 'Анна\t"Ёж"\\N\n' });
  await pool.query(
    `insert into simulator_messages (workspace_id, line_id, message_id, provider_id, medium, phone, kind)
     values ($1, $2, 'm', 'p', 'sms', '+79', 'text')`,
    [rig.workspace.id, lineId],
  );

  const backup = await runAsProcess(['backup', file], from);
  expect(backup).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('секретный ключ') });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['backup.tar.gz']);

  const restored = await runAsProcess(['restore', file], to);
  expect(restored).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('цепочки роботов: 1;') });
  expect(await readFile(path.join(folder, 'to', 'secret.key'), 'utf8')).toBe(`${KEY.toString('hex')}\n`);

  expect((await openLine({ ...rig.context, pool: copy }, rig.workspace.id, lineId))?.config).toMatchObject({
    password: 'sesame',
  });
  expect((await readFileBytes(copy, rig.workspace.id, fileId))?.bytes.equals(bytes)).toBe(true);
  const lead = 'select * from leads where id = $1';
  expect((await copy.query(lead, [leadId])).rows).toEqual((await pool.query(lead, [leadId])).rows);
  const next = await copy.query(
    `insert into simulator_messages (workspace_id, line_id, message_id, provider_id, medium, phone, kind)
     values ($1, $2, 'm', 'p', 'sms', '+79', 'text') returning id`,
    [rig.workspace.id, lineId],
  );
  expect(next.rows).toEqual([{ id: 2 }]);
  const doctor = await runInProcess(['doctor'], to);
  expect(doctor).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Секретный ключ открывает пароли линий: 1'),
  });
});

test('what was under way when the backup was made goes on in the copy, and nothing is sent blindly', async () => {
  const { pool } = rig.context;
  const lineId = await addSmsRobot();
  const [due, claimed, sending] = [
    await rig.addLead(),
    await rig.addLead({ phone: '+79001234568' }),
    await rig.addLead({ phone: '+79001234569' }),
  ];
  const workerId = newId('wrk');
  await pool.query(`update chains set status = 'running', worker_id = $1, epoch = 3 where lead_id = any ($2)`, [
    workerId,
    [claimed, sending],
  ]);
  await pool.query(
    `insert into steps (workspace_id, chain_id, position, run_id, ref, kind, status, started_at)
     select workspace_id, id, 0, run_id, 'sms', 'sms.message', 'acting', now() from chains where lead_id = $1`,
    [sending],
  );
  await pool.query(
    `insert into messages (workspace_id, id, lead_id, line_id, chain_id, step_position, medium, kind, phone, text, status, attempt, worker_id, sending_at)
     select workspace_id, $2, lead_id, $3, id, 0, 'sms', 'text', '+79001234569', 'Привет', 'sending', 1, $4, now()
     from chains where lead_id = $1`,
    [sending, newId('msg'), lineId, workerId],
  );
  await pool.query(
    `insert into messages (workspace_id, id, lead_id, line_id, medium, kind, phone, text, status) values ($1, $2, $3, $4, 'sms', 'text', '+79001234567', 'от руки', 'queued')`,
    [rig.workspace.id, newId('msg'), due, lineId],
  );
  expect((await runInProcess(['backup', file], from)).exitCode).toBe(0);
  expect((await runInProcess(['restore', file], to)).stdout).toContain(
    'цепочки роботов: 3; сообщений с неизвестным исходом: 1',
  );

  const worker = await startAnswering({ ...rig.context, pool: copy }, target.url);
  try {
    const texts = async () =>
      (await copy.query(`select text, phone from simulator_messages order by phone, text`)).rows;
    for (let wait = 0; wait < 200 && (await texts()).length < 3; wait += 1) await setTimeout(50);
    expect(await texts()).toEqual([
      { text: 'Привет', phone: '+79001234567' },
      { text: 'от руки', phone: '+79001234567' },
      { text: 'Привет', phone: '+79001234568' },
    ]);
    const { rows } = await copy.query(`select status, worker_id from messages where lead_id = $1`, [sending]);
    expect(rows).toEqual([{ status: 'uncertain', worker_id: null }]);
  } finally {
    await worker.stop();
  }
});

test('a damaged archive restores nothing, wherever the damage is', async () => {
  await addFile(randomBytes(300_000));
  await rig.addLead();
  expect((await runInProcess(['backup', file], from)).exitCode).toBe(0);
  const whole = await readFile(file);
  const tar = gunzipSync(whole);
  const withoutKey = Buffer.from(tar);
  withoutKey.write('x', tar.indexOf('secret.key'));
  const otherRow = Buffer.from(tar);
  otherRow.write('leads_x', tar.lastIndexOf('lead_'));
  const fewerRows = Buffer.from(tar.toString('latin1').replace(/("name": "leads",[^}]*"rows": )1/, '$12'), 'latin1');
  const flipped = Buffer.from(whole);
  flipped.writeUInt8(flipped.readUInt8(whole.length - 9_000) ^ 0xff, whole.length - 9_000);
  const damages: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['cut off in the head', whole.subarray(0, 500)],
    ['cut off in a table', whole.subarray(0, whole.length - 20_000)],
    ['cut off in its last bytes', whole.subarray(0, whole.length - 4)],
    ['a flipped byte', flipped],
    ['no key', gzipSync(withoutKey)],
    ['a row that points at nothing', gzipSync(otherRow)],
    ['another count of rows', gzipSync(fewerRows)],
    ['not packed', tar],
  ];
  await copy.query(`insert into workspaces (id, name, slug) values ('ws_kept', 'Прежняя', 'kept')`);
  for (const [name, bytes] of damages) {
    const damaged = path.join(folder, 'damaged.tar.gz');
    await writeFile(damaged, bytes);
    const result = await runInProcess(['restore', damaged, '--force', '--yes'], to);
    expect(result, name).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('ничего не восстановлено'),
    });
    const { rows } = await copy.query('select id, (select count(*) from leads) as leads from workspaces');
    expect(rows, name).toEqual([{ id: 'ws_kept', leads: 0 }]);
    expect(await readdir(path.join(folder, 'to')).catch(() => []), name).toEqual([]);
  }
});

test('restore replaces data only when told so twice, and never beside a running Otklik', async () => {
  await rig.addLead();
  expect((await runInProcess(['backup', file], from)).exitCode).toBe(0);
  expect((await runInProcess(['backup', file], from)).stderr).toContain('--force');
  expect((await runInProcess(['restore', file], to)).exitCode).toBe(0);
  await copy.query('delete from leads');

  expect(await runInProcess(['restore', file], to)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('--force'),
  });
  expect(await runInProcess(['restore', file, '--force'], to)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--yes'),
  });
  const worker = await startAnswering({ ...rig.context, pool: copy }, target.url);
  const refused = await runInProcess(['restore', file, '--force', '--yes'], to);
  await worker.stop();
  expect(refused.stderr).toContain('На этой базе данных работает Отклик');
  expect((await copy.query('select 1 from leads')).rows).toEqual([]);

  expect(await runInProcess(['restore', file, '--force', '--yes'], to)).toMatchObject({ exitCode: 0 });
});

test('restore keeps out of the way of another key and of tables of somebody else', async () => {
  expect((await runInProcess(['backup', file], from)).exitCode).toBe(0);
  const otherKey = { ...to, OTKLIK_SECRET_KEY: '11'.repeat(32) };
  expect((await runInProcess(['restore', file], otherKey)).stderr).toContain('OTKLIK_SECRET_KEY');
  await copy.query('create table guests (id integer)');
  expect((await runInProcess(['restore', file, '--force', '--yes'], to)).stderr).toContain('(guests)');
});

test('a backup without the key of its database is refused', async () => {
  await rig.addLine('smpp', 'sms', { host: '127.0.0.1', port: 1, systemId: 'a', password: 'b' });
  const { OTKLIK_SECRET_KEY: _key, ...without } = from;
  expect(await runInProcess(['backup', file], without)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('OTKLIK_SECRET_KEY'),
  });
  const other = { ...from, OTKLIK_SECRET_KEY: '11'.repeat(32) };
  expect((await runInProcess(['backup', file], other)).stderr).toContain('«smpp sms»');
  await rig.context.pool.query('update lines set secrets = null');
  await rig.context.pool.query(`insert into installation (key_fingerprint) values ('of another key')`);
  expect((await runInProcess(['backup', file], from)).stderr).toContain('не от этой базы данных');
  expect((await runInProcess(['doctor'], from)).stdout).toContain('problem  Секретный ключ не тот');
  expect(await readdir(folder)).toEqual([]);
});

test('a backup of an older version is migrated, one of a newer version is refused', async () => {
  await using older = await createTestDatabase();
  await inTransaction(older.pool, async (tx) => {
    const { rows } = await tx.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name } of rows) await tx.query(`drop table "${name}" cascade`);
    await migrateIn(tx, 4);
    await tx.query(`insert into workspaces (id, name, slug) values ('ws_old', 'Старая', 'old')`);
  });
  const client = await older.pool.connect();
  await writeArchive(client, KEY, file);
  client.release();
  expect(await runInProcess(['restore', file], to)).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await copy.query('select name from workspaces')).rows).toEqual([{ name: 'Старая' }]);
  expect((await runInProcess(['migrate'], to)).stderr).toContain('уже обновлена');

  const tar = gunzipSync(await readFile(file))
    .toString('latin1')
    .replace('"migration": 4,', '"migration":99,');
  await writeFile(file, gzipSync(Buffer.from(tar, 'latin1')));
  const newer = await runInProcess(['restore', file, '--force', '--yes'], to);
  expect(newer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('более новой версией') });
});
