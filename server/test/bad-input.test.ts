import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../src/db/transaction.ts';
import { createDefaultStages } from '../src/stages/stage-store.ts';
import { createTestApp, createTestWorkspace, type TestApp } from './harness/app.ts';
import { multipartBody } from './harness/multipart.ts';

/** What requests must never do, whatever they hold: fall over, save half of something, or reach another workspace. */

interface Tenant {
  headers: { authorization: string };
  stage: string;
  otherStage: string;
  lead: string;
  line: string;
  field: string;
  file: string;
}

let test: TestApp;
let own: Tenant;
let other: Tenant;

beforeAll(async () => {
  test = await createTestApp();
  own = await createTenant('+79001110001');
  other = await createTenant('+79001110002');
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function createTenant(phone: string): Promise<Tenant> {
  const { workspace, headers } = await createTestWorkspace(test.context);
  const stages = await inTransaction(test.context.pool, (tx) => createDefaultStages(tx, workspace.id));
  const make = async (url: string, payload: object) =>
    (await test.app.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload })).json();
  const lead = await make('/leads', { phones: [{ value: phone }] });
  const line = await make('/lines', { channel: 'simulator', medium: 'sms', name: 'СМС' });
  const field = await make('/fields', { name: 'Бюджет', code: 'budget', type: 'number' });
  const form = multipartBody('a.txt', Buffer.from('hello'), 'text/plain');
  const file = (
    await test.app.inject({
      method: 'POST',
      url: '/api/v1/files',
      headers: { ...headers, ...form.headers },
      payload: form.body,
    })
  ).json();
  return {
    headers,
    stage: stages[0]?.id ?? '',
    otherStage: stages[1]?.id ?? '',
    lead: lead.id,
    line: line.id,
    field: field.id,
    file: file.id,
  };
}

interface Case {
  name: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string | (() => string);
  body?: unknown;
  raw?: string | Buffer;
  headers?: Record<string, string>;
  status: number;
  /** A path that the problem document names; absent where nothing but the whole request is wrong. */
  path?: string;
  code?: string;
  /** What it says of that path. */
  message?: string;
}

const phones = [{ value: '+79001234567' }];
const lead = (name: string, body: unknown, path: string, status = 422): Case => ({
  name,
  method: 'POST',
  url: '/leads',
  body,
  status,
  path,
});
const sms = (settings: object) => ({ ref: 'sms', kind: 'sms.message', settings });
const robots = (name: string, robot: () => unknown, path: string): Case & { robot: () => unknown } => ({
  name,
  method: 'PUT',
  url: () => `/stages/${own.stage}/robots`,
  robot,
  status: 422,
  path,
});
const csv = (name: string, raw: string | Buffer, status = 422, path = 'file'): Case => ({
  name,
  method: 'POST',
  url: '/leads/import',
  raw,
  headers: { 'content-type': 'text/csv' },
  status,
  ...(path ? { path } : {}),
});
const gone = (prefix: string) => `${prefix}_${'0'.repeat(32)}`;

