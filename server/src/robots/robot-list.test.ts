import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildRobot } from '../../test/build-robot.ts';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { createField } from '../leads/fields.ts';
import { newId, type WorkspaceId } from '../lib/id.ts';
import { readRobots } from './robot-list.ts';
import { saveRobots } from './save-robots.ts';
import { filesNamedBy, readWorkspaceView } from './workspace-view.ts';

let database: TestDatabase;
const workspaceId: WorkspaceId = 'ws_robots';
const stageId = newId('stage');
const lineId = newId('line');
const fileId = newId('file');

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await pool.query(`insert into workspaces (id, name, slug) values ($1, 'Компания', 'robots')`, [workspaceId]);
  await pool.query(`insert into stages (workspace_id, id, name, position) values ($1, $2, 'Не обработан', 0)`, [
    workspaceId,
    stageId,
  ]);
  await pool.query(
    `insert into lines (workspace_id, id, channel, medium, name, hook_token, deleted_at)
     values ($1, $2, 'simulator', 'whatsapp', 'WhatsApp', 'a', null), ($1, $3, 'simulator', 'sms', 'Удалена', 'b', now())`,
    [workspaceId, lineId, newId('line')],
  );
  await pool.query(
    `insert into files (workspace_id, id, token, name, mime, status)
     values ($1, $2, 't1', 'price.pdf', 'application/pdf', 'ready'), ($1, $3, 't2', 'price.pdf', 'application/pdf', 'ready'),
       ($1, $4, 't3', 'half.pdf', 'application/pdf', 'uploading')`,
    [workspaceId, fileId, newId('file'), newId('file')],
  );
  await inTransaction(pool, (tx) =>
    createField(tx, workspaceId, { code: 'sum', name: 'Сумма', type: 'number', options: [], onCard: false }),
  );
});
afterAll(() => database.drop());

function save(robots: unknown, expectedVersion: number, stage: string = stageId) {
  return inTransaction(database.pool, (tx) =>
    saveRobots(tx, { workspaceId, stageId: stage, expectedVersion, robots, userId: null, publicUrl: false }),
  );
}

const settings = { phone: { pick: 'first' }, lineId, timeoutSeconds: 600 };
const first = [buildRobot({ settings })];
const second = [
  buildRobot({ settings, delaySeconds: 60, condition: { all: [{ value: 'field.sum', op: 'greater', to: 5 }] } }),
];

test('each save is a version of its own; whoever edits an older one is told', async () => {
  expect(await readRobots(database.pool, workspaceId, stageId)).toEqual({ version: 0, robots: [] });
  expect(await save(first, 0)).toEqual({ ok: true, value: { version: 1, robots: first, warnings: [] } });
  expect(await save(second, 0)).toEqual({ ok: false, error: { reason: 'conflict', currentVersion: 1 } });
  expect(await save(second, 1)).toMatchObject({ ok: true, value: { version: 2 } });

  expect(await readRobots(database.pool, workspaceId, stageId)).toEqual({ version: 2, robots: second });
  expect(await readRobots(database.pool, workspaceId, stageId, 1)).toEqual({ version: 1, robots: first });
  expect(await readRobots(database.pool, workspaceId, stageId, 3)).toBeNull();
});

test('of two who save at once one is told of the other', async () => {
  const { version } = (await readRobots(database.pool, workspaceId, stageId))!;
  const outcomes = await Promise.all([save(first, version), save(second, version)]);
  expect(outcomes.filter((one) => one.ok)).toHaveLength(1);
  expect(outcomes.find((one) => !one.ok)).toEqual({
    ok: false,
    error: { reason: 'conflict', currentVersion: version + 1 },
  });
});

test('what is invalid is not stored', async () => {
  const before = await readRobots(database.pool, workspaceId, stageId);
  const refused = await save(
    [buildRobot({ kind: 'lead.move', settings: { stageId: newId('stage') } })],
    before!.version,
  );
  expect(refused).toMatchObject({ ok: false, error: { reason: 'invalid', problems: [{ code: 'unknown-stage' }] } });
  expect(await readRobots(database.pool, workspaceId, stageId)).toEqual(before);
});

test("another workspace's stage, line and file are not there", async () => {
  expect(await save([], 0, newId('stage'))).toEqual({ ok: false, error: { reason: 'no-stage' } });
  expect(await readRobots(database.pool, 'ws_other', stageId)).toBeNull();
  const other = await readWorkspaceView(database.pool, 'ws_other', {
    publicUrl: false,
    files: { ids: [fileId], names: [] },
  });
  expect([other.lines.size, other.stages.size, other.fields.size, other.files.size]).toEqual([0, 0, 0, 0]);
});

test('the view has the lines in use with what they can, and the files that robots name', async () => {
  const files = filesNamedBy([{ settings: { fileId } }, { settings: { file: 'half.pdf' } }, null, { settings: 5 }]);
  expect(files).toEqual({ ids: [fileId], names: ['half.pdf'] });
  const view = await readWorkspaceView(database.pool, workspaceId, { publicUrl: true, files });
  expect([...view.lines.keys()]).toEqual([lineId]);
  expect(view.lines.get(lineId)).toMatchObject({ name: 'WhatsApp', medium: 'whatsapp', check: true, file: true });
  expect([...view.files.values()]).toEqual([{ name: 'price.pdf' }, { name: 'price.pdf' }]);
  expect(view.fields.get('sum')).toEqual({ name: 'Сумма', type: 'number', options: [] });
  expect(view.publicUrl).toBe(true);
});
