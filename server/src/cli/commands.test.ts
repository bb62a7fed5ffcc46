import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAsProcess, runInProcess } from '../../test/harness/command-line.ts';
import { holdDataDir, temporaryDataDir } from '../../test/harness/data-dir.ts';
import { createTestDatabase } from '../../test/harness/database.ts';
import { createRig, type Rig } from '../../test/harness/rig.ts';
import { createAuth } from '../accounts/auth.ts';
import { createAuthenticator } from '../accounts/authenticate.ts';
import { addMember } from '../accounts/members.ts';
import { createUser } from '../accounts/users.ts';
import { inTransaction } from '../db/transaction.ts';
import { createField } from '../leads/fields.ts';
import { readLead } from '../leads/lead-store.ts';
import type { LeadId } from '../lib/id.ts';

let rig: Rig;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  rig = await createRig({ worker: false });
  folder = await mkdtemp(path.join(os.tmpdir(), 'otklik-cli-'));
  env = {
    DATABASE_URL: rig.context.config.databaseUrl ?? '',
    OTKLIK_DATA_DIR: path.join(folder, 'data'),
    OTKLIK_SECRET_KEY: rig.context.config.secretKey?.toString('hex') ?? '',
    OTKLIK_LANG: 'ru',
  };
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: string[], stdin?: string) => runInProcess(args, env, stdin);

test('api-key create prints only the key, which works at once; list shows it and revoke ends it', async () => {
  const created = await runAsProcess(['api-key', 'create', '--name', 'сайт', '--role', 'manager'], env);
  expect(created).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^otk_[\w-]{40}\n$/) });

  const { pool, logger } = rig.context;
  const auth = createAuth({ pool, logger, secretKey: Buffer.alloc(32, 7), publicUrl: null });
  const byKey = () => createAuthenticator({ pool, auth }).byApiKey(created.stdout.trim());
  expect(await byKey()).toMatchObject({ workspaceId: rig.workspace.id, role: 'manager' });

  const listed = await run(['api-key', 'list']);
  expect(listed.stdout).toMatch(/^key_\w+\totk_....…\tmanager\t\d{4}-\d\d-\d\d\tсайт\n$/);
  const id = listed.stdout.split('\t')[0] as string;
  expect(await run(['api-key', 'revoke', id])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(await byKey()).toBeNull();
  expect(await run(['api-key', 'revoke', id])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(id) });
});

test('lead add reads numbers as the workspace writes them and starts the robots of the stage', async () => {
  await inTransaction(rig.context.pool, (tx) =>
    createField(tx, rig.workspace.id, { code: 'budget', name: 'Бюджет', type: 'number', options: [], onCard: false }),
  );
  const args = ['--phone', '8 (900) 111-22-33', '--phone', '+7 495 123-45-67', '--name', 'Анна', '--stage', 'в работе'];
  const added = await run(['lead', 'add', ...args, '--source', 'Сайт', '--field', 'budget=1 200,50']);
  expect(added).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^lead_[0-9a-f]{32}\n$/) });
  expect(await readLead(rig.context.pool, rig.workspace.id, added.stdout.trim() as LeadId)).toMatchObject({
    name: 'Анна',
    source: 'Сайт',
    stageId: rig.stages[1]?.id,
    phones: [{ value: '+79001112233' }, { value: '+74951234567' }],
    fields: { budget: 1200.5 },
  });
  const again = await run(['lead', 'add', '--phone', '89001112233']);
  expect(again.stdout).toBe(added.stdout);
  expect(again.stderr).toContain('обновлён прежний лид');
});

test('lead import reports every rejected row and why, and sends nothing unless asked to', async () => {
  const file = path.join(folder, 'leads.csv');
  await writeFile(file, 'Имя;Телефон;Цвет\nИван;8 900 000-00-01;x\nПётр;12345;x\nОлег;89000000002;x\nОлег;нет;x\n');
  const preview = await run(['lead', 'import', file, '--preview']);
  expect(preview.stdout).toContain('Создано: 2, обновлено: 0, пропущено: 0, отклонено: 2');
  expect(preview.stdout).toContain('ничего не загружено');

  const imported = await run(['lead', 'import', file]);
  expect(imported).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: [
      'Строка 3, Телефон «12345»: В номере не хватает цифр',
      'Строка 5, Телефон «нет»: Это не номер телефона: нужны цифры, например +7 900 123-45-67',
      'Столбцы, из которых ничего не взято: Цвет',
      'Создано: 2, обновлено: 0, пропущено: 0, отклонено: 2',
      '',
    ].join('\n'),
  });
  expect((await run(['lead', 'import', file])).stdout).toContain('Создано: 0, обновлено: 0, пропущено: 2');
  const { rows } = await rig.context.pool.query(`select count(*) from runs`);
  expect(rows).toEqual([{ count: 0 }]);
});

