import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { FakeSmsc, type FakeSmscSettings } from './fake-smsc.ts';

/**
 * The fake SMSC as a process of its own: `node fake-smsc-main.ts [SMPP PORT] [SETTINGS AS JSON] [HTTP PORT]`, or PORT,
 * FAKE_SMSC_SETTINGS and CONTROL_PORT in the environment. Prints one line `{"host":…,"port":…,"controlUrl":…}` when it
 * listens. While it runs: GET /__log (`{submits, messages}` received), GET /__stats, and POST /__control with settings to
 * change, `"dropConnections":true`, `"clearLog":true` or `"deliver":{fields of a deliver_sm, short_message as text}`.
 */
interface Control extends Partial<FakeSmscSettings> {
  dropConnections?: boolean;
  clearLog?: boolean;
  deliver?: Record<string, unknown> & { short_message: string };
}

const port = Number(process.argv[2] ?? process.env['PORT'] ?? 0);
const settings = JSON.parse(process.argv[3] ?? process.env['FAKE_SMSC_SETTINGS'] ?? '{}') as Partial<FakeSmscSettings>;
const controlPort = Number(process.argv[4] ?? process.env['CONTROL_PORT'] ?? 0);

const fake = new FakeSmsc(settings);
const address = await fake.start(port);
const control = createServer((request, response) => void answer(request, response));
await new Promise<void>((resolve) => control.listen(controlPort, '127.0.0.1', resolve));
const controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
process.stdout.write(`${JSON.stringify({ ...address, controlUrl })}\n`);
process.once('SIGTERM', () => {
  control.close();
  control.closeAllConnections();
  void fake.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await route(`${request.method} ${request.url}`, request);
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  } catch (error) {
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(error) }));
  }
}

async function route(line: string, request: IncomingMessage): Promise<unknown> {
  switch (line) {
    case 'GET /__log':
      return { submits: fake.submits, messages: fake.messages };
    case 'GET /__stats':
      return {
        binds: fake.binds,
        boundNow: fake.boundNow,
        maxInFlight: fake.maxInFlight,
        enquiries: fake.enquiries,
        deliveryAnswers: fake.deliveryAnswers.length,
        unansweredDeliveries: fake.unansweredDeliveries,
      };
    case 'POST /__control':
      return applyControl((await json(request)) as Control);
    default:
      return null;
  }
}

function applyControl({ dropConnections, clearLog, deliver, ...changed }: Control): FakeSmscSettings {
  fake.change(changed);
  if (clearLog === true) {
    fake.clearLog();
  }
  if (deliver !== undefined) {
    fake.deliver({ ...deliver, short_message: Buffer.from(deliver.short_message, 'latin1') });
  }
  if (dropConnections === true) {
    fake.dropConnections();
  }
  return fake.settings;
}
