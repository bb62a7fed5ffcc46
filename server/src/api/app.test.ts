import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestApp, createTestWorkspace, type TestApp } from '../../test/harness/app.ts';
import { revokeApiKey } from '../accounts/api-keys.ts';
import type { Context } from '../context.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { decodeCursor, NUMBER_ID, pageOf, pageQuery, toPage } from './pagination.ts';

const Thing = z.object({ id: z.number(), name: z.string(), createdAt: z.date() });
const NewThing = z.strictObject({
  name: z.string().min(1).max(5),
  phones: z
    .array(z.strictObject({ value: z.string() }))
    .max(2)
    .optional(),
  kind: z.enum(['a', 'b']).optional(),
  pick: z
    .discriminatedUnion('pick', [
      z.strictObject({ pick: z.literal('first') }),
      z.strictObject({ pick: z.literal('type'), type: z.string() }),
    ])
    .optional(),
  either: z.union([z.string(), z.strictObject({ url: z.url() })]).optional(),
  checked: z
    .string()
    .refine((text) => text === 'good', { params: { code: 'invalid-phone' } })
    .optional(),
  meta: z.record(z.string(), z.unknown()).optional(),
});

function registerThings(app: ApiApp, context: Context): void {
  app.route({
    method: 'POST',
    url: '/things',
    config: { action: 'stage.write' },
    schema: { tags: ['things'], summary: 'Make a thing', body: NewThing, response: { 201: Thing } },
    handler: (request, reply) =>
      createOnce(request, reply, context, async (tx) => {
        await tx.query('select pg_sleep($1)', [request.body.name === 'slow' ? 0.3 : 0]);
        await tx.query('insert into things (workspace_id, name) values ($1, $2)', [
          request.principal.workspaceId,
          request.body.name,
        ]);
        if (request.body.name === 'boom') throw new Error('the secret of the house');
        return { status: 201, body: { id: 1, name: request.body.name, createdAt: new Date(0), hidden: 'no' } };
      }),
  });
  app.route({
    method: 'GET',
    url: '/things',
    config: { action: 'stage.read' },
    schema: {
      querystring: z.strictObject({ ...pageQuery, q: z.string().optional() }),
      response: { 200: pageOf(Thing) },
    },
    handler: async ({ query, principal }) => {
      const scope = { workspaceId: principal.workspaceId, list: 'things', filters: { q: query.q } };
      const after = Number(decodeCursor(scope, query.cursor, NUMBER_ID) ?? 0);
      const ids = [1, 2, 3, 4, 5].filter((id) => id > after).slice(0, query.limit + 1);
      const rows = ids.map((id) => ({ id, name: `${id}`, createdAt: new Date(0) }));
      return toPage(rows, { scope, limit: query.limit });
    },
  });
  app.route({
    method: 'GET',
    url: '/things/:id',
    config: { action: 'stage.read' },
    schema: { params: z.strictObject({ id: z.coerce.number().int() }), response: { 200: Thing } },
    handler: async ({ params }) => ({ id: params.id, name: 'x', createdAt: new Date(0) }),
  });
}

let test: TestApp;
let headers: { authorization: string };

beforeAll(async () => {
  test = await createTestApp({ more: registerThings });
  await test.context.pool.query('create table things (workspace_id text, name text)');
  headers = (await createTestWorkspace(test.context)).headers;
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

function post(payload: unknown, more: Record<string, string> = {}) {
  const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  return test.app.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { ...headers, 'content-type': 'application/json', ...more },
    payload: body,
  });
}

function get(url: string, more: Record<string, string> = {}) {
  return test.app.inject({ method: 'GET', url, headers: { ...headers, ...more } });
}

describe('a request that fits', () => {
  it('is answered by its schema, without what the schema does not name', async () => {
    const answer = await post({ name: 'ok' });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ id: 1, name: 'ok', createdAt: '1970-01-01T00:00:00.000Z' });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('may start with a byte order mark', async () => {
    expect((await post('\uFEFF{"name":"ok"}')).statusCode).toBe(201);
  });
});

