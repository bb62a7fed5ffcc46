import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from './harness/app.ts';
import { type Furnished, furnishWorkspace } from './harness/furnish-workspace.ts';
import { multipartBody } from './harness/multipart.ts';

// Two workspaces with one of everything. Each route of the API is walked with the ids of the other workspace: refused, never
// data. Routes come from the app itself, so a new noun is covered from its first commit, or fails here for want of a body or id.

/** The only routes of /api/v1 that answer somebody who does not say who they are. */
const PUBLIC = ['GET /version', 'POST /sign-in-links/read', 'POST /sign-in-links/redeem'];

/** Paths whose ids are of the product, not of a workspace, and phones, of which every workspace has its own view. */
const NOT_OWNED = ['/recipes/:id/install', '/simulator/phones/:phone'];

const ROBOT = { ref: 'check', kind: 'whatsapp.check', title: null, enabled: true, after: 'parallel', delaySeconds: 0 };

type Body = object | string | Buffer | undefined;

/** A body that is fine in the workspace `of`, for each route that takes one. */
const BODIES: Record<string, (of: Furnished) => Body> = {
  'PATCH /workspace': () => ({ duplicateWindowSeconds: 60 }),
  'PATCH /members/:id': () => ({ role: 'manager' }),
  'POST /invitations': () => ({ email: 'somebody@example.com' }),
  'POST /api-keys': () => ({ name: 'another' }),
  'POST /leads': ({ ids }) => ({ name: 'x', phones: [{ value: '+79005550011' }], stageId: ids['stages'] }),
  'PATCH /leads/:id': ({ ids }) => ({ stageId: ids['stages'] }),
  'POST /leads/:id/move': ({ ids }) => ({ stageId: ids['stages'] }),
  'POST /leads/import': () => 'name;phone\nИван;+79005550012\n',
  'POST /stages': () => ({ name: 'Ещё одна' }),
  'PATCH /stages/:id': () => ({ color: '#112233' }),
  'PUT /stages/order': () => undefined,
  'PUT /stages/:id/robots': ({ ids }) => ({
    version: 0,
    robots: [{ ...ROBOT, condition: null, settings: { phone: { pick: 'first' }, lineId: ids['lines'] } }],
  }),
  'POST /recipes/:id/install': ({ ids }) => ({
    stages: [{ stageId: ids['stage'], version: 0 }],
    whatsappLineId: ids['lines'],
    smsLineId: ids['smsLine'],
    file: { fileId: ids['files'] },
  }),
  'POST /fields': () => ({ name: 'Ещё одно', type: 'string' }),
  'PATCH /fields/:id': () => ({ onCard: true }),
  'PUT /fields/order': ({ ids }) => ({ ids: [ids['fields']] }),
  'POST /lines': () => ({ channel: 'simulator', medium: 'sms', name: 'Ещё одна' }),
  'PATCH /lines/:id': () => ({ paceIntervalMs: 10 }),
  'POST /lines/:id/pause': () => undefined,
  'POST /lines/:id/resume': () => undefined,
  'POST /lines/:id/test': () => ({}),
  'POST /files': () => multipartBody('a.txt', Buffer.from('a'), 'text/plain').body,
  'POST /files/:id/revoke': () => undefined,
  'POST /messages/:id/resolve': () => ({ outcome: 'closed' }),
  'PUT /simulator/phones/:phone': () => ({ slowMs: 1 }),
};

interface Route {
  name: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
}

let test: TestApp;
let mine: Furnished;
let theirs: Furnished;
const routes: Route[] = [];