const leadCases: Case[] = [
  lead('a list instead of an object', [], 'body'),
  lead('a number instead of an object', 7, 'body'),
  lead('no phones', {}, 'phones'),
  lead('phones that are a text', { phones: '+79001234567' }, 'phones'),
  { ...lead('an empty list of phones and no e-mail', { phones: [] }, 'phones'), message: 'Нужен телефон или e-mail' },
  lead('a phone that is a number', { phones: [{ value: 79001234567 }] }, 'phones[0].value'),
  lead('an impossible phone', { phones: [{ value: '123' }] }, 'phones[0].value'),
  lead('a phone of letters', { phones: [...phones, { value: 'позвоните мне' }] }, 'phones[1].value'),
  lead('a phone of a code nobody has', { phones: [{ value: '+7 000 000 00 00' }] }, 'phones[0].value'),
  lead('two phones in one', { phones: [{ value: '89001234567, 89001234568' }] }, 'phones[0].value'),
  lead('a phone that a spreadsheet rounded', { phones: [{ value: '7,9E+10' }] }, 'phones[0].value'),
  lead('a phone of 101 characters', { phones: [{ value: '1'.repeat(101) }] }, 'phones[0].value'),
  lead('a phone type that is none', { phones: [{ value: '+79001234567', type: 'FAX' }] }, 'phones[0].type'),
  lead('51 phones', { phones: Array.from({ length: 51 }, () => phones[0]) }, 'phones'),
  lead('an unknown key', { phones, naem: 'Иван' }, 'naem'),
  lead('an unknown key of a phone', { phones: [{ value: '+79001234567', kind: 'x' }] }, 'phones[0].kind'),
  lead('a name that is an object', { phones, name: { first: 'Иван' } }, 'name'),
  lead('a name of 201 characters', { phones, name: 'я'.repeat(201) }, 'name'),
  lead('an empty title', { phones, title: '   ' }, 'title'),
  lead('an e-mail that is none', { phones, email: 'ivan@' }, 'email'),
  lead('a NUL in the name', { phones, name: 'Ив\u0000ан' }, 'name'),
  lead('half of a surrogate pair', { phones, name: '\ud800' }, 'name'),
  lead('an unknown own field', { phones, fields: { nothing: 1 } }, 'fields.nothing'),
  lead('a text in a number field', { phones, fields: { budget: 'много' } }, 'fields.budget'),
  lead('a list in a field', { phones, fields: { budget: [1] } }, 'fields.budget'),
  lead('an unknown stage', { phones, stageId: gone('stage') }, 'stageId'),
  lead('a responsible who is nobody', { phones, responsibleId: gone('user') }, 'responsibleId'),
];