describe('a wrong request', () => {
  const cases: [string, unknown, string, string][] = [
    ['a missing value', {}, 'name', 'required'],
    ['a wrong type', { name: 5 }, 'name', 'expected-string'],
    ['a text that is too long', { name: 'abcdef' }, 'name', 'too-long'],
    ['an empty text', { name: '' }, 'name', 'empty'],
    ['an unknown key', { name: 'a', nmae: 1 }, 'nmae', 'unknown-key'],
    ['an unknown key below', { name: 'a', phones: [{ value: '1', typ: 'x' }] }, 'phones[0].typ', 'unknown-key'],
    [
      'a wrong value below',
      { name: 'a', phones: [{ value: '1' }, { value: null }] },
      'phones[1].value',
      'expected-string',
    ],
    [
      'too many items',
      { name: 'a', phones: [{ value: '1' }, { value: '1' }, { value: '1' }] },
      'phones',
      'too-many-items',
    ],
    ['a value that is none of the list', { name: 'a', kind: 'c' }, 'kind', 'not-one-of'],
    ['a list instead of an object', [], 'body', 'expected-object'],
    ['an unknown alternative', { name: 'a', pick: { pick: 'last' } }, 'pick.pick', 'not-one-of'],
    ['what the alternative lacks', { name: 'a', pick: { pick: 'type' } }, 'pick.type', 'required'],
    ['what is wrong in the closest alternative', { name: 'a', either: { url: 'x' } }, 'either.url', 'invalid-url'],
    ['what a check of our own refuses', { name: 'a', checked: 'bad' }, 'checked', 'invalid-phone'],
    ['NUL', { name: 'a\0b' }, 'name', 'forbidden-character'],
    ['NUL deep down', { name: 'a', meta: { x: [{ y: '\0' }] } }, 'meta.x[0].y', 'forbidden-character'],
    ['half a surrogate pair', '{"name":"\\ud83d"}', 'name', 'forbidden-character'],
  ];
  it.each(cases)('names %s', async (_name, body, path, code) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(422);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status: 422, code: 'invalid-input', errors: [{ path, code }] });
  });

  it.each([
    ['broken JSON', '{"name":', 400, 'malformed-json'],
    ['nothing', '', 400, 'empty-body'],
    ['a prototype', '{"name":"a","__proto__":{}}', 400, 'malformed-json'],
    ['what is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400, 'invalid-utf8'],
    ['very deep JSON', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 422, 'too-deep'],
    ['10 MB', JSON.stringify({ name: 'x'.repeat(10_000_000) }), 413, 'body-too-large'],
  ])('that is %s gets a problem document', async (_name, body, status, code) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status, code });
  });

  it('names the limit of the body in both languages', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(2_000_000) });
    expect((await post(body)).json().detail).toBe('Допускается не больше 1 MB.');
    expect((await post(body, { 'accept-language': 'en-GB' })).json().detail).toBe('At most 1 MB are accepted.');
  });

  it('of another content type is told what to send', async () => {
    const answer = await post('name=a', {
      'content-type': 'application/x-www-form-urlencoded',
      'accept-language': 'en',
    });
    expect(answer.statusCode).toBe(415);
    expect(answer.json().detail).toContain('application/json');
  });

  it('has its query and params named with a prefix', async () => {
    expect((await get('/api/v1/things?limit=0')).json().errors).toMatchObject([
      { path: 'query.limit', code: 'too-small' },
    ]);
    expect((await get('/api/v1/things?x=1')).json().errors).toMatchObject([{ path: 'query.x', code: 'unknown-key' }]);
    expect((await get('/api/v1/things/abc')).json().errors).toMatchObject([{ path: 'params.id' }]);
    expect((await get('/api/v1/things?q=a%00b')).json().errors).toMatchObject([
      { path: 'query.q', code: 'forbidden-character' },
    ]);
    expect((await get('/api/v1/things/a%00b')).json().errors).toMatchObject([{ path: 'params.id' }]);
  });

  it('to a broken address is a problem too', async () => {
    const answer = await get('/api/v1/things/%ff');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'malformed-request' });
  });

  it('to no address is 404, with a wrong method 405 and what is allowed', async () => {
    expect((await get('/api/v1/nothing')).json()).toMatchObject({ status: 404, code: 'route-not-found' });
    const answer = await test.app.inject({ method: 'PUT', url: '/api/v1/things/1', headers, payload: {} });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
    expect(answer.json().code).toBe('method-not-allowed');
  });

  it('speaks the language asked for', async () => {
    const texts = await Promise.all(
      ['en', 'de, ru;q=0.8', 'de', undefined].map(async (language) => {
        const answer = await post({}, language === undefined ? {} : { 'accept-language': language });
        return answer.json().errors[0].message;
      }),
    );
    expect(texts).toEqual(['Required', 'Обязательное значение', 'Обязательное значение', 'Обязательное значение']);
  });
});

describe('a failure of ours', () => {
  it('is told apart by its id and does not leak', async () => {
    const answer = await post({ name: 'boom' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(answer.json().detail).toMatch(/[0-9a-f-]{36}/);
  });
});

describe('over a socket', () => {
  it('a body of 10 MB gets its answer and the connection lives', async () => {
    const address = await test.app.listen({ host: '127.0.0.1', port: 0 });
    for (let round = 0; round < 3; round += 1) {
      const answer = await fetch(`${address}/api/v1/things`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'x'.repeat(10_000_000) }),
      });
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ code: 'body-too-large' });
    }
  });
});

