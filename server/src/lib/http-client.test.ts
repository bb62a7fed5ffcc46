import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { HttpRequest } from './http.ts';
import { createHttpClient } from './http-client.ts';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function httpServer(handler: RequestListener): Promise<string> {
  return listen(createHttpServer({ keepAlive: true }, handler));
}

/** A server that gives each socket's bytes to the handler: for answers HTTP servers do not make. */
function rawServer(onData: (socket: Socket, data: Buffer) => void): Promise<string> {
  return listen(createServer((socket) => socket.on('data', (data) => onData(socket, data))));
}

function client(options: Parameters<typeof createHttpClient>[0] = {}) {
  const made = createHttpClient(options);
  cleanUps.push(() => made.close());
  return made;
}

function post(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'POST', url, json: { text: 'Здравствуйте' }, ...more };
}

test('sends JSON and parses the answer', async () => {
  const seen: { type: string | undefined; body: string }[] = [];
  const url = await httpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      seen.push({ type: request.headers['content-type'], body });
      response.writeHead(201, { 'x-two': ['a', 'b'] }).end('{"id":1}');
    });
  });
  const outcome = await client().request(post(url));
  expect(outcome).toMatchObject({ type: 'answer', status: 201, json: { id: 1 }, headers: { 'x-two': 'a, b' } });
  expect(seen).toEqual([{ type: 'application/json', body: '{"text":"Здравствуйте"}' }]);
});

test('sends a form', async () => {
  let body = '';
  const url = await httpServer((request, response) => {
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => response.end());
  });
  const outcome = await client().request({ method: 'POST', url, form: { to: '+7', text: 'a b' } });
  expect(outcome).toMatchObject({ type: 'answer', status: 200, body: '', json: undefined });
  expect(body).toBe('to=%2B7&text=a+b');
});

test('an answer that is not JSON keeps its text', async () => {
  const url = await httpServer((_request, response) => response.writeHead(502).end('<html>'));
  expect(await client().request(post(url))).toMatchObject({
    type: 'answer',
    status: 502,
    body: '<html>',
    json: undefined,
  });
});

test('sockets are used again', async () => {
  const ports = new Set<number | undefined>();
  const url = await httpServer((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });
  const http = client();
  for (let i = 0; i < 20; i += 1) await http.request(post(url));
  // Two, since undici lets a socket rest for one turn of the event loop after an answer.
  expect(ports.size).toBeLessThanOrEqual(2);
});

test('requests never wait for one another', async () => {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const url = await httpServer((_request, response) => {
    underWay += 1;
    waiting.push(() => response.end('{}'));
    if (underWay === 200) for (const go of waiting) go();
  });
  const http = client();
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => http.request(post(url, { timeoutMs: 8_000 }))));
  expect(outcomes.every((outcome) => outcome.type === 'answer')).toBe(true);
});

test('a refused connection was not sent', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await client().request(post(`http://127.0.0.1:${port}`))).toMatchObject({
    type: 'not-sent',
    fault: 'refused',
    error: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a name that does not resolve was not sent', async () => {
  expect(await client().request(post('http://nowhere.invalid/x'))).toMatchObject({ type: 'not-sent' });
});

test('an address that is no URL was not sent, and the error does not repeat it', async () => {
  expect(await client().request(post('secret-token'))).toEqual({
    type: 'not-sent',
    fault: 'bad-address',
    error: 'the address is not a URL',
  });
});

test('a failed TLS handshake was not sent', async () => {
  const url = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  expect(await client().request(post(url.replace('http:', 'https:')))).toMatchObject({ type: 'not-sent' });
});

test('a handshake that never ends was not sent', async () => {
  const url = await rawServer(() => undefined);
  const outcome = await client({ connectTimeoutMs: 200 }).request(
    post(url.replace('http:', 'https:'), { timeoutMs: 300 }),
  );
  expect(outcome).toMatchObject({ type: 'not-sent' });
});