const rawCases: Case[] = [
  {
    name: 'JSON that breaks off',
    method: 'POST',
    url: '/leads',
    raw: '{"phones":[',
    headers: { 'content-type': 'application/json' },
    status: 400,
    code: 'malformed-json',
  },
  {
    name: 'an empty body',
    method: 'POST',
    url: '/leads',
    raw: '',
    headers: { 'content-type': 'application/json' },
    status: 400,
    code: 'empty-body',
  },
  {
    name: 'a body in windows-1251',
    method: 'POST',
    url: '/leads',
    raw: Buffer.from('7b226e616d65223a22c8e2e0ed227d', 'hex'),
    headers: { 'content-type': 'application/json' },
    status: 400,
    code: 'invalid-utf8',
  },
  {
    name: 'XML',
    method: 'POST',
    url: '/leads',
    raw: '<lead/>',
    headers: { 'content-type': 'application/xml' },
    status: 415,
  },
  {
    name: 'no content type',
    method: 'POST',
    url: '/leads',
    raw: 'phones=1',
    headers: { 'content-type': '' },
    status: 415,
  },
  {
    name: '10 MB of JSON',
    method: 'POST',
    url: '/leads',
    raw: JSON.stringify({ phones, name: 'я'.repeat(5_000_000) }),
    headers: { 'content-type': 'application/json' },
    status: 413,
  },
  {
    name: 'JSON 10,000 levels deep',
    method: 'POST',
    url: '/leads',
    raw: `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    headers: { 'content-type': 'application/json' },
    status: 422,
    code: 'too-deep',
  },
  {
    name: 'a prototype key',
    method: 'POST',
    url: '/leads',
    raw: '{"__proto__":{"x":1},"phones":[]}',
    headers: { 'content-type': 'application/json' },
    status: 400,
  },
  { name: 'a limit of zero', method: 'GET', url: '/leads?limit=0', status: 422, path: 'query.limit' },
  { name: 'a limit of 201', method: 'GET', url: '/leads?limit=201', status: 422, path: 'query.limit' },
  {
    name: 'a cursor that is garbage',
    method: 'GET',
    url: '/leads?cursor=%F0%9F%92%A9',
    status: 422,
    path: 'query.cursor',
  },
  { name: 'an unknown query parameter', method: 'GET', url: '/leads?stage=1', status: 422, path: 'query.stage' },
  { name: 'a NUL in the search', method: 'GET', url: '/leads?q=%00', status: 422, path: 'query.q' },
  { name: 'a path that is not UTF-8', method: 'GET', url: '/leads/%ff', status: 400 },
  { name: 'an id of another kind', method: 'GET', url: () => `/leads/${own.stage}`, status: 404 },
  { name: 'an id of 400 characters', method: 'GET', url: `/leads/${'x'.repeat(290)}`, status: 422, path: 'params.id' },
  { name: 'SQL in an id', method: 'DELETE', url: `/leads/${encodeURIComponent("' or 1=1 --")}`, status: 404 },
  { name: 'a status that is none', method: 'GET', url: '/messages?status=lost', status: 422, path: 'query.status' },
  { name: 'an unknown address', method: 'GET', url: '/lead', status: 404 },
  { name: 'an unknown method', method: 'DELETE', url: '/leads', status: 405 },
  { name: 'no key', method: 'GET', url: '/leads', headers: { authorization: '' }, status: 401 },
  { name: 'a wrong key', method: 'GET', url: '/leads', headers: { authorization: 'Bearer nonsense' }, status: 401 },
];

const setUpCases: Case[] = [
  {
    name: 'a stage without a name',
    method: 'POST',
    url: '/stages',
    body: { color: '#ffffff' },
    status: 422,
    path: 'name',
  },
  {
    name: 'a colour that is a word',
    method: 'POST',
    url: '/stages',
    body: { name: 'A', color: 'red' },
    status: 422,
    path: 'color',
    message: 'Нужен цвет вида #39a8ef',
  },
  {
    name: 'a meaning that is none',
    method: 'PATCH',
    url: () => `/stages/${own.stage}`,
    body: { meaning: 'maybe' },
    status: 422,
    path: 'meaning',
  },
  {
    name: 'a stage with leads, to be deleted',
    method: 'DELETE',
    url: () => `/stages/${own.stage}`,
    status: 409,
    path: 'params.id',
  },
  {
    name: 'an order that lacks stages',
    method: 'PUT',
    url: '/stages/order',
    body: { ids: [gone('stage')] },
    status: 422,
    path: 'ids',
  },
  {
    name: 'a field code with capitals',
    method: 'POST',
    url: '/fields',
    body: { name: 'X', code: 'Budget' },
    status: 422,
    path: 'code',
  },
  {
    name: 'a field code that is taken',
    method: 'POST',
    url: '/fields',
    body: { name: 'X', code: 'budget' },
    status: 422,
    path: 'code',
  },
  {
    name: 'a field name that is taken',
    method: 'POST',
    url: '/fields',
    body: { name: 'Бюджет' },
    status: 422,
    path: 'name',
  },
  {
    name: 'a list field without options',
    method: 'POST',
    url: '/fields',
    body: { name: 'X', type: 'list' },
    status: 422,
    path: 'options',
  },
  {
    name: 'an unknown channel',
    method: 'POST',
    url: '/lines',
    body: { channel: '__proto__', name: 'X' },
    status: 422,
    path: 'channel',
  },
  {
    name: 'a medium the channel has not',
    method: 'POST',
    url: '/lines',
    body: { channel: 'waha', medium: 'sms', name: 'X', config: {} },
    status: 422,
    path: 'medium',
  },
  {
    name: 'a line without its key',
    method: 'POST',
    url: '/lines',
    body: { channel: 'waha', name: 'X', config: { baseUrl: 'http://127.0.0.1' } },
    status: 422,
    path: 'config.apiKey',
  },
  {
    name: 'a line with an address that is none',
    method: 'POST',
    url: '/lines',
    body: { channel: 'waha', name: 'X', config: { baseUrl: 'ftp://x', apiKey: 'k' } },
    status: 422,
    path: 'config.baseUrl',
  },
  {
    name: 'a line with an unknown setting',
    method: 'POST',
    url: '/lines',
    body: { channel: 'simulator', name: 'X', config: { speed: 1 } },
    status: 422,
    path: 'config.speed',
  },
  {
    name: 'a pace of a year',
    method: 'PATCH',
    url: () => `/lines/${own.line}`,
    body: { paceIntervalMs: 31_536_000_000 },
    status: 422,
    path: 'paceIntervalMs',
  },
  {
    name: 'a simulated phone that is none',
    method: 'PUT',
    url: '/simulator/phones/abc',
    body: {},
    status: 422,
    path: 'params.phone',
  },
  {
    name: 'a resolution that is none',
    method: 'POST',
    url: `/messages/${gone('msg')}/resolve`,
    body: { outcome: 'forget' },
    status: 422,
    path: 'outcome',
  },
  ...(['whatsappLineId', 'smsLineId', 'file.fileId'] as const).map((path) => ({
    name: `a recipe with a wrong ${path}`,
    method: 'POST' as const,
    url: '/recipes/one-stage/install',
    body: () => ({
      stages: [{ stageId: own.otherStage, version: 0 }],
      whatsappLineId: gone('line'),
      smsLineId: gone('line'),
      file: { fileId: gone('file') },
    }),
    status: 422,
    path,
  })),
  { name: 'an upload that is no form', method: 'POST', url: '/files', body: { file: 'x' }, status: 415 },
  {
    name: 'a form without a file',
    method: 'POST',
    url: '/files',
    raw: '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    status: 422,
    path: 'file',
  },
  {
    name: 'a form that breaks off',
    method: 'POST',
    url: '/files',
    raw: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    status: 400,
  },
  {
    name: 'a form without its boundary',
    method: 'POST',
    url: '/files',
    raw: 'x',
    headers: { 'content-type': 'multipart/form-data' },
    status: 400,
  },
  {
    name: 'an empty file',
    method: 'POST',
    url: '/files',
    raw: multipartBody('a.txt', Buffer.alloc(0), 'text/plain').body,
    headers: multipartBody('a', Buffer.alloc(0), '').headers,
    status: 422,
    path: 'file',
  },
];

const robotCases = [
  robots('an unknown kind', () => ({ ref: 'a', kind: 'fax.send', settings: {} }), 'robots[0].kind'),
  robots(
    'a ref with spaces',
    () => ({ ...sms({ lineId: own.line, phone: { pick: 'first' }, text: 'A' }), ref: 'a b' }),
    'robots[0].ref',
  ),
  {
    ...robots('robots that are no objects', () => 7, 'robots[0]'),
    message: 'Здесь нужно: объект',
  },
  robots(
    'a negative delay',
    () => ({ ...sms({ lineId: own.line, phone: { pick: 'first' }, text: 'A' }), delaySeconds: -1 }),
    'robots[0].delaySeconds',
  ),
  robots(
    'an unknown line',
    () => sms({ lineId: gone('line'), phone: { pick: 'first' }, text: 'A' }),
    'robots[0].settings.lineId',
  ),
  robots(
    "another tenant's line",
    () => sms({ lineId: other.line, phone: { pick: 'first' }, text: 'A' }),
    'robots[0].settings.lineId',
  ),
  robots(
    "another tenant's stage",
    () => ({ ref: 'm', kind: 'lead.move', settings: { stageId: other.stage } }),
    'robots[0].settings.stageId',
  ),
  robots(
    'a placeholder that is unknown',
    () => sms({ lineId: own.line, phone: { pick: 'first' }, text: '{{ lead.nmae }}' }),
    'robots[0].settings.text',
  ),
  robots(
    'a placeholder that is broken',
    () => sms({ lineId: own.line, phone: { pick: 'first' }, text: '{{ lead.name' }),
    'robots[0].settings.text',
  ),
  robots(
    'a share page instead of a file',
    () => ({
      ref: 'f',
      kind: 'whatsapp.file',
      settings: { lineId: own.line, phone: { pick: 'first' }, url: 'https://drive.google.com/file/d/1a2b3c/view' },
    }),
    'robots[0].settings.url',
  ),
  robots(
    'a condition on a robot that is not there',
    () => ({
      ...sms({ lineId: own.line, phone: { pick: 'first' }, text: 'A' }),
      condition: { all: [{ value: 'check.exists', op: 'equals', to: 'Y' }] },
    }),
    'robots[0].condition.all[0].value',
  ),
];

const csvCases: Case[] = [
  csv('an empty file', ''),
  csv('a header alone', 'Телефон;Имя\n'),
  csv('a quote that never closes', 'Телефон;Имя\n89001112233;"Иван\n89001112234;Петр\n'),
  csv('no column with a contact', 'Имя;Город\nИван;Москва\n'),
  csv('a spreadsheet under the name of a CSV', Buffer.from('504b030414000600080000002100', 'hex')),
  csv('50,001 rows', `Телефон\n${'89001112233\n'.repeat(50_001)}`),
  csv('more than 10 MB', `Телефон\n${'8900111223\n'.repeat(1_000_000)}`, 413, ''),
  {
    ...csv('an unknown stage', 'Телефон\n89001112233\n'),
    url: `/leads/import?stageId=${gone('stage')}`,
    path: 'query.stageId',
  },
  {
    ...csv('a policy that is none', 'Телефон\n89001112233\n'),
    url: '/leads/import?duplicates=merge',
    path: 'query.duplicates',
  },
  { ...csv('JSON instead of CSV', '{}', 415, ''), headers: { 'content-type': 'application/json' } },
];

const foreignCases: Case[] = [
  { name: 'a lead', method: 'GET', url: () => `/leads/${other.lead}`, status: 404 },
  { name: "a lead's timeline", method: 'GET', url: () => `/leads/${other.lead}/timeline`, status: 404 },
  { name: "a lead's runs", method: 'GET', url: () => `/leads/${other.lead}/runs`, status: 404 },
  { name: 'a lead to change', method: 'PATCH', url: () => `/leads/${other.lead}`, body: { name: 'X' }, status: 404 },
  { name: 'a lead to delete', method: 'DELETE', url: () => `/leads/${other.lead}`, status: 404 },
  { name: 'a stage to change', method: 'PATCH', url: () => `/stages/${other.stage}`, body: { name: 'X' }, status: 404 },
  { name: 'a stage to delete', method: 'DELETE', url: () => `/stages/${other.otherStage}`, status: 404 },
  { name: "a stage's robots", method: 'GET', url: () => `/stages/${other.stage}/robots`, status: 404 },
  {
    name: "a stage's robots to replace",
    method: 'PUT',
    url: () => `/stages/${other.stage}/robots`,
    body: { version: 0, robots: [] },
    status: 404,
  },
  { name: 'a field to change', method: 'PATCH', url: () => `/fields/${other.field}`, body: { name: 'X' }, status: 404 },
  { name: 'a field to delete', method: 'DELETE', url: () => `/fields/${other.field}`, status: 404 },
  { name: 'a line', method: 'GET', url: () => `/lines/${other.line}`, status: 404 },
  { name: 'a line to change', method: 'PATCH', url: () => `/lines/${other.line}`, body: { config: {} }, status: 404 },
  { name: 'a line to pause', method: 'POST', url: () => `/lines/${other.line}/pause`, status: 404 },
  { name: 'a line to test', method: 'POST', url: () => `/lines/${other.line}/test`, body: {}, status: 404 },
  { name: 'a line to delete', method: 'DELETE', url: () => `/lines/${other.line}`, status: 404 },
  { name: 'a file', method: 'GET', url: () => `/files/${other.file}`, status: 404 },
  { name: 'a file to revoke', method: 'POST', url: () => `/files/${other.file}/revoke`, status: 404 },
  { name: 'a file to delete', method: 'DELETE', url: () => `/files/${other.file}`, status: 404 },
];

const TABLES = [
  'leads',
  'phones',
  'phone_claims',
  'timeline',
  'visits',
  'runs',
  'stages',
  'fields',
  'lines',
  'files',
  'file_chunks',
  'robot_lists',
  'simulator_phones',
  'idempotency_keys',
];

/** Every row of what a request could have changed; equal before and after means that nothing was saved. */
async function snapshot(): Promise<unknown> {
  const parts = TABLES.map(
    (table) =>
      `select '${table}' as name, count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${table} t`,
  );
  return (await test.context.pool.query(parts.join(' union all '))).rows;
}

async function send(
  one: Case,
  body: unknown = typeof one.body === 'function' ? one.body() : one.body,
): Promise<LightMyRequestResponse> {
  const url = typeof one.url === 'string' ? one.url : one.url();
  const headers = Object.fromEntries(
    Object.entries({ ...own.headers, ...one.headers }).filter(([, value]) => value !== ''),
  );
  const payload = one.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = one.raw === undefined && body !== undefined ? { 'content-type': 'application/json' } : {};
  return test.app.inject({
    method: one.method,
    url: `/api/v1${url}`,
    headers: { ...type, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
}

async function expectRefusal(one: Case, body?: unknown): Promise<void> {
  const before = await snapshot();
  const answer = await send(one, body);
  expect(`${answer.statusCode} ${answer.body}`).toMatch(new RegExp(`^${one.status} `));
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = answer.json();
  expect(problem).toMatchObject({
    status: one.status,
    code: one.code ?? expect.any(String),
    title: expect.any(String),
  });
  if (one.path) expect(problem.errors.map((error: { path: string }) => error.path)).toContain(one.path);
  if (one.message) expect(problem.errors.map((error: { message: string }) => error.message)).toContain(one.message);
  expect(await snapshot()).toEqual(before);
}

describe.each([
  ['leads', leadCases],
  ['requests', rawCases],
  ['set-up', setUpCases],
  ['imports', csvCases],
])('wrong %s are refused and nothing is saved', (_what, cases) => {
  it.each(cases)('$name', (one) => expectRefusal(one));
});

describe('wrong robots are refused and nothing is saved', () => {
  it.each(robotCases)('$name', (one) => expectRefusal(one, { version: 0, robots: [one.robot()] }));

  it('an older version than the stage has', async () => {
    const url = `/stages/${own.otherStage}/robots`;
    await send({ name: '', method: 'PUT', url, status: 200 }, { version: 0, robots: [] });
    await expectRefusal(
      { name: '', method: 'PUT', url, status: 409, path: 'version', code: 'stale-version' },
      { version: 0, robots: [] },
    );
  });
});

describe("another tenant's things are not there", () => {
  it.each(foreignCases)('$name', (one) => expectRefusal(one));

  it("another tenant's stage in a lead", () =>
    expectRefusal(lead('', undefined, 'stageId'), { phones, stageId: other.stage }));
  it("another tenant's stage in a move", () =>
    expectRefusal(
      { name: '', method: 'POST', url: `/leads/${own.lead}/move`, status: 422, path: 'stageId' },
      { stageId: other.stage },
    ));
  it("another tenant's stages and fields in an order", async () => {
    await expectRefusal(
      { name: '', method: 'PUT', url: '/fields/order', status: 422, path: 'ids' },
      { ids: [other.field] },
    );
  });
  it("a filter by another tenant's stage finds nothing", async () => {
    expect(
      (await send({ name: '', method: 'GET', url: `/leads?stageId=${other.stage}`, status: 200 })).json().items,
    ).toEqual([]);
    expect(
      (await send({ name: '', method: 'GET', url: `/messages?leadId=${other.lead}`, status: 200 })).json().items,
    ).toEqual([]);
  });
});

it('a file above 100 MB is refused while it comes in', async () => {
  const before = await snapshot();
  const { headers } = multipartBody('big.bin', Buffer.alloc(0), 'application/octet-stream');
  const answer = await test.app.inject({
    method: 'POST',
    url: '/api/v1/files',
    headers: { ...own.headers, ...headers },
    payload: multipartBody('big.bin', Buffer.alloc(101 * 1024 * 1024, 1), 'x/y').body,
  });
  expect(answer.statusCode).toBe(413);
  expect(await snapshot()).toEqual(before);
});

it('the process lives and still takes leads', async () => {
  const answer = await send({ name: '', method: 'POST', url: '/leads', status: 201 }, { phones });
  expect(answer.statusCode).toBe(201);
});
