import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../src/accounts/api-keys.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { createDefaultStages } from '../src/stages/stage-store.ts';
import { createTestApp, createTestWorkspace, type TestApp } from './harness/app.ts';
import { multipartBody } from './harness/multipart.ts';

let test: TestApp;
let headers: { authorization: string };
let stages: { id: string; name: string }[];

beforeAll(async () => {
  test = await createTestApp();
  const made = await createTestWorkspace(test.context);
  headers = made.headers;
  stages = await inTransaction(test.context.pool, (tx) => createDefaultStages(tx, made.workspace.id));
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';

async function call(
  method: Method,
  url: string,
  payload?: object | string | Buffer,
  more: Record<string, string> = {},
) {
  const answer = await test.app.inject({
    method,
    url: `/api/v1${url}`,
    headers: { ...headers, ...more },
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = String(answer.headers['content-type']).includes('json');
  return { status: answer.statusCode, headers: answer.headers, body: isJson ? answer.json() : answer.body };
}

let phoneNumber = 1_000_000;
function nextPhone(): string {
  phoneNumber += 1;
  return `+7900${phoneNumber}`;
}

describe('leads', () => {
  it('takes a lead in as people write it', async () => {
    const posted = await call('POST', '/leads', {
      name: 'Иван',
      phones: [{ value: '8 (900) 123-45-67', type: 'MOBILE' }],
    });
    expect(posted.status).toBe(201);
    expect(posted.body).toMatchObject({
      title: 'Иван',
      stageId: stages[0]?.id,
      outcome: 'created',
      phones: [{ value: '+79001234567', type: 'MOBILE' }],
    });
    const read = await call('GET', `/leads/${posted.body.id}`);
    expect(read.body).toMatchObject({ id: posted.body.id, name: 'Иван' });
  });

  it('reads numbers by the country of the workspace, a changed one at once', async () => {
    const post = async () => (await call('POST', '/leads', { phones: [{ value: '8701 123 45 67' }] })).body;
    await call('PATCH', '/workspace', { country: 'KZ' });
    expect((await post()).phones).toMatchObject([{ value: '+77011234567' }]);
    await call('PATCH', '/workspace', { country: 'US' });
    expect((await post()).errors).toMatchObject([{ path: 'phones[0].value' }]);
    await call('PATCH', '/workspace', { country: 'RU' });
  });

  it('updates the lead when the same phone comes again', async () => {
    const phone = nextPhone();
    const first = await call('POST', '/leads', { name: 'Анна', phones: [{ value: phone }] });
    const again = await call('POST', '/leads', { name: 'Анна П.', phones: [{ value: phone }] });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: first.body.id, name: 'Анна П.', outcome: 'updated' });
  });

  it('answers a repeated Idempotency-Key with the first answer', async () => {
    const key = { 'idempotency-key': 'one' };
    const body = { phones: [{ value: nextPhone() }] };
    const first = await call('POST', '/leads', body, key);
    const again = await call('POST', '/leads', body, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
  });

  it('finds leads by name, by digits and by stage, page by page', async () => {
    const phone = nextPhone();
    for (const name of ['Найда Первая', 'Найда Вторая', 'Найда Третья']) {
      await call('POST', '/leads', { name, phones: [{ value: name === 'Найда Первая' ? phone : nextPhone() }] });
    }
    const page = await call('GET', `/leads?q=${encodeURIComponent('найда')}&limit=2`);
    expect(page.body.items.map((lead: { name: string }) => lead.name)).toEqual(['Найда Третья', 'Найда Вторая']);
    const next = await call('GET', `/leads?q=${encodeURIComponent('найда')}&limit=2&cursor=${page.body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ name: 'Найда Первая' }], nextCursor: null });
    const byPhone = await call('GET', `/leads?q=${encodeURIComponent(phone.replace('+7', '8'))}`);
    expect(byPhone.body.items).toMatchObject([{ name: 'Найда Первая' }]);
    const elsewhere = await call('GET', `/leads?stageId=${stages[4]?.id}`);
    expect(elsewhere.body.items).toEqual([]);
  });

  it('changes only what differs and tells it on the timeline', async () => {
    const { body: lead } = await call('POST', '/leads', { name: 'Олег', phones: [{ value: nextPhone() }] });
    const same = await call('PATCH', `/leads/${lead.id}`, { name: 'Олег' });
    expect(same.body.updatedAt).toBe(lead.updatedAt);
    const changed = await call('PATCH', `/leads/${lead.id}`, { name: 'Олег Б.', stageId: stages[1]?.id });
    expect(changed.body).toMatchObject({ name: 'Олег Б.', stageId: stages[1]?.id });
    const timeline = await call('GET', `/leads/${lead.id}/timeline`);
    expect(timeline.body.items.map((entry: { kind: string }) => entry.kind)).toEqual([
      'lead.moved',
      'lead.updated',
      'lead.created',
    ]);
    expect(timeline.body.items[1].data.changes).toEqual([{ field: 'lead.name', from: 'Олег', to: 'Олег Б.' }]);
  });

  it('moves a lead once', async () => {
    const { body: lead } = await call('POST', '/leads', { phones: [{ value: nextPhone() }] });
    const moved = await call('POST', `/leads/${lead.id}/move`, { stageId: stages[2]?.id });
    const again = await call('POST', `/leads/${lead.id}/move`, { stageId: stages[2]?.id });
    expect([moved.body, again.body]).toEqual([{ outcome: 'moved' }, { outcome: 'already-there' }]);
    expect((await call('GET', `/leads/${lead.id}/runs`)).body).toEqual({ items: [], nextCursor: null });
  });

  it('deletes a lead with all that hangs on it', async () => {
    const phone = nextPhone();
    const { body: lead } = await call('POST', '/leads', { phones: [{ value: phone }] });
    expect((await call('DELETE', `/leads/${lead.id}`)).status).toBe(204);
    expect((await call('GET', `/leads/${lead.id}`)).status).toBe(404);
    expect((await call('POST', '/leads', { phones: [{ value: phone }] })).status).toBe(201);
  });
});

describe('fields', () => {
  it('makes a code from the Russian name and reads values as people write them', async () => {
    const field = await call('POST', '/fields', { name: 'Номер существует?' });
    expect(field).toMatchObject({ status: 201, body: { code: 'nomer_suschestvuet', type: 'string' } });
    await call('POST', '/fields', { name: 'Бюджет', code: 'budget', type: 'number' });
    await call('POST', '/fields', { name: 'Дата', code: 'day', type: 'date', onCard: true });
    await call('POST', '/fields', { name: 'Тариф', code: 'plan', type: 'list', options: ['Базовый', 'Полный'] });
    const lead = await call('POST', '/leads', {
      phones: [{ value: nextPhone() }],
      fields: { budget: '1 200,50', day: '31.12.2026', plan: 'полный' },
    });
    expect(lead.body.fields).toEqual({ budget: 1200.5, day: '2026-12-31', plan: 'Полный' });
    const emptied = await call('PATCH', `/leads/${lead.body.id}`, { fields: { budget: null } });
    expect(emptied.body.fields).toEqual({ day: '2026-12-31', plan: 'Полный' });
  });

  it('orders, renames and deletes fields', async () => {
    const { body } = await call('GET', '/fields');
    const ids = body.items.map((field: { id: string }) => field.id).reverse();
    expect((await call('PUT', '/fields/order', { ids })).body.items.map((field: { id: string }) => field.id)).toEqual(
      ids,
    );
    expect((await call('PATCH', `/fields/${ids[0]}`, { name: 'Пакет' })).body.name).toBe('Пакет');
    expect((await call('DELETE', `/fields/${ids[0]}`)).status).toBe(204);
    expect((await call('GET', '/fields')).body.items).toHaveLength(ids.length - 1);
  });
});

describe('stages', () => {
  it('are added, changed, ordered and deleted when empty', async () => {
    const made = await call('POST', '/stages', { name: 'Архив', color: '#ABCDEF' });
    expect(made).toMatchObject({ status: 201, body: { color: '#abcdef', meaning: 'in_progress' } });
    expect((await call('PATCH', `/stages/${made.body.id}`, { meaning: 'failure' })).body.meaning).toBe('failure');
    const ids = (await call('GET', '/stages')).body.items.map((stage: { id: string }) => stage.id);
    const order = [...ids.slice(0, 2), ids.at(-1), ...ids.slice(2, -1)];
    expect(
      (await call('PUT', '/stages/order', { ids: order })).body.items.map((stage: { id: string }) => stage.id),
    ).toEqual(order);
    await call('POST', '/leads', { phones: [{ value: nextPhone() }], stageId: made.body.id });
    expect((await call('DELETE', `/stages/${made.body.id}`)).status).toBe(409);
    const empty = await call('POST', '/stages', { name: 'Пустая' });
    expect((await call('DELETE', `/stages/${empty.body.id}`)).status).toBe(204);
  });
});

describe('robots', () => {
  it('are replaced by version, and what they name stays', async () => {
    const line = (await call('POST', '/lines', { channel: 'simulator', medium: 'sms', name: 'СМС' })).body;
    const stageId = stages[3]?.id;
    const robots = [
      { ref: 'sms', kind: 'sms.message', settings: { lineId: line.id, phone: { pick: 'first' }, text: 'Привет' } },
    ];
    const saved = await call('PUT', `/stages/${stageId}/robots`, { version: 0, robots });
    expect(saved).toMatchObject({ status: 200, body: { version: 1, robots: [{ ref: 'sms', enabled: true }] } });
    expect((await call('PUT', `/stages/${stageId}/robots`, { version: 0, robots })).status).toBe(409);
    expect((await call('GET', `/stages/${stageId}/robots`)).body).toMatchObject({
      version: 1,
      robots: [{ ref: 'sms' }],
    });
    const refused = await call('DELETE', `/lines/${line.id}`, undefined, { 'accept-language': 'en' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'in-use', detail: '«Качественный»' } });
    const csv = 'Телефон;Имя\n8 911 000 00 01;Раз\n8 911 000 00 02, 8 911 000 00 03;Два\n';
    const preview = await call('POST', `/leads/import?preview=true&startRobots=true&stageId=${stageId}`, csv, {
      'content-type': 'text/csv',
    });
    expect(preview.body).toMatchObject({ created: 2, messages: 2 });
  });

  it('come from recipes, with the fields they need', async () => {
    const whatsapp = (await call('POST', '/lines', { channel: 'simulator', medium: 'whatsapp', name: 'ВА' })).body;
    const sms = (await call('POST', '/lines', { channel: 'simulator', medium: 'sms', name: 'СМС 2' })).body;
    const kinds = await call('GET', '/recipes');
    expect(kinds.body.items.map((recipe: { id: string }) => recipe.id)).toEqual(['one-stage', 'several-stages']);
    const installed = await call('POST', '/recipes/several-stages/install', {
      stages: [
        { stageId: stages[1]?.id, version: 0 },
        { stageId: stages[2]?.id, version: 0 },
      ],
      whatsappLineId: whatsapp.id,
      smsLineId: sms.id,
      file: { url: 'https://example.com/price.pdf' },
    });
    expect(installed.body).toEqual({
      stages: [
        { stageId: stages[1]?.id, version: 1 },
        { stageId: stages[2]?.id, version: 1 },
      ],
    });
    // Somebody has a field of the recipe's name already, with another code.
    const fields = (await call('GET', '/fields')).body.items.map((field: { code: string; name: string }) => [
      field.code,
      field.name,
    ]);
    expect(fields).toContainEqual(['number_exists', 'Номер существует? (2)']);
  });

  it('are described by the catalogue', async () => {
    const { body } = await call('GET', '/robot-kinds');
    expect(body.items.map((kind: { id: string }) => kind.id)).toContain('whatsapp.check');
    const channels = await call('GET', '/channels');
    expect(channels.body.items.map((one: { id: string }) => one.id)).toEqual(['simulator', 'smpp', 'waha']);
  });
});

describe('lines', () => {
  const config = { baseUrl: 'http://127.0.0.1:9/', apiKey: 'very-secret', session: 'default' };

  it('never give their secrets back and keep the ones that a change leaves out', async () => {
    const made = await call('POST', '/lines', { channel: 'waha', name: 'Офис', config });
    expect(made).toMatchObject({
      status: 201,
      body: {
        channel: 'waha',
        medium: 'whatsapp',
        config: { baseUrl: 'http://127.0.0.1:9' },
        secrets: { apiKey: true },
        state: 'unknown',
      },
    });
    const changed = await call('PATCH', `/lines/${made.body.id}`, {
      config: { session: 'other' },
      paceIntervalMs: 500,
    });
    expect(changed.body).toMatchObject({
      config: { session: 'other' },
      secrets: { apiKey: true },
      paceIntervalMs: 500,
    });
    expect(changed.body.config).not.toHaveProperty('apiKey');
    const elsewhere = { baseUrl: 'http://127.0.0.1:10' };
    const refused = await call('PATCH', `/lines/${made.body.id}`, { config: elsewhere });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'config.apiKey', code: 'line.secret-again' }] },
    });
    const entered = await call('PATCH', `/lines/${made.body.id}`, { config: { ...elsewhere, apiKey: 'very-secret' } });
    expect(entered.body.config).toMatchObject(elsewhere);
    expect(JSON.stringify((await call('GET', '/lines')).body)).not.toContain('very-secret');
    const { rows } = await test.context.pool.query(
      "select config::text, encode(secrets, 'escape') as sealed from lines where id = $1",
      [made.body.id],
    );
    expect(JSON.stringify(rows)).not.toContain('very-secret');
    const tested = await call('POST', `/lines/${made.body.id}/test`, {});
    expect(tested).toMatchObject({ status: 200, body: { ok: false, state: 'offline' } });
    expect((await call('POST', `/lines/${made.body.id}/pause`)).body.paused).toBe(true);
    expect((await call('POST', `/lines/${made.body.id}/resume`)).body.paused).toBe(false);
    expect((await call('DELETE', `/lines/${made.body.id}`)).status).toBe(204);
    expect((await call('GET', `/lines/${made.body.id}`)).status).toBe(404);
  });

  it('check a number when they are tested', async () => {
    const line = (await call('POST', '/lines', { channel: 'simulator', medium: 'whatsapp', name: 'Симулятор' })).body;
    const tested = await call('POST', `/lines/${line.id}/test`, { phone: '8 900 123 45 60' });
    expect(tested.body).toMatchObject({ ok: true, state: 'working', check: { outcome: 'no' } });
    await call('PUT', '/simulator/phones/89001234560', { whatsapp: true });
    expect((await call('POST', `/lines/${line.id}/test`, { phone: '8 900 123 45 60' })).body.check).toEqual({
      outcome: 'yes',
    });
    expect((await call('GET', '/simulator/messages')).body).toEqual({ items: [], nextCursor: null });
  });
});

describe('files', () => {
  it('go up in pieces and come down by a direct link, in ranges too', async () => {
    const bytes = Buffer.alloc(2_500_000, 'abcdefghij');
    const form = multipartBody('прайс лист.txt', bytes, 'text/html');
    const made = await call('POST', '/files', form.body, form.headers);
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'прайс лист.txt', size: bytes.length, mime: 'text/plain' },
    });
    const link = new URL(made.body.directUrl).pathname;
    const whole = await test.app.inject({ url: link });
    expect(whole.rawPayload.equals(bytes)).toBe(true);
    expect(whole.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    expect(whole.headers['content-security-policy']).toContain('sandbox');
    const part = await test.app.inject({ url: link, headers: { range: 'bytes=1048570-1048589' } });
    expect(part.statusCode).toBe(206);
    expect(part.rawPayload.equals(bytes.subarray(1_048_570, 1_048_590))).toBe(true);
    expect(part.headers['content-range']).toBe('bytes 1048570-1048589/2500000');
    const head = await test.app.inject({ method: 'HEAD', url: link });
    expect([head.statusCode, head.headers['content-length'], head.rawPayload.length]).toEqual([200, '2500000', 0]);
    expect((await test.app.inject({ url: link, headers: { range: 'bytes=9999999-' } })).statusCode).toBe(416);
    const known = { 'if-none-match': String(whole.headers.etag) };
    expect((await test.app.inject({ url: link, headers: known })).statusCode).toBe(304);
    expect((await call('POST', `/files/${made.body.id}/revoke`)).body.directUrl).toBeNull();
    expect((await test.app.inject({ url: link })).statusCode).toBe(410);
    expect((await call('DELETE', `/files/${made.body.id}`)).status).toBe(204);
  });
});

describe('uploads', () => {
  it('with one Idempotency-Key make one file, and another file is refused', async () => {
    const key = { 'idempotency-key': 'upload' };
    const form = multipartBody('a.pdf', Buffer.from('%PDF-1.7 one'), 'application/pdf');
    const first = await call('POST', '/files', form.body, { ...form.headers, ...key });
    const again = await call('POST', '/files', form.body, { ...form.headers, ...key });
    expect(first.body).toMatchObject({ mime: 'application/pdf' });
    expect(again.body).toEqual(first.body);
    const other = multipartBody('a.pdf', Buffer.from('%PDF-1.7 two'), 'application/pdf');
    expect((await call('POST', '/files', other.body, { ...other.headers, ...key })).status).toBe(422);
    expect((await call('GET', '/files')).body.items).toHaveLength(1);
  });
});

describe('roles', () => {
  it('an agent works with leads and sets nothing up', async () => {
    const { workspace } = await createTestWorkspace(test.context, { role: 'agent' });
    const { key } = await createApiKey(test.context.pool, { workspaceId: workspace.id, name: 'agent', role: 'agent' });
    const agent = { authorization: `Bearer ${key}` };
    const asked = async (method: Method, url: string, payload?: object) =>
      (await call(method, url, payload, agent)).status;
    expect(await asked('GET', '/leads')).toBe(200);
    expect(await asked('POST', '/stages', { name: 'X' })).toBe(403);
    expect(await asked('POST', '/fields', { name: 'X' })).toBe(403);
    expect(await asked('POST', '/lines', { channel: 'simulator', name: 'X' })).toBe(403);
    expect(await asked('DELETE', '/leads/lead_1')).toBe(403);
    expect(await asked('PUT', '/stages/stage_1/robots', { version: 0, robots: [] })).toBe(403);
  });
});

describe('import', () => {
  const imported = (csv: string | Buffer, query = '') =>
    call('POST', `/leads/import${query}`, csv, { 'content-type': 'text/csv' });

  it('reads windows-1251 with semicolons and says what it rejected', async () => {
    const latin = Buffer.concat([
      Buffer.from([0xd2, 0xe5, 0xeb, 0xe5, 0xf4, 0xee, 0xed]),
      Buffer.from(';'),
      Buffer.from([0xd4, 0xc8, 0xce]),
      Buffer.from('\r\n8 (921) 000-00-01;\xcf\xe5\xf2\xf0\r\n123;X\r\n', 'latin1'),
    ]);
    const report = await imported(latin, '');
    expect(report.body).toMatchObject({
      created: 1,
      updated: 0,
      skipped: 0,
      rejected: [{ row: 3, column: 'Телефон', value: '123', code: 'phone.too-short' }],
    });
    expect((await call('GET', `/leads?q=${encodeURIComponent('89210000001')}`)).body.items).toMatchObject([
      { name: 'Петр' },
    ]);
  });

  it('skips, updates or creates duplicates by phone', async () => {
    const csv = 'Phone,Name,Comment,Мусор\n+7 922 000 00 01,Первый,позвонить,x\n89220000001,Второй,,\n';
    expect((await imported(csv, '?preview=true')).body).toMatchObject({
      created: 1,
      skipped: 1,
      ignoredColumns: ['Мусор'],
      messages: 0,
    });
    expect((await imported(csv, '?duplicates=update')).body).toMatchObject({ created: 1, updated: 1 });
    const found = await call('GET', '/leads?q=79220000001');
    expect(found.body.items).toMatchObject([{ name: 'Второй' }]);
    const timeline = await call('GET', `/leads/${found.body.items[0].id}/timeline`);
    expect(timeline.body.items.map((entry: { kind: string }) => entry.kind)).toEqual(['note', 'lead.created']);
    expect((await imported(csv)).body).toMatchObject({ created: 0, skipped: 2 });
    expect((await imported(csv, '?duplicates=create')).body).toMatchObject({ created: 2 });
  });

  it('answers a repeated Idempotency-Key with the first report', async () => {
    const send = () =>
      call('POST', '/leads/import', 'Phone\n+79410000001\n', { 'content-type': 'text/csv', 'idempotency-key': 'csv' });
    expect((await send()).body).toMatchObject({ created: 1 });
    expect((await send()).body).toMatchObject({ created: 1, skipped: 0 });
  });

  it('takes its options from the form too', async () => {
    const send = (fields: Record<string, string>, query = '', file = 'Phone\n+79420000001\n') => {
      const form = multipartBody('a.csv', Buffer.from(file), 'text/csv', fields);
      return call('POST', `/leads/import${query}`, form.body, { ...form.headers, 'idempotency-key': 'form' });
    };
    expect((await send({ preview: 'true' })).body).toMatchObject({ created: 1, messages: 0 });
    expect((await send({ preview: 'false' }, '?preview=true')).body).toMatchObject({ created: 1, messages: 0 });
    expect((await send({ dupicates: 'update' })).body.errors).toMatchObject([
      { path: 'dupicates', code: 'unknown-key' },
    ]);
    expect((await send({ stageId: 'stage_none' })).body.errors).toMatchObject([{ path: 'stageId', code: 'not-found' }]);
    expect((await send({})).body).toMatchObject({ created: 1 });
    const another = await send({}, '', 'Phone\n+79420000002\n');
    expect(another).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('takes many rows in batches', async () => {
    const rows = Array.from({ length: 1_000 }, (_, at) => `8 931 ${String(at).padStart(7, '0')};Имя ${at}`);
    const form = multipartBody('leads.csv', Buffer.from(`\uFEFFТелефон;Имя\n${rows.join('\n')}`), 'text/csv');
    expect((await call('POST', '/leads/import', form.body, form.headers)).body).toMatchObject({
      created: 1_000,
      rejected: [],
    });
  });
});