test('silence after the request left is no answer', async () => {
  const url = await rawServer(() => undefined);
  expect(await client().request(post(url, { timeoutMs: 50 }))).toEqual({
    type: 'no-answer',
    fault: 'time-out',
    error: 'no answer within 50 ms',
  });
});

test('a connection cut after the request left is no answer', async () => {
  const url = await rawServer((socket) => socket.destroy());
  expect(await client().request(post(url))).toMatchObject({ type: 'no-answer' });
});

test('a connection reset after the request left is no answer', async () => {
  const url = await rawServer((socket) => socket.resetAndDestroy());
  expect(await client().request(post(url))).toMatchObject({ type: 'no-answer' });
});

test('a body that stops half way is no answer', async () => {
  const url = await rawServer((socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{"id":'));
  expect(await client().request(post(url))).toMatchObject({ type: 'no-answer' });
});

test('an answer that is no HTTP is no answer', async () => {
  const url = await rawServer((socket) => socket.end('220 smtp ready\r\n'));
  expect(await client().request(post(url))).toMatchObject({ type: 'no-answer' });
});

test('an answer over the limit is no answer', async () => {
  const url = await httpServer((_request, response) => response.end('x'.repeat(3000)));
  expect(await client({ maxAnswerBytes: 1000 }).request(post(url))).toMatchObject({ type: 'no-answer' });
});

test('a reset on a reused socket is no answer, and the request is not repeated', async () => {
  let requests = 0;
  const url = await rawServer((socket) => {
    requests += 1;
    if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}');
    else socket.resetAndDestroy();
  });
  const http = client();
  expect(await http.request(post(url))).toMatchObject({ type: 'answer' });
  expect(await http.request(post(url))).toMatchObject({ type: 'no-answer' });
  expect(requests).toBe(2);
});

test('maySend is asked after connecting, and a no keeps every byte back', async () => {
  let bytes = 0;
  let connected = false;
  const server = createServer((socket) => {
    connected = true;
    socket.on('data', (data) => {
      bytes += data.length;
    });
  });
  const url = await listen(server);
  let asked = 0;
  const outcome = await client().request(
    post(url, {
      maySend: () => {
        asked += 1;
        return false;
      },
    }),
  );
  expect(outcome).toMatchObject({ type: 'not-sent' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect({ asked, connected, bytes }).toEqual({ asked: 1, connected: true, bytes: 0 });
});

test('a lease lost while connecting keeps the request back', async () => {
  let requests = 0;
  const url = await httpServer((_request, response) => {
    requests += 1;
    response.end();
  });
  let mine = true;
  const pending = client().request(post(url, { maySend: () => mine }));
  mine = false;
  expect(await pending).toMatchObject({ type: 'not-sent' });
  expect(requests).toBe(0);
});

test('maySend is asked for a reused socket too, and the client works on after a no', async () => {
  let requests = 0;
  const url = await httpServer((_request, response) => {
    requests += 1;
    response.end('{}');
  });
  const http = client();
  await http.request(post(url));
  expect(await http.request(post(url, { maySend: () => false }))).toMatchObject({ type: 'not-sent' });
  expect(await http.request(post(url))).toMatchObject({ type: 'answer' });
  expect(requests).toBe(2);
});

test('a signal cancels: before the write not sent, after it no answer', async () => {
  const url = await rawServer(() => undefined);
  const early = new AbortController();
  early.abort();
  expect(await client().request(post(url, { signal: early.signal }))).toMatchObject({ type: 'not-sent' });
  const late = new AbortController();
  const http = client();
  const pending = Promise.all([
    http.request(post(url, { signal: late.signal })),
    http.request(post(url, { signal: late.signal })),
  ]);
  setTimeout(() => late.abort(), 50);
  expect((await pending).map((outcome) => outcome.type)).toEqual(['no-answer', 'no-answer']);
});
