import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiKey } from '../src/accounts/api-keys.ts';
import { createSignInLink } from '../src/accounts/sign-in-links.ts';
import { findUserByEmail } from '../src/accounts/users.ts';
import { createWorkspace } from '../src/accounts/workspaces.ts';
import { buildApp } from '../src/api/app.ts';
import { createTestApp, createTestWorkspace, type TestApp } from './harness/app.ts';
import {
  cookieOf,
  PASSWORD,
  type Person,
  pageHeaders,
  redeem,
  signIn,
  signInOwner,
  tokenOf,
} from './harness/person.ts';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await test.context.pool.query('truncate rate_limits');
});

const ORIGIN = 'http://localhost:4000';
let people = 0;
function newEmail(): string {
  people += 1;
  return `person${people}@example.com`;
}

async function newOwner() {
  const workspace = await createWorkspace(test.context.pool, { name: 'Ромашка' });
  return { workspace, owner: await signInOwner(test.app, test.context, workspace.id, newEmail()) };
}

async function invite(owner: Person, email: string, role: string) {
  const answer = await test.app.inject({
    method: 'POST',
    url: '/api/v1/invitations',
    headers: owner.headers,
    payload: { email, role },
  });
  return { answer, token: answer.statusCode === 201 ? tokenOf(answer.json().url) : '' };
}

async function newMember(owner: Person, role: string): Promise<Person> {
  const email = newEmail();
  const { token } = await invite(owner, email, role);
  const answer = await redeem(test.app, { token, name: 'Борис', password: PASSWORD });
  return { email, headers: pageHeaders(cookieOf(answer)) };
}

function get(url: string, person: Person) {
  return test.app.inject({ method: 'GET', url, headers: person.headers });
}

describe('the link of the first start', () => {
  it('makes the owner and signs them in, once', async () => {
    const { workspace, owner } = await newOwner();
    const me = (await get('/api/v1/me', owner)).json();
    expect(me).toMatchObject({ workspaceId: workspace.id, role: 'owner', user: { email: owner.email, name: 'Анна' } });
    expect(me.may).toContain('api-key.write');
  });

  it('is not used up by looking at it, but by using it, however many do so at once', async () => {
    const workspace = await createWorkspace(test.context.pool, { name: 'Ромашка' });
    const url = await createSignInLink(
      test.context.pool,
      { purpose: 'first-start', workspaceId: workspace.id },
      ORIGIN,
    );
    const read = () =>
      test.app.inject({ method: 'POST', url: '/api/v1/sign-in-links/read', payload: { token: tokenOf(url) } });
    expect((await read()).json()).toEqual({ purpose: 'first-start', workspaceName: 'Ромашка', email: null });
    expect((await test.app.inject(new URL(url).pathname + new URL(url).search)).statusCode).not.toBe(500);
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => redeem(test.app, { token: tokenOf(url), email: newEmail(), password: PASSWORD })),
    );
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 410, 410, 410]);
    expect((await read()).json()).toMatchObject({ status: 410, code: 'link-not-valid' });
    const { rows } = await test.context.pool.query('select 1 from members where workspace_id = $1', [workspace.id]);
    expect(rows).toHaveLength(1);
  });

  it('stays good after a refusal that names what is wrong', async () => {
    const workspace = await createWorkspace(test.context.pool, { name: 'Ромашка' });
    const taken = (await newOwner()).owner.email;
    const link = { purpose: 'first-start', workspaceId: workspace.id } as const;
    const token = tokenOf(await createSignInLink(test.context.pool, link, ORIGIN));
    const refusals = [
      await redeem(test.app, { token, password: PASSWORD }),
      await redeem(test.app, { token, email: newEmail(), password: 'short' }),
      await redeem(test.app, { token, email: 'nonsense', password: PASSWORD }),
      await redeem(test.app, { token, email: taken.toUpperCase(), password: PASSWORD }),
    ];
    expect(refusals.map((answer) => [answer.statusCode, answer.json().errors[0].path])).toEqual([
      [422, 'email'],
      [422, 'password'],
      [422, 'email'],
      [409, 'email'],
    ]);
    expect((await redeem(test.app, { token, email: newEmail(), password: PASSWORD })).statusCode).toBe(200);
  });

  it('ends with time', async () => {
    const workspace = await createWorkspace(test.context.pool, { name: 'Ромашка' });
    const link = { purpose: 'first-start', workspaceId: workspace.id } as const;
    const token = tokenOf(await createSignInLink(test.context.pool, link, ORIGIN));
    await test.context.pool.query(`update sign_in_links set expires_at = now() where workspace_id = $1`, [
      workspace.id,
    ]);
    expect((await redeem(test.app, { token, email: newEmail(), password: PASSWORD })).statusCode).toBe(410);
  });
});