beforeAll(async () => {
  test = await createTestApp({ more: (app) => app.addHook('onRoute', collect) });
  mine = await furnishWorkspace(test.app, test.context, 'romashka', '+79001112233');
  theirs = await furnishWorkspace(test.app, test.context, 'vasilek', '+79004445566');
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

function collect({ method, url }: RouteOptions): void {
  for (const one of [method].flat() as Route['method'][]) {
    const path = url.replace('/api/v1', '');
    if ((one as string) !== 'HEAD') routes.push({ name: `${one} ${path}`, method: one, path });
  }
}

/** The address of a route with the ids of a workspace in it. */
function addressOf({ name, path }: Route, of: Furnished): string {
  const parts = path.split('/');
  const filled = parts.map((part, index) => {
    if (!part.startsWith(':')) return part;
    const noun = parts[index - 1] ?? '';
    const id = noun === 'recipes' ? 'one-stage' : of.ids[noun];
    if (id === undefined) throw new Error(`${name}: furnishWorkspace makes no "${noun}", so ${part} cannot be tried`);
    return encodeURIComponent(id);
  });
  return `/api/v1${filled.join('/')}`;
}

async function ask(as: Furnished, route: Route, ids: Furnished, body: Furnished) {
  const takesBody = route.method !== 'GET' && route.method !== 'DELETE';
  const makeBody = BODIES[route.name];
  if (takesBody && !makeBody) throw new Error(`${route.name}: BODIES has none for it`);
  const payload = makeBody?.(body);
  const types: Record<string, string> = {};
  if (typeof payload === 'string') types['content-type'] = 'text/csv';
  if (Buffer.isBuffer(payload)) Object.assign(types, multipartBody('', Buffer.alloc(0), '').headers);
  return test.app.inject({
    method: route.method,
    url: addressOf(route, ids),
    headers: { ...as.headers, ...types },
    ...(payload === undefined ? {} : { payload }),
  });
}

describe('without credentials', () => {
  it('every route refuses, but for the few that are public', async () => {
    const open: string[] = [];
    for (const route of routes) {
      const answer = await test.app.inject({ method: route.method, url: addressOf(route, mine) });
      if (answer.statusCode !== 401) open.push(route.name);
      else expect(answer.json()).toMatchObject({ status: 401, code: 'unauthorized' });
    }
    expect(open.sort()).toEqual([...PUBLIC].sort());
  });
});

describe('with the ids of another workspace', () => {
  it('every path is refused and shows nothing of it', async () => {
    const leaks: string[] = [];
    for (const route of routes.filter(({ path }) => path.includes(':') && !NOT_OWNED.includes(path))) {
      const answer = await ask(mine, route, theirs, mine);
      if (![403, 404, 422].includes(answer.statusCode)) leaks.push(`${route.name} answered ${answer.statusCode}`);
      if (answer.body.includes(theirs.mark)) leaks.push(`${route.name} shows data`);
    }
    expect(leaks).toEqual([]);
  });

  it('every list and every answer without an id is of the own workspace', async () => {
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !path.includes(':'))) {
      const answer = await ask(mine, route, mine, mine);
      expect([route.name, answer.statusCode]).toEqual([route.name, 200]);
      expect([route.name, answer.body.includes(theirs.mark)]).toEqual([route.name, false]);
    }
  });

  it('every id in a body is refused', async () => {
    const { ids } = theirs;
    const attempts: [string, string, object][] = [
      ['POST', '/leads', { name: 'x', phones: [], email: 'x@example.com', stageId: ids['stages'] }],
      ['PATCH', `/leads/${mine.ids['leads']}`, { stageId: ids['stages'] }],
      ['POST', `/leads/${mine.ids['leads']}/move`, { stageId: ids['stages'] }],
      ['PUT', '/fields/order', { ids: [ids['fields']] }],
      ['PUT', '/stages/order', { ids: [ids['stages']] }],
      ['POST', '/recipes/one-stage/install', BODIES['POST /recipes/:id/install']?.(theirs) as object],
    ];
    for (const [method, url, payload] of attempts) {
      const answer = await test.app.inject({
        method: method as 'POST',
        url: `/api/v1${url}`,
        headers: mine.headers,
        payload,
      });
      expect([url, answer.statusCode]).toEqual([url, 422]);
      expect([url, answer.body.includes(theirs.mark)]).toEqual([url, false]);
    }
  });

  it('every id in the settings of a robot is refused', async () => {
    const { ids } = theirs;
    const phone = { pick: 'first' };
    const settings: [string, object, string][] = [
      ['whatsapp.check', { phone, lineId: ids['lines'] }, 'lineId'],
      ['whatsapp.message', { phone, lineId: ids['lines'], text: 'x' }, 'lineId'],
      ['whatsapp.file', { phone, lineId: mine.ids['lines'], fileId: ids['files'] }, 'fileId'],
      ['sms.message', { phone, lineId: ids['smsLine'], text: 'x' }, 'lineId'],
      ['lead.move', { stageId: ids['stages'] }, 'stageId'],
    ];
    for (const [kind, own, setting] of settings) {
      const robot = { ...ROBOT, kind, condition: null, settings: own };
      const answer = await test.app.inject({
        method: 'PUT',
        url: `/api/v1/stages/${mine.ids['stages']}/robots`,
        headers: mine.headers,
        payload: { version: 0, robots: [robot] },
      });
      expect([kind, answer.statusCode]).toEqual([kind, 422]);
      expect(answer.json().errors).toContainEqual(
        expect.objectContaining({ path: `robots[0].settings.${setting}` }) as unknown,
      );
      expect(answer.body.includes(theirs.mark)).toBe(false);
    }
  });

  it('every filter finds nothing', async () => {
    for (const url of [
      `/leads?stageId=${theirs.ids['stages']}`,
      `/leads?stageId=${theirs.ids['stage']}`,
      `/leads?q=${theirs.mark}`,
      `/messages?leadId=${theirs.ids['leads']}`,
      `/simulator/messages?phone=${encodeURIComponent(theirs.ids['phones'] ?? '')}`,
    ]) {
      const answer = await test.app.inject({ url: `/api/v1${url}`, headers: mine.headers });
      if (answer.statusCode === 200) expect([url, answer.json().items]).toEqual([url, []]);
      else expect([url, answer.statusCode]).toEqual([url, 422]);
    }
  });

  it('every cursor is refused', async () => {
    const cursors: string[] = [];
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const answer = await test.app.inject({ url: `${addressOf(route, theirs)}?limit=1`, headers: theirs.headers });
      const cursor = answer.statusCode === 200 ? answer.json().nextCursor : undefined;
      if (!cursor) continue;
      cursors.push(route.name);
      const refused = await test.app.inject({
        url: `${addressOf(route, mine)}?limit=1&cursor=${cursor}`,
        headers: mine.headers,
      });
      expect([route.name, refused.statusCode]).toEqual([route.name, 422]);
      expect(refused.json().errors[0].path).toBe('query.cursor');
    }
    expect(cursors).toEqual(
      expect.arrayContaining(['GET /leads', 'GET /files', 'GET /messages', 'GET /simulator/messages']),
    );
  });
});

