import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test, vi } from 'vitest';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import { waha } from '../../src/channels/waha/adapter.ts';
import { WahaConfig } from '../../src/channels/waha/schema.ts';
import { FakeWaha, type FakeWahaSettings } from './fake-waha.ts';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const config = WahaConfig.parse({ baseUrl: 'http://waha', apiKey: 'waha-key', webhookSecret: 'hook-secret' });

/** Takes webhooks as the product does; refuses the first `refusals` of them. */
async function openHook(refusals = 0) {
  const events: ChannelEvent[] = [];
  const hook = { events, refusals, url: '' };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    hook.refusals -= 1;
    if (hook.refusals >= 0) {
      response.writeHead(503).end();
      return;
    }
    const headers = request.headers as Record<string, string>;
    const verdict = waha.parseWebhook!(config, { headers, rawBody: Buffer.concat(chunks) }, 'en');
    if (verdict.ok) events.push(...verdict.events);
    response.writeHead(verdict.ok ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return hook;
}

async function openFake(settings: Partial<FakeWahaSettings>) {
  const fake = new FakeWaha({ webhookSecret: 'hook-secret', webhookRetryMs: 10, ...settings });
  cleanUps.push(() => fake.close());
  return { fake, baseUrl: (await fake.start()).baseUrl };
}

function sendText(baseUrl: string): Promise<Response> {
  return fetch(`${baseUrl}/api/sendText`, {
    method: 'POST',
    headers: { 'x-api-key': 'waha-key', 'content-type': 'application/json' },
    body: JSON.stringify({ session: 'default', chatId: '79001234561@c.us', text: 'hello', id: '3EB0AA' }),
  });
}

test('receipts follow a message, signed, in the order asked for and as often', async () => {
  const hook = await openHook();
  const { fake, baseUrl } = await openFake({ webhookUrl: hook.url, acks: [3, 2], webhookTimes: 2, ackDelayMs: 20 });
  await sendText(baseUrl);
  await vi.waitFor(() => expect(hook.events).toHaveLength(4));
  expect(hook.events.map((event) => event.type === 'receipt' && event.status)).toEqual([
    'read',
    'read',
    'delivered',
    'delivered',
  ]);
  expect(new Set(hook.events.map((event) => event.eventKey)).size).toBe(2);
  await vi.waitFor(() => expect(fake.webhooks.pending).toBe(0));
});

test('an early receipt is there before the answer', async () => {
  const hook = await openHook();
  const { baseUrl } = await openFake({ webhookUrl: hook.url, acks: [2], webhooksEarly: true });
  await sendText(baseUrl);
  expect(hook.events).toMatchObject([{ type: 'receipt', providerId: '3EB0AA', status: 'delivered' }]);
});

test('an event that was not taken comes again', async () => {
  const hook = await openHook(3);
  const { baseUrl } = await openFake({ webhookUrl: hook.url, acks: [2] });
  await sendText(baseUrl);
  await vi.waitFor(() => expect(hook.events).toHaveLength(1));
  expect(hook.refusals).toBe(-1);
});

test('the session’s status and a client’s message are told', async () => {
  const hook = await openHook();
  const { fake } = await openFake({ webhookUrl: hook.url });
  fake.change({ sessionStatus: 'SCAN_QR_CODE' });
  await vi.waitFor(() => expect(hook.events).toHaveLength(1));
  fake.sendInbound('+79001234561', 'Здравствуйте');
  await vi.waitFor(() => expect(hook.events).toHaveLength(2));
  expect(hook.events).toMatchObject([
    { type: 'line-state', state: 'scan' },
    { type: 'inbound', from: '+79001234561', text: 'Здравствуйте' },
  ]);
});

test('a repeat of an id is kept and told apart', async () => {
  const { fake, baseUrl } = await openFake({});
  await sendText(baseUrl);
  await sendText(baseUrl);
  expect(fake.log.map(({ id, repeat }) => [id, repeat])).toEqual([
    ['3EB0AA', false],
    ['3EB0AA', true],
  ]);
});

test('what is outside the contract is refused and kept', async () => {
  const { fake, baseUrl } = await openFake({});
  await fetch(`${baseUrl}/api/sendVoice`, { method: 'POST', body: '{}' });
  await fetch(`${baseUrl}/api/contacts/check-exists?phone=7900`);
  expect(fake.unexpected).toHaveLength(2);
});

test('runs as a process of its own, told and asked over HTTP', async () => {
  const main = join(import.meta.dirname, 'fake-waha-main.ts');
  const child = spawn(process.execPath, [main, '0', '{"withoutWhatsapp":[]}'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUps.push(() => child.kill('SIGKILL'));
  const { value: line } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const { baseUrl } = JSON.parse(String(line)) as { baseUrl: string };
  await sendText(baseUrl);
  const log = (await (await fetch(`${baseUrl}/__log`)).text()).trim().split('\n');
  expect(log.map((entry) => JSON.parse(entry))).toMatchObject([{ id: '3EB0AA', text: 'hello' }]);
  const faults = [{ route: 'send-text', kind: 'too-many', times: 1 }];
  expect((await fetch(`${baseUrl}/__control`, { method: 'POST', body: JSON.stringify({ faults }) })).status).toBe(200);
  expect((await sendText(baseUrl)).status).toBe(429);
  expect(await (await fetch(`${baseUrl}/__stats`)).json()).toMatchObject({ received: 1, repeats: 0, unexpected: [] });
  expect((await fetch(`${baseUrl}/__control`, { method: 'POST', body: '{"latency":1}' })).status).toBe(400);
});