describe('Idempotency-Key', () => {
  const count = async (name: string) => {
    const { rows } = await test.context.pool.query('select count(*)::int as n from things where name = $1', [name]);
    return rows[0].n;
  };

  it('replays the answer of the same request and creates once', async () => {
    const first = await post({ name: 'one' }, { 'idempotency-key': 'k1' });
    const second = await post({ name: 'one' }, { 'idempotency-key': 'k1' });
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await count('one')).toBe(1);
  });

  it('refuses another request under the same key', async () => {
    await post({ name: 'two' }, { 'idempotency-key': 'k2' });
    const answer = await post({ name: 'three' }, { 'idempotency-key': 'k2' });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().code).toBe('idempotency-key-reused');
    expect(await count('three')).toBe(0);
  });

  it('makes a second request wait for the first', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post({ name: 'slow' }, { 'idempotency-key': 'k3' })),
    );
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201, 201, 201, 201]);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed']).length).toBe(4);
    expect(await count('slow')).toBe(1);
  });

  it('stores nothing of a request that failed', async () => {
    expect((await post({ name: 'boom' }, { 'idempotency-key': 'k4' })).statusCode).toBe(500);
    expect((await post({ name: 'fine' }, { 'idempotency-key': 'k4' })).statusCode).toBe(201);
    expect(await count('boom')).toBe(0);
  });

  it('belongs to one workspace', async () => {
    const other = await createTestWorkspace(test.context);
    await post({ name: 'mine' }, { 'idempotency-key': 'k5' });
    const answer = await post({ name: 'yours' }, { 'idempotency-key': 'k5', ...other.headers });
    expect(answer.statusCode).toBe(201);
    expect(answer.json().name).toBe('yours');
  });
});

describe('a list', () => {
  it('is walked by its cursor', async () => {
    const seen: number[] = [];
    let cursor = '';
    do {
      const page = (await get(`/api/v1/things?limit=2${cursor}`)).json();
      seen.push(...page.items.map((item: { id: number }) => item.id));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses a broken cursor and one of another workspace or filter', async () => {
    const { nextCursor } = (await get('/api/v1/things?limit=2')).json();
    const other = await createTestWorkspace(test.context);
    const refused = [
      await get('/api/v1/things?cursor=nonsense'),
      await get(`/api/v1/things?q=a&cursor=${nextCursor}`),
      await get(`/api/v1/things?cursor=${nextCursor}`, other.headers),
    ];
    for (const answer of refused) {
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors[0].path).toBe('query.cursor');
    }
  });
});

describe('who asks', () => {
  it('must show a key or a session', async () => {
    const answer = await test.app.inject({ method: 'GET', url: '/api/v1/things' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    for (const authorization of ['Bearer otk_wrong', 'Basic abc', 'Bearer', 'Bearer a b']) {
      expect((await get('/api/v1/things', { authorization })).statusCode).toBe(401);
    }
  });

  it('needs the role of the action', async () => {
    const agent = await createTestWorkspace(test.context, { role: 'agent' });
    expect((await get('/api/v1/things', agent.headers)).statusCode).toBe(200);
    const answer = await post({ name: 'a' }, { ...agent.headers, 'accept-language': 'en' });
    expect(answer.statusCode).toBe(403);
    expect(answer.json().detail).toBe('Your role: agent. Allowed for: owner, admin, manager.');
  });

  it('costs no statement while the key is in memory, and is forgotten within seconds of its revocation', async () => {
    const { workspace, headers: own } = await createTestWorkspace(test.context);
    expect((await get('/api/v1/things', own)).statusCode).toBe(200);
    const { rows } = await test.context.pool.query(
      'select id, updated_at, last_request, request_count from api_keys where workspace_id = $1',
      [workspace.id],
    );
    expect(rows[0]).toMatchObject({ last_request: null, request_count: 0 });
    let statements = 0;
    const count = () => {
      statements += 1;
    };
    test.context.pool.on('acquire', count);
    for (let round = 0; round < 20; round += 1) await get('/api/v1/things', own);
    test.context.pool.off('acquire', count);
    expect(statements).toBe(0);
    await revokeApiKey(test.context.pool, workspace.id, rows[0].id);
    await expect
      .poll(async () => (await get('/api/v1/things', own)).statusCode, { timeout: 7_000, interval: 250 })
      .toBe(401);
  });
});

describe('beside the nouns', () => {
  it('health, readiness and metrics answer', async () => {
    expect((await test.app.inject('/health')).json()).toEqual({ status: 'ok' });
    expect((await test.app.inject('/ready')).json()).toEqual({ status: 'ready' });
    expect((await test.app.inject('/metrics')).body).toContain('otklik_process_cpu_seconds_total');
    expect((await test.app.inject({ url: '/metrics', remoteAddress: '203.0.113.5' })).statusCode).toBe(401);
    expect((await test.app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '203.0.113.5' } })).statusCode).toBe(
      401,
    );
    expect((await test.app.inject({ url: '/metrics', remoteAddress: '203.0.113.5', headers })).statusCode).toBe(200);
  });

  it('the description and its page answer, from this server alone', async () => {
    const document = (await test.app.inject('/api/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths['/api/v1/things'].post.responses).toHaveProperty('default');
    expect(document.paths['/api/v1/version'].get.security).toEqual([]);
    const page = await test.app.inject('/api/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('js/scalar.js');
    expect(page.body).not.toMatch(/(?:src|href)="https?:/);
    expect((await test.app.inject('/api/docs/js/scalar.js')).body.length).toBeGreaterThan(1_000_000);
  });
});