describe('of several links of the first start', () => {
  it('one makes the owner, and the others end with it', async () => {
    const workspace = await createWorkspace(test.context.pool, { name: 'Ромашка' });
    const link = { purpose: 'first-start', workspaceId: workspace.id } as const;
    const [first, second] = [
      tokenOf(await createSignInLink(test.context.pool, link, ORIGIN)),
      tokenOf(await createSignInLink(test.context.pool, link, ORIGIN)),
    ];
    const answers = await Promise.all(
      [first, second].map((token) => redeem(test.app, { token, email: newEmail(), password: PASSWORD })),
    );
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 410]);
  });
});

describe('a reset link', () => {
  it('sets a new password and signs out everywhere else', async () => {
    const { workspace, owner } = await newOwner();
    const user = await findUserByEmail(test.context.pool, owner.email);
    const link = { purpose: 'reset', workspaceId: workspace.id, userId: user?.id ?? '' } as const;
    const token = tokenOf(await createSignInLink(test.context.pool, link, ORIGIN));
    expect((await redeem(test.app, { token, password: 'another long one' })).json().signedIn).toBe(true);
    expect((await get('/api/v1/me', owner)).statusCode).toBe(401);
    expect((await signIn(test.app, owner.email)).json().code).toBe('wrong-credentials');
    expect((await signIn(test.app, owner.email, 'another long one')).statusCode).toBe(200);
  });
});

describe('an invitation', () => {
  it('makes a member of that role', async () => {
    const { owner } = await newOwner();
    const agent = await newMember(owner, 'agent');
    expect((await get('/api/v1/me', agent)).json()).toMatchObject({ role: 'agent', user: { email: agent.email } });
    expect((await get('/api/v1/api-keys', agent)).statusCode).toBe(403);
    expect((await get('/api/v1/members', owner)).json().items.map((one: { role: string }) => one.role)).toEqual([
      'owner',
      'agent',
    ]);
    expect((await get('/api/v1/invitations', owner)).json().items).toEqual([]);
  });

  it('can be taken back', async () => {
    const { owner } = await newOwner();
    const { answer, token } = await invite(owner, newEmail(), 'agent');
    const url = `/api/v1/invitations/${answer.json().id}`;
    expect((await test.app.inject({ method: 'DELETE', url, headers: owner.headers })).statusCode).toBe(204);
    expect((await redeem(test.app, { token, password: PASSWORD })).statusCode).toBe(410);
  });

  it('is no way to guess the password of a user', async () => {
    const [first, second] = [await newOwner(), await newOwner()];
    const { token } = await invite(second.owner, first.owner.email, 'agent');
    const statuses = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      const guess = await test.app.inject({
        method: 'POST',
        url: '/api/v1/sign-in-links/redeem',
        remoteAddress: `203.0.113.${attempt}`,
        payload: { token, password: `a guess, number ${attempt}` },
      });
      statuses.push(guess.statusCode);
    }
    expect(statuses).toEqual([...Array(20).fill(422), 429, 429]);
  });

  it('ends when who made it is removed or may not invite any more', async () => {
    const { owner } = await newOwner();
    const [removed, demoted] = [await newMember(owner, 'admin'), await newMember(owner, 'admin')];
    const tokens = [
      (await invite(removed, newEmail(), 'agent')).token,
      (await invite(demoted, newEmail(), 'admin')).token,
    ];
    const { items } = (await get('/api/v1/members', owner)).json();
    const urlOf = ({ email }: Person) =>
      `/api/v1/members/${items.find((one: { email: string }) => one.email === email)?.id}`;
    await test.app.inject({ method: 'DELETE', url: urlOf(removed), headers: owner.headers });
    await test.app.inject({
      method: 'PATCH',
      url: urlOf(demoted),
      headers: owner.headers,
      payload: { role: 'manager' },
    });
    for (const token of tokens) expect((await redeem(test.app, { token, password: PASSWORD })).statusCode).toBe(410);
  });

  it('is not taken back by somebody whose role is below it', async () => {
    const { owner } = await newOwner();
    const admin = await newMember(owner, 'admin');
    const { answer } = await invite(owner, newEmail(), 'owner');
    const url = `/api/v1/invitations/${answer.json().id}`;
    const refused = await test.app.inject({ method: 'DELETE', url, headers: admin.headers });
    expect(refused.json()).toMatchObject({ status: 403, code: 'outranked' });
    expect((await get('/api/v1/invitations', owner)).json().items).toHaveLength(1);
  });

  it('never takes over a user of another workspace', async () => {
    const [first, second] = [await newOwner(), await newOwner()];
    const { token } = await invite(second.owner, first.owner.email, 'agent');
    const stranger = await redeem(test.app, { token, password: 'a guess of mine' });
    expect(stranger.json().errors).toMatchObject([{ path: 'password', code: 'wrong-password' }]);
    expect((await redeem(test.app, { token, password: PASSWORD })).statusCode).toBe(200);
    expect((await get('/api/v1/me', first.owner)).json()).toMatchObject({
      role: 'owner',
      workspaceId: first.workspace.id,
    });
    const switched = await test.app.inject({
      method: 'POST',
      url: '/api/auth/organization/set-active',
      headers: first.owner.headers,
      payload: { organizationId: second.workspace.id },
    });
    expect(switched.statusCode).toBe(200);
    expect((await get('/api/v1/me', first.owner)).json()).toMatchObject({
      role: 'agent',
      workspaceId: second.workspace.id,
    });
  });
});