test('lead import with robots says how many messages would leave and wants a yes', async () => {
  const lineId = await rig.addLine('simulator', 'sms');
  await rig.setRobots(2, [
    { ref: 'sms', kind: 'sms.message', settings: { lineId, phone: { pick: 'first' }, text: 'Здравствуйте' } },
  ]);
  const file = path.join(folder, 'robots.csv');
  await writeFile(file, 'phone\n89000000011\n89000000012\n');
  const args = ['lead', 'import', file, '--stage', 'Обработан', '--start-robots'];
  expect(await run(args)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/до 2\..*--yes/) });
  expect(await run([...args, '--yes'])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Создано: 2') });
  const { rows } = await rig.context.pool.query(`select count(*) from runs where stage_id = $1`, [rig.stages[2]?.id]);
  expect(rows).toEqual([{ count: 2 }]);
});

test('robots leave as YAML and come back byte for byte; what is wrong is told with its path', async () => {
  const exported = await run(['robots', 'export', '--stage', 'Обработан']);
  expect(exported.stdout).toContain('line: simulator sms');
  const imported = await runAsProcess(['robots', 'import', '--stage', 'Качественный'], env, exported.stdout);
  expect(imported).toEqual({ exitCode: 0, stderr: '', stdout: 'Стадия «Качественный»: роботов 1, версия 1\n' });
  const file = path.join(folder, 'robots.yaml');
  await writeFile(file, (await run(['robots', 'export', '--stage', 'Качественный'])).stdout);
  expect(await readFile(file, 'utf8')).toBe(exported.stdout);

  await writeFile(file, exported.stdout.replace('simulator sms', 'нет такой'));
  const refused = await run(['robots', 'import', '--stage', 'Качественный', file]);
  expect(refused).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'robots[0].settings.line: Нет линии с именем «нет такой»\n',
  });
  await writeFile(file, exported.stdout.replace('sms.message', 'sms.massage'));
  expect((await run(['robots', 'import', '--stage', 'Качественный', file])).stderr).toMatch(/^robots\[0\]\.kind: /);
});

test('a link lets the first owner in, and later a user choose a new password', async () => {
  expect((await run(['user', 'reset-link'])).stdout).toMatch(/^http:\/\/localhost:4000\/sign-in\?token=[\w-]{43}\n$/);
  await inTransaction(rig.context.pool, async (tx) => {
    const user = await createUser(tx, { name: 'Анна', email: 'anna@example.com', passwordHash: 'x' });
    await addMember(tx, { workspaceId: rig.workspace.id, userId: user?.id ?? '', role: 'owner' });
  });
  expect((await run(['user', 'list'])).stdout).toBe('anna@example.com\tАнна\towner\tРомашка\n');
  const { stdout } = await runInProcess(['user', 'reset-link', 'Anna@example.com'], {
    ...env,
    OTKLIK_PUBLIC_URL: 'https://crm.example.com/',
  });
  expect(stdout).toMatch(/^https:\/\/crm\.example\.com\/sign-in\?token=[\w-]{43}\n$/);
  const { rows } = await rig.context.pool.query('select purpose from sign_in_links order by created_at');
  expect(rows).toEqual([{ purpose: 'first-start' }, { purpose: 'reset' }]);
  expect(await run(['user', 'reset-link'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('e-mail') });
  expect((await run(['user', 'reset-link', 'no@example.com'])).stderr).toContain('no@example.com');
});

test('doctor tells what is wrong and ends with 1 only on a problem', async () => {
  const healthy = await run(['doctor']);
  expect(healthy.exitCode).toBe(0);
  expect(healthy.stdout).toMatch(/^ok {7}База данных: PostgreSQL \d/);
  expect(healthy.stdout).toContain('ok       Линия «simulator sms»: Линия работает.');
  expect(healthy.stdout).toMatch(/^warning {2}Отклик не запущен/m);

  await rig.addLine('smpp', 'sms', { host: '127.0.0.1', port: 1, systemId: 'a', password: 'b' });
  await rig.context.pool.query(`update chains set wake_at = now() - interval '1 hour'`);
  const other = await runInProcess(['doctor'], { ...env, OTKLIK_SECRET_KEY: '11'.repeat(32), OTKLIK_LANG: 'en' });
  expect(other.exitCode).toBe(1);
  expect(other.stdout).toMatch(/^problem {2}The secret key does not open the secrets of the lines «smpp sms»/m);
  expect(other.stdout).toMatch(/^problem {2}\d+ chains of robots are late/m);

  const away = await run(['doctor']).then(() =>
    runInProcess(['doctor'], { ...env, DATABASE_URL: 'postgres://a@127.0.0.1:1/b' }),
  );
  expect(away).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^problem {2}База данных не отвечает/) });
});

const NO_LEAD = 'select count(*) from leads where name = $1';

