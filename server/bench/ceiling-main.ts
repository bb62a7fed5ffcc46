import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpClient } from '../src/lib/http-client.ts';
import { CAPTION, FILE_URL, PROVIDER_KEY, TEXT } from './scenario.ts';

/**
 * The ceiling: a bare server of node:http that keeps nothing. It answers each lead at once and makes the product's four calls to the
 * provider with the product's HTTP client. As many leads are under way at once as in the product (128), which is also faster than
 * without a limit. Prints `{"address":…}` when it listens.
 */

const UNDER_WAY = 128;
const [baseUrl = ''] = process.argv.slice(2);
const http = createHttpClient();
const headers = { 'x-api-key': PROVIDER_KEY };
const waiting: string[] = [];
let underWay = 0;
let nextId = 1;

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  const lead = JSON.parse(await readBody(request)) as { name: string; phones: [{ value: string }] };
  const body = JSON.stringify({ id: `lead_${nextId++}`, outcome: 'created', name: lead.name, phones: lead.phones });
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  waiting.push(lead.phones[0].value);
  pump();
});
server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ address })}\n`);
});

function pump(): void {
  while (underWay < UNDER_WAY) {
    const phone = waiting.shift();
    if (phone === undefined) return;
    underWay += 1;
    void answerLead(phone.slice(1)).finally(() => {
      underWay -= 1;
      pump();
    });
  }
}

async function answerLead(digits: string): Promise<void> {
  const chatId = `${digits}@c.us`;
  await ask('GET', `contacts/check-exists?phone=${digits}&session=default`);
  const { id } = (await ask('GET', 'default/new-message-id')) as { id: string };
  await ask('POST', 'sendText', { session: 'default', chatId, text: TEXT, id });
  const file = { mimetype: 'application/pdf', filename: 'price.pdf', url: FILE_URL };
  await ask('POST', 'sendFile', { session: 'default', chatId, file, caption: CAPTION });
}

async function ask(method: 'GET' | 'POST', path: string, json?: unknown): Promise<unknown> {
  const outcome = await http.request({ method, url: `${baseUrl}/api/${path}`, headers, json });
  if (outcome.type !== 'answer' || outcome.status >= 300) throw new Error(`The provider did not take ${path}`);
  return outcome.json;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