describe('members', () => {
  const change = (person: Person, memberId: string, role: string) =>
    test.app.inject({
      method: 'PATCH',
      url: `/api/v1/members/${memberId}`,
      headers: person.headers,
      payload: { role },
    });
  const idOf = async (person: Person, asker: Person) =>
    (await get('/api/v1/members', asker)).json().items.find((one: { email: string }) => one.email === person.email)?.id;

  it('change their roles at once, but never above the one who changes', async () => {
    const { owner } = await newOwner();
    const [admin, agent] = [await newMember(owner, 'admin'), await newMember(owner, 'agent')];
    expect((await change(admin, await idOf(agent, admin), 'manager')).statusCode).toBe(200);
    expect((await get('/api/v1/me', agent)).json().role).toBe('manager');
    expect((await change(admin, await idOf(agent, admin), 'owner')).json().code).toBe('outranked');
    expect((await change(admin, await idOf(owner, admin), 'agent')).json().code).toBe('outranked');
    expect((await invite(admin, newEmail(), 'owner')).answer.json().code).toBe('outranked');
  });

  it('always have an owner, also when two demote each other at once', async () => {
    const { workspace, owner } = await newOwner();
    expect((await change(owner, await idOf(owner, owner), 'agent')).json().code).toBe('last-owner');
    const second = await newMember(owner, 'owner');
    const [firstId, secondId] = [await idOf(owner, owner), await idOf(second, owner)];
    await Promise.all([change(owner, secondId, 'agent'), change(second, firstId, 'agent')]);
    const { rows } = await test.context.pool.query(`select 1 from members where workspace_id = $1 and role = 'owner'`, [
      workspace.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('who were removed are out', async () => {
    const { owner } = await newOwner();
    const agent = await newMember(owner, 'agent');
    const url = `/api/v1/members/${await idOf(agent, owner)}`;
    expect((await test.app.inject({ method: 'DELETE', url, headers: owner.headers })).statusCode).toBe(204);
    expect((await get('/api/v1/me', agent)).json()).toMatchObject({ status: 403, code: 'not-a-member' });
  });
});

describe('a session', () => {
  it('changes nothing on behalf of a foreign page', async () => {
    const { owner } = await newOwner();
    const patch = (headers: Record<string, string>) =>
      test.app.inject({
        method: 'PATCH',
        url: '/api/v1/workspace',
        headers: { cookie: owner.headers.cookie, host: 'localhost:4000', ...headers },
        payload: { name: 'Василёк' },
      });
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: ORIGIN },
      { 'sec-fetch-site': 'same-site', origin: 'http://other.localhost:4000' },
    ] as Record<string, string>[]) {
      expect((await patch(headers)).json().code).toBe('cross-site-request');
    }
    expect((await patch({ origin: ORIGIN })).statusCode).toBe(200);
    expect((await patch({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
  });

  it('begins only on a page of Otklik', async () => {
    const { owner } = await newOwner();
    const answer = await test.app.inject({
      method: 'POST',
      url: '/api/auth/sign-in/email',
      headers: { origin: 'https://evil.example', host: 'localhost:4000' },
      payload: { email: owner.email, password: PASSWORD },
    });
    expect(answer.json().code).toBe('cross-site-request');
  });

  it('ends with signing out', async () => {
    const { owner } = await newOwner();
    expect((await get('/api/v1/me', owner)).statusCode).toBe(200);
    const out = await test.app.inject({
      method: 'POST',
      url: '/api/auth/sign-out',
      headers: owner.headers,
      payload: {},
    });
    expect(out.statusCode).toBe(200);
    expect((await get('/api/v1/me', owner)).statusCode).toBe(401);
  });

  it('has a cookie that scripts and other sites do not get', async () => {
    const { owner } = await newOwner();
    const answer = await signIn(test.app, owner.email);
    expect(String(answer.headers['set-cookie'])).toMatch(/otklik\.session_token=.*HttpOnly.*SameSite=Lax/);
  });

  it('needs the second factor where one is set', async () => {
    const { owner } = await newOwner();
    const post = (path: string, payload: Record<string, unknown>, headers: Record<string, string> = owner.headers) =>
      test.app.inject({ method: 'POST', url: `/api/auth${path}`, headers, payload });
    const { totpURI } = (await post('/two-factor/enable', { password: PASSWORD })).json();
    expect(totpURI).toContain('otpauth://totp/Otklik');
    expect((await post('/two-factor/verify-totp', { code: oneTimeCode(totpURI) })).statusCode).toBe(200);
    const half = await signIn(test.app, owner.email);
    expect(half.json()).toMatchObject({ twoFactorRedirect: true });
    const halfHeaders = pageHeaders(cookieOf(half));
    expect((await get('/api/v1/me', { email: '', headers: halfHeaders })).statusCode).toBe(401);
    const wrong = await post('/two-factor/verify-totp', { code: '000000' }, halfHeaders);
    expect([wrong.statusCode, wrong.json().errors]).toMatchObject([401, [{ path: 'code' }]]);
    const whole = await post('/two-factor/verify-totp', { code: oneTimeCode(totpURI) }, halfHeaders);
    const headers = pageHeaders(cookieOf(whole));
    expect((await get('/api/v1/me', { email: '', headers })).json().user.email).toBe(owner.email);
  });
});

/** What an authenticator shows at this moment. https://www.rfc-editor.org/rfc/rfc6238 */
function oneTimeCode(uri: string): string {
  const bits = [...(new URL(uri).searchParams.get('secret') ?? '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

describe("better-auth's own ways in", () => {
  it.each([
    ['POST', '/api/auth/sign-up/email'],
    ['POST', '/api/auth/api-key/create'],
    ['GET', '/api/auth/api-key/list'],
    ['POST', '/api/auth/organization/create'],
    ['POST', '/api/auth/organization/invite-member'],
    ['POST', '/api/auth/organization/update-member-role'],
    ['GET', '/api/auth/organization/list-members'],
    ['POST', '/api/auth/organization/delete'],
    ['GET', '/api/auth/get-session'],
  ] as const)('%s %s is closed', async (method, url) => {
    const { owner } = await newOwner();
    const answer = await test.app.inject({
      method,
      url,
      headers: owner.headers,
      ...(method === 'POST' ? { payload: {} } : {}),
    });
    expect(answer.statusCode).toBe(404);
  });
});

describe('what is handed on to better-auth', () => {
  const post = (path: string, payload: object, headers: Record<string, string>) =>
    test.app.inject({ method: 'POST', url: `/api/auth${path}`, headers, payload });

  it('is checked first, and refused by the field that is wrong', async () => {
    const { owner } = await newOwner();
    const wrong: [string, object, string][] = [
      ['/sign-in/email', {}, 'email'],
      ['/sign-in/email', { email: 'a@example.com', password: [] }, 'password'],
      ['/update-user', { name: { first: 'Анна' } }, 'name'],
      ['/update-user', { name: 'Анна', image: 'javascript:alert(1)' }, 'image'],
      ['/change-password', { currentPassword: PASSWORD, newPassword: 'short' }, 'newPassword'],
      ['/change-password', { currentPassword: 'not the one', newPassword: PASSWORD }, 'currentPassword'],
      ['/two-factor/enable', { password: 'not the one' }, 'password'],
      ['/organization/set-active', { organizationId: 5 }, 'organizationId'],
      ['/organization/set-active', { organizationId: 'ws_aaaaaaaaaa' }, 'organizationId'],
    ];
    for (const [path, payload, field] of wrong) {
      const answer = await post(path, payload, owner.headers);
      expect([path, answer.statusCode]).toEqual([path, 422]);
      expect(answer.json().errors[0]).toMatchObject({ path: field, message: expect.stringMatching(/[а-я]/) });
    }
    expect((await post('/update-user', { name: ' Анна Петрова ' }, owner.headers)).statusCode).toBe(200);
    expect((await get('/api/v1/me', owner)).json().user.name).toBe('Анна Петрова');
  });

  it('does not depend on the host that the request names', async () => {
    const { owner } = await newOwner();
    for (const host of ['a b', '[', 'x:y:z', 'a/b', 'user@x']) {
      const answer = await post('/sign-in/email', { email: owner.email, password: PASSWORD }, { host });
      expect([host, answer.statusCode]).toEqual([host, 200]);
    }
  });

  it('reaches it also where Otklik is published under a path', async () => {
    await using published = await createTestApp({ config: { publicUrl: 'https://example.com/otklik' } });
    const payload = { email: 'a@example.com', password: PASSWORD };
    const answer = await published.app.inject({ method: 'POST', url: '/api/auth/sign-in/email', payload });
    expect(answer.json().code).toBe('wrong-credentials');
  });
});

describe('signing in', () => {
  it('is refused after too many attempts, whichever process they reach and from wherever they come', async () => {
    const { owner } = await newOwner();
    const second = buildApp(test.context, { auth: test.auth, webRoot: null });
    await second.ready();
    const statuses = [];
    for (let attempt = 0; attempt < 24; attempt += 1) {
      const app = attempt % 2 === 0 ? test.app : second;
      statuses.push((await signIn(app, owner.email, 'a wrong password', `203.0.113.${attempt}`)).statusCode);
    }
    await second.close();
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.slice(20)).toEqual(Array(4).fill(429));
    const refused = await signIn(test.app, owner.email);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('is refused after too many attempts from one address, for whomever, even at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => signIn(test.app, newEmail(), 'a wrong password', '198.51.100.7')),
    );
    expect(answers.filter((answer) => answer.statusCode === 429)).toHaveLength(10);
  });

  it('does not believe an address that the asker makes up', async () => {
    const statuses = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      const answer = await test.app.inject({
        method: 'POST',
        url: '/api/auth/sign-in/email',
        remoteAddress: '198.51.100.8',
        headers: {
          ...pageHeaders(''),
          'x-forwarded-for': `203.0.113.${attempt}`,
          'x-otklik-client-address': `203.0.113.${attempt}`,
        },
        payload: { email: newEmail(), password: 'a wrong password' },
      });
      statuses.push(answer.statusCode);
    }
    expect(statuses.slice(20)).toEqual([429, 429]);
  });
});

describe('API keys over HTTP', () => {
  it('are shown once, listed without the key, and revoked at once', async () => {
    const { headers } = await createTestWorkspace(test.context);
    const made = (
      await test.app.inject({
        method: 'POST',
        url: '/api/v1/api-keys',
        headers,
        payload: { name: 'site', role: 'agent' },
      })
    ).json();
    const own = { authorization: `Bearer ${made.key}` };
    expect((await test.app.inject({ url: '/api/v1/me', headers: own })).json()).toMatchObject({
      role: 'agent',
      user: null,
    });
    const listed = await test.app.inject({ url: '/api/v1/api-keys', headers });
    expect(listed.body).not.toContain(made.key);
    expect(listed.json().items).toHaveLength(2);
    const url = `/api/v1/api-keys/${made.id}`;
    expect((await test.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204);
    expect((await test.app.inject({ url: '/api/v1/me', headers: own })).statusCode).toBe(401);
  });

  it('and invitations lie nowhere in the clear, not even for a request that is sent again', async () => {
    const { headers } = await createTestWorkspace(test.context);
    const send = (url: string, payload: object) =>
      test.app.inject({ method: 'POST', url, headers: { ...headers, 'idempotency-key': url }, payload });
    for (const [url, payload] of [
      ['/api/v1/api-keys', { name: 'site' }],
      ['/api/v1/invitations', { email: newEmail() }],
    ] as const) {
      const made = await send(url, payload);
      const secret = made.json().key ?? tokenOf(made.json().url);
      expect((await send(url, payload)).json()).toEqual(made.json());
      const { rows } = await test.context.pool.query('select t::text from idempotency_keys t');
      expect(rows).not.toEqual([]);
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
  });

  it('are never made nor revoked above the role of who asks', async () => {
    const { headers, workspace } = await createTestWorkspace(test.context, { role: 'admin' });
    const payload = { name: 'site', role: 'owner' };
    const answer = await test.app.inject({ method: 'POST', url: '/api/v1/api-keys', headers, payload });
    expect(answer.json().code).toBe('outranked');
    const above = await createApiKey(test.context.pool, { workspaceId: workspace.id, name: 'owner', role: 'owner' });
    const url = `/api/v1/api-keys/${above.id}`;
    expect((await test.app.inject({ method: 'DELETE', url, headers })).json().code).toBe('outranked');
    expect((await test.app.inject({ url: '/api/v1/api-keys', headers })).json().items).toHaveLength(2);
  });
});
