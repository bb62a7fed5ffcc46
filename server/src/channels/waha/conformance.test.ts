import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeWaha } from '../../../test/fakes/fake-waha.ts';
import { MemorySimulatorStore } from '../../../test/memory-simulator-store.ts';
import type { HttpClient } from '../../lib/http.ts';
import { createHttpClient } from '../../lib/http-client.ts';
import type { ChannelContext, FileToSend, LookUpRequest } from '../channel.ts';
import { waha } from './adapter.ts';
import { WahaConfig } from './schema.ts';

/**
 * Every request of the adapter, and every answer of the fake, against WAHA's own API description, checked by Prism.
 * https://github.com/stoplightio/prism
 */
const specs = process.env['SPECS_DIR'];
const spec = specs === undefined ? null : resolve(specs, 'waha-openapi-2026.7.1.json');
if (spec === null)
  process.stderr.write('WAHA conformance skipped: SPECS_DIR (folder of API descriptions) is not set\n');

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const require = createRequire(import.meta.url);
const prism = require.resolve('@stoplight/prism-cli/dist/index.js');

/** Starts Prism: `mock` answers by itself, `proxy` hands on to the upstream; both judge the request. */
async function startPrism(mode: 'mock' | 'proxy', ...upstream: string[]): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [prism, mode, '-h', '127.0.0.1', '-p', String(port), spec ?? '', ...upstream], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanUps.push(() => stop(child));
  await new Promise<void>((ready, fail) => {
    let output = '';
    const read = (part: Buffer) => {
      output += part.toString();
      if (output.includes('is listening')) ready();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => fail(new Error(`Prism ended: ${output}`)));
  });
  return `http://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGKILL');
  });
}

interface Exchange {
  request: string;
  status: number;
  /** Prism's words on what is wrong with the request or the answer. */
  violations: string;
}

function openLine(baseUrl: string) {
  const http = createHttpClient({ timeoutMs: 20_000 });
  cleanUps.push(() => http.close());
  const exchanges: Exchange[] = [];
  const recording: HttpClient = {
    async request(request) {
      const outcome = await http.request(request);
      const answer =
        outcome.type === 'answer' ? outcome : { status: 0, headers: {} as Record<string, string>, body: outcome.error };
      const violations = `${answer.status >= 400 ? answer.body : ''}${answer.headers['sl-violations'] ?? ''}`;
      exchanges.push({
        request: `${request.method} ${request.url.slice(baseUrl.length)}`,
        status: answer.status,
        violations,
      });
      return outcome;
    },
  };
  const context: ChannelContext = {
    http: recording,
    logger: pino({ level: 'silent' }),
    simulator: new MemorySimulatorStore(),
    workspaceId: 'ws_1',
    lineId: 'line_1',
    medium: 'whatsapp',
    language: 'ru',
    maySend: () => true,
    signal: new AbortController().signal,
  };
  return { context, exchanges, config: WahaConfig.parse({ baseUrl, apiKey: 'waha-key' }) };
}

const phone = '+79001234561';
const file: FileToSend = {
  messageId: 'msg_2',
  to: phone,
  caption: 'Прайс',
  fileName: 'price.pdf',
  mime: 'application/pdf',
  source: { url: 'https://example.com/price.pdf' },
};
const sought: LookUpRequest = {
  messageId: 'msg_1',
  to: phone,
  text: 'Здравствуйте',
  fileName: null,
  providerId: '3EB0AA',
  sentAt: new Date(),
};

/** Makes every kind of request the adapter can make. */
async function useEverything({ config, context }: ReturnType<typeof openLine>): Promise<void> {
  await waha.health?.(config, context);
  await waha.check?.(config, context, phone);
  const preparedId = (await waha.prepareText?.(config, context)) ?? null;
  await waha.sendText?.(config, context, { messageId: 'msg_1', to: phone, text: 'Здравствуйте', preparedId });
  await waha.sendText?.(config, context, { messageId: 'msg_1', to: phone, text: 'Без номера', preparedId: null });
  await waha.sendFile?.(config, context, file);
  await waha.sendFile?.(config, context, { ...file, caption: null, source: { bytes: Buffer.from('%PDF-1.7') } });
  await waha.lookUp?.(config, context, { ...sought, providerId: preparedId });
  await waha.lookUp?.(config, context, { ...sought, fileName: 'price.pdf', text: 'Прайс', providerId: null });
}

describe.skipIf(spec === null)('WAHA’s API description', () => {
  test('accepts every request of the adapter', async () => {
    const line = openLine(await startPrism('mock'));
    await useEverything(line);
    expect(line.exchanges.filter((exchange) => exchange.status >= 400 || exchange.status === 0)).toEqual([]);
    expect(new Set(line.exchanges.map(({ request }) => request.replace(/\?.*/, ''))).size).toBe(7);
  }, 60_000);

  test('is really asked: a request without its session is refused', async () => {
    const { config, context, exchanges } = openLine(await startPrism('mock'));
    const { session: _left, ...incomplete } = config;
    await waha.sendText?.(incomplete as WahaConfig, context, {
      messageId: 'msg_1',
      to: phone,
      text: 'x',
      preparedId: null,
    });
    expect(exchanges).toMatchObject([{ status: 422, violations: expect.stringContaining('session') }]);
  }, 60_000);

  test('accepts every answer of the fake', async () => {
    const fake = new FakeWaha();
    cleanUps.push(() => fake.close());
    const { baseUrl } = await fake.start();
    const line = openLine(await startPrism('proxy', baseUrl));
    await useEverything(line);
    expect(line.exchanges.filter((exchange) => exchange.violations !== '')).toEqual([]);
    expect(fake.log).toHaveLength(4);
    expect(fake.unexpected).toEqual([]);
    // And it would have told. (Not of the session: that schema is broken in the description itself, and Prism skips it.)
    for (const message of fake.log) message.ack = 9;
    await waha.lookUp?.(line.config, line.context, { ...sought, providerId: fake.log[0]?.id ?? null });
    expect(line.exchanges.at(-1)?.violations).toContain('ack');
  }, 60_000);
});
