import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../test/harness/app.ts';
import { buildApp } from './app.ts';
import { VERSION } from './version.ts';

const WEB_ROOT = new URL('../../../web/', import.meta.url);

let test: TestApp;
let app: FastifyInstance;
beforeAll(async () => {
  test = await createTestApp();
  app = buildApp(test.context, { auth: test.auth, webRoot: WEB_ROOT });
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await test[Symbol.asyncDispose]();
});

describe('the web app', () => {
  it('is answered at every address that is not of the API, with the version in it', async () => {
    for (const url of ['/', '/leads', '/leads/lead_1?x=1']) {
      const answer = await app.inject({ url });
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.body).toContain(VERSION);
    }
    expect((await app.inject({ url: '/sign-in?token=x' })).body).toContain('/sign-in.js');
  });

  it('loads nothing inline and may be framed by nobody', async () => {
    const { headers } = await app.inject({ url: '/' });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
    for (const url of ['/', '/sign-in']) {
      expect((await app.inject({ url })).body).not.toMatch(/<script>|<script(?![^>]*src=)|\son\w+=/);
    }
  });

  it('is not sent again while it is the same', async () => {
    const { headers } = await app.inject({ url: '/style.css' });
    const again = await app.inject({ url: '/style.css', headers: { 'if-none-match': String(headers['etag']) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('does not give away other files, and leaves the API its refusals', async () => {
    for (const url of ['/package.json', '/../package.json', '/%2e%2e/package.json', '/nothing.js', '/api/nothing']) {
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404]);
    }
    expect((await app.inject({ method: 'POST', url: '/leads' })).statusCode).toBe(404);
  });
});
