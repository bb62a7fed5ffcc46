import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../test/harness/app.ts';
import { PASSWORD_LENGTH } from '../accounts/auth.ts';
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
  it('has a start page with the version in it, and a sign-in page', async () => {
    const start = await app.inject({ url: '/?x=1' });
    expect([start.statusCode, start.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(start.body).toContain(VERSION);
    expect((await app.inject({ url: '/sign-in?token=x' })).body).toContain('/sign-in.js');
    const head = await app.inject({ method: 'HEAD', url: '/' });
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
      200,
      '',
      start.headers['content-length'],
    ]);
  });

  it('tells a browser in both languages that a page is not there, and a program with a problem document', async () => {
    for (const url of ['/leads', '/nothing.php', '/sign-in/', '/%2e%2e/etc/passwd']) {
      const page = await app.inject({ url, headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
      expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
      expect(page.body).toContain('Такой страницы нет');
      expect(page.body).toContain('There is no such page');
      const { statusCode, headers } = await app.inject({ url, headers: { accept: '*/*' } });
      expect([statusCode, headers['content-type']]).toEqual([404, 'application/problem+json']);
    }
  });

  it('has each text in both languages', async () => {
    for (const url of ['/', '/sign-in', '/404.html']) {
      const { body } = await app.inject({ url });
      const count = (language: string) => body.split(`data-in="${language}"`).length - 1;
      expect([url, count('en')]).toEqual([url, count('ru')]);
      expect(body).toMatch(/<title data-en="[^"]+">[^<]+<\/title>/);
    }
  });

  it('asks for passwords as long as the server does', async () => {
    const { body } = await app.inject({ url: '/sign-in.js' });
    expect(body).toContain(`SHORTEST_PASSWORD = ${PASSWORD_LENGTH.min};`);
    expect((await app.inject({ url: '/sign-in' })).body).toContain(`maxlength="${PASSWORD_LENGTH.max}"`);
  });

  it('loads nothing inline and may be framed by nobody', async () => {
    const { headers } = await app.inject({ url: '/' });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
    for (const url of ['/', '/sign-in', '/404.html']) {
      expect((await app.inject({ url })).body).not.toMatch(/<script>|<script(?![^>]*src=)|\son\w+=/);
    }
  });

  it('is not sent again while it is the same', async () => {
    const { headers } = await app.inject({ url: '/style.css' });
    const again = await app.inject({ url: '/style.css', headers: { 'if-none-match': String(headers['etag']) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    for (const tag of [`W/${headers['etag']}`, `"other", ${headers['etag']}`, '*']) {
      const { statusCode } = await app.inject({ url: '/style.css', headers: { 'if-none-match': tag } });
      expect([tag, statusCode]).toEqual([tag, 304]);
    }
    const other = await app.inject({ url: '/style.css', headers: { 'if-none-match': '"other"' } });
    expect(other.statusCode).toBe(200);
  });

  it('does not give away other files, and leaves the API its refusals', async () => {
    const outside = ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '//etc/passwd', '/__proto__'];
    for (const url of ['/package.json', '/.env', '/nothing.js', '/api/nothing', ...outside]) {
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404]);
    }
    expect((await app.inject({ method: 'POST', url: '/leads' })).statusCode).toBe(404);
  });
});

describe('the API reference', () => {
  it('reaches nothing but this server', async () => {
    const { body, headers } = await app.inject({ url: '/api/docs/' });
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(body).toMatch(/"agent": \{\s+"disabled": true/);
    expect(body).toMatch(/"mcp": \{\s+"disabled": true/);
    expect(headers['content-security-policy']).not.toContain('http');
    expect((await app.inject({ url: '/api/docs/js/scalar.js' })).statusCode).toBe(200);
  });
});