test.each([
  [['lead', 'add', '--phone', '12', '--name', 'плохой'], 1, '--phone 12: В номере не хватает цифр'],
  [['lead', 'add', '--phone', '89000000009', '--phone', 'abc', '--name', 'плохой'], 1, '--phone abc:'],
  [['lead', 'add', '--email', 'a@@b', '--name', 'плохой'], 1, '--email:'],
  [['lead', 'add', '--phone', '89000000009', '--name', 'плохой', '--field', 'nope=1'], 1, '--field nope:'],
  [
    ['lead', 'add', '--phone', '89000000009', '--name', 'плохой', '--field', 'budget=x'],
    1,
    '--field budget: Нужно число',
  ],
  [['lead', 'add', '--phone', '89000000009', '--name', 'плохой', '--field', 'budget'], 2, '--field'],
  [
    ['lead', 'add', '--phone', '89000000009', '--name', 'плохой', '--stage', 'Нет'],
    1,
    '--stage: стадии «Нет» нет; есть: «Не обработан»',
  ],
  [['lead', 'add', '--phone', '89000000009', '--title', 'x'.repeat(301)], 1, '--title:'],
  [['lead', 'add', '--name', 'плохой'], 2, '--phone'],
  [['lead', 'add', '--phone'], 2, '--phone'],
  [['lead', 'add', '--phne', '1'], 2, '--phne (может быть, --phone)'],
  [['lead', 'import'], 2, 'file'],
  [['lead', 'import', '/nowhere/a.csv'], 1, '/nowhere/a.csv: такого файла или папки нет'],
  [['lead', 'import', '/'], 1, 'это папка'],
  [['lead', 'import', 'x.csv', '--duplicates', 'maybe'], 2, '--duplicates'],
  [['api-key', 'create'], 2, '--name'],
  [['api-key', 'create', '--name', '  '], 2, '--name'],
  [['api-key', 'create', '--name', 'x', '--role', 'king'], 2, 'Значение «king» не подходит: --role'],
  [['api-key', 'create', '--name', 'x', '--workspace', 'ws_other'], 1, '--workspace: компании ws_other нет'],
  [['api-key', 'revoke'], 2, 'id'],
  [['api-key', 'revoke', 'a', 'b'], 2, 'revoke: нужно 1, дано 2'],
  [['robots', 'export'], 2, '--stage'],
  [['robots', 'export', '--stage', 'Нет'], 1, '--stage'],
  [['robots', 'import', '--stage', 'Обработан', '/nowhere/r.yaml'], 1, '/nowhere/r.yaml'],
  [['robots', 'import', '--stage', 'Обработан'], 1, 'robots'],
  [['backup'], 2, 'file'],
  [['backup', '/nowhere/b.tar.gz'], 1, '/nowhere'],
  [['backup', '/etc/passwd'], 1, '/etc/passwd уже есть'],
  [['restore'], 2, 'file'],
  [['restore', '/nowhere/b.tar.gz'], 1, '/nowhere/b.tar.gz'],
  [['restore', '/etc/passwd'], 1, '/etc/passwd: это не резервная копия'],
  [['nonsense'], 2, 'nonsense'],
])('otklik %j is refused with one sentence', async (args, exitCode, said) => {
  const result = await run(args);
  expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(said) });
  expect(result.stderr).not.toContain('    at ');
  expect((await rig.context.pool.query(NO_LEAD, ['плохой'])).rows).toEqual([{ count: 0 }]);
});

test('a wrong setting and a command without a name are explained', async () => {
  expect(await runInProcess(['user', 'list'], { ...env, PORT: 'x' })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('PORT is "x"'),
  });
  expect(await run([])).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('Как вызывать') });
  expect(await runAsProcess(['--help'], { LANG: 'en_US.UTF-8' })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Usage: otklik'),
  });
});

test('without a server a command starts the database for its time, beside one it uses the running one', {
  timeout: 90_000,
}, async () => {
  await using data = await temporaryDataDir();
  const own = { OTKLIK_DATA_DIR: data.dataDir, OTKLIK_LANG: 'ru' };
  await using holder = await holdDataDir(data.dataDir, 'postgres');
  const migrated = await runInProcess(['migrate'], own);
  expect(migrated.stdout).toMatch(/^000001-workspaces\.sql\n000002-/);
  await holder.kill();

  const [first, second] = await Promise.all([runInProcess(['migrate'], own), runAsProcess(['user', 'list'], own)]);
  expect(first).toEqual({ exitCode: 0, stdout: '', stderr: 'База данных уже обновлена\n' });
  expect(second).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  await expect(readFile(path.join(data.dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');
});

test('a database without a schema or a workspace is not taken for an installation', async () => {
  await using empty = await createTestDatabase();
  const own = { ...env, DATABASE_URL: empty.url };
  expect(await runInProcess(['lead', 'add', '--phone', '89000000001'], own)).toMatchObject({
    exitCode: 1,
    stderr: 'База данных пуста: запустите Отклик один раз (npm start)\n',
  });
  await empty.pool.query('delete from migrations where number = (select max(number) from migrations)');
  expect((await runInProcess(['user', 'list'], own)).stderr).toContain('запустите команду migrate');
  await empty.pool.query(`insert into migrations (number, name) values (999999, 'x')`);
  expect((await runInProcess(['user', 'list'], own)).stderr).toContain('обновите Отклик');
});