describe('a list', () => {
  it('is given page by page, and a cursor made by hand is refused', async () => {
    const lists: string[] = [];
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !NOT_OWNED.includes(path))) {
      const ask = (query: string) =>
        test.app.inject({ url: `${addressOf(route, mine)}?${query}`, headers: mine.headers });
      const whole = (await ask('limit=200')).json();
      if (!('items' in whole)) continue;
      lists.push(route.name);
      expect([route.name, (await ask('limit=201')).statusCode]).toEqual([route.name, 422]);
      const first = (await ask('limit=1')).json();
      expect([route.name, first.items, first.nextCursor === null]).toEqual([
        route.name,
        whole.items.slice(0, 1),
        whole.items.length < 2,
      ]);
      if (first.nextCursor === null) continue;
      const second = (await ask(`limit=1&cursor=${first.nextCursor}`)).json();
      expect([route.name, second.items]).toEqual([route.name, whole.items.slice(1, 2)]);
      const [mark] = JSON.parse(Buffer.from(first.nextCursor, 'base64url').toString());
      for (const key of ['a\u0000', '\ud800', '', 'x'.repeat(500), 7, null, {}]) {
        const cursor = Buffer.from(JSON.stringify([mark, key])).toString('base64url');
        expect([route.name, key, (await ask(`cursor=${cursor}`)).statusCode]).toEqual([route.name, key, 422]);
      }
    }
    expect(lists).toEqual(
      expect.arrayContaining(['GET /stages', 'GET /fields', 'GET /lines', 'GET /members', 'GET /robot-kinds']),
    );
  });
});

describe('with the own ids', () => {
  // Last, since it deletes. It proves that the refusals above were for the ids and not for the bodies.
  it('the same requests are accepted', async () => {
    const refused: string[] = [];
    const own = routes.filter(({ path }) => path.includes(':'));
    for (const route of [...own.filter(isHarmless), ...own.filter((one) => !isHarmless(one))]) {
      const answer = await ask(theirs, route, theirs, theirs);
      if ([401, 403, 404, 422, 500].includes(answer.statusCode)) refused.push(`${route.name}: ${answer.body}`);
    }
    expect(refused).toEqual([]);
  });
});

function isHarmless({ method }: Route): boolean {
  return method !== 'DELETE';
}
