import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { z } from 'zod';
import { type FakeWahaWebhookSettings, FakeWahaWebhooks } from './fake-waha-webhooks.ts';

/**
 * A WAHA on a real socket, as far as Otklik uses it: the requests and answers of its OpenAPI description (version
 * 2026.7.1), a log of every message it was given, and faults on request. What is outside the description is refused and
 * kept in `unexpected`, so that a test can demand that there was nothing.
 * https://waha.devlike.pro/docs/how-to/send-messages/
 */

export type WahaRoute =
  | 'check-exists'
  | 'send-text'
  | 'send-file'
  | 'new-message-id'
  | 'get-message'
  | 'get-messages'
  | 'get-session';

/** `…-before`: the message does not arrive; `…-after`: it arrives, and the answer is lost or wrong. */
export type WahaFaultKind =
  | 'error-before'
  | 'error-after'
  | 'too-many'
  | 'unauthorized'
  | 'no-lid'
  | 'restricted'
  | 'hang-before'
  | 'hang-after'
  | 'drop-before'
  | 'drop-after'
  | 'malformed-after';

export interface WahaFault {
  route: WahaRoute;
  kind: WahaFaultKind;
  /** How many requests it meets before it is over. */
  times: number;
}

export type WahaSessionStatus = 'STOPPED' | 'STARTING' | 'SCAN_QR_CODE' | 'WORKING' | 'FAILED';

export interface FakeWahaSettings extends FakeWahaWebhookSettings {
  apiKey: string;
  session: string;
  sessionStatus: WahaSessionStatus;
  /** Time between a request and its answer; the message counts as received at the end of it. */
  latencyMs: number;
  /** Numbers that end in one of these have no WhatsApp. */
  withoutWhatsapp: string[];
  /** False behaves like a WAHA before 2026.4.3, which has no new-message-id. */
  hasMessageIds: boolean;
  faults: WahaFault[];
}

/** A message as the provider got it. */
export interface WahaReceived {
  /** The last part of WhatsApp's id. */
  id: string;
  chatId: string;
  kind: 'text' | 'file';
  text: string | null;
  fileName: string | null;
  mime: string | null;
  /** Bytes of the file, or null for a link. */
  size: number | null;
  url: string | null;
  ack: number;
  at: number;
  /** The same id came before: the client would have seen the message twice. */
  repeat: boolean;
}

const defaults: FakeWahaSettings = {
  apiKey: 'waha-key',
  session: 'default',
  sessionStatus: 'WORKING',
  latencyMs: 0,
  withoutWhatsapp: ['0'],
  hasMessageIds: true,
  faults: [],
  webhookUrl: null,
  webhookSecret: null,
  acks: [],
  ackDelayMs: 0,
  webhookTimes: 1,
  webhooksEarly: false,
  webhookAttempts: 15,
  webhookRetryMs: 200,
};

const control = z.strictObject({
  apiKey: z.string(),
  session: z.string(),
  sessionStatus: z.enum(['STOPPED', 'STARTING', 'SCAN_QR_CODE', 'WORKING', 'FAILED']),
  latencyMs: z.number(),
  withoutWhatsapp: z.array(z.string()),
  hasMessageIds: z.boolean(),
  faults: z.array(z.custom<WahaFault>()),
  webhookUrl: z.string().nullable(),
  webhookSecret: z.string().nullable(),
  acks: z.array(z.number()),
  ackDelayMs: z.number(),
  webhookTimes: z.number(),
  webhooksEarly: z.boolean(),
  webhookAttempts: z.number(),
  webhookRetryMs: z.number(),
});

const textBody = z.strictObject({
  session: z.string(),
  chatId: z.string(),
  text: z.string(),
  id: z.string().optional(),
  reply_to: z.string().optional(),
  linkPreview: z.boolean().optional(),
  linkPreviewHighQuality: z.boolean().optional(),
});

const fileBody = z.strictObject({
  session: z.string(),
  chatId: z.string(),
  file: z.union([
    z.strictObject({ mimetype: z.string(), filename: z.string().optional(), url: z.url() }),
    z.strictObject({ mimetype: z.string(), filename: z.string().optional(), data: z.base64() }),
  ]),
  caption: z.string().optional(),
  reply_to: z.string().optional(),
});

interface Answer {
  status: number;
  json: unknown;
  /** The answer waits for this. */
  after?: Promise<void>;
}

/** A request that passed the routes: what it does when its time has come, and the answer. */
interface Call {
  route: WahaRoute;
  run: () => Answer;
}

const ackNames: Record<number, string> = {
  [-1]: 'ERROR',
  0: 'PENDING',
  1: 'SERVER',
  2: 'DEVICE',
  3: 'READ',
  4: 'PLAYED',
};

export class FakeWaha {
  /** Every message received, in order; the truth to reconcile with. */
  readonly log: WahaReceived[] = [];
  /** Requests outside the contract. */
  readonly unexpected: string[] = [];
  readonly webhooks: FakeWahaWebhooks;
  readonly settings: FakeWahaSettings;
  /** Requests of each route, refused ones included. */
  readonly requests: Partial<Record<WahaRoute, number>> = {};
  private readonly byId = new Map<string, WahaReceived>();
  private readonly byChat = new Map<string, WahaReceived[]>();
  private readonly sockets = new Set<Socket>();
  private readonly idPrefix = `3EB0${randomBytes(4).toString('hex').toUpperCase()}`;
  private nextId = 1;
  private server: Server | null = null;

  constructor(settings: Partial<FakeWahaSettings> = {}) {
    this.settings = { ...defaults, ...settings, faults: [...(settings.faults ?? [])] };
    this.webhooks = new FakeWahaWebhooks(this.settings);
  }

  /** Listens on 127.0.0.1; port 0 takes a free one. */
  async start(port = 0): Promise<{ baseUrl: string }> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => this.receive(request, response));
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.server = server;
    return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  async close(): Promise<void> {
    await this.webhooks.close();
    const { server } = this;
    if (!server) return;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Changes settings while running. A change of the session's status is told by webhook, as WAHA does. */
  change(changes: Partial<FakeWahaSettings>): void {
    const statusBefore = this.settings.sessionStatus;
    Object.assign(this.settings, changes);
    if (this.settings.sessionStatus !== statusBefore) {
      const { session, sessionStatus } = this.settings;
      void this.webhooks.post('session.status', { name: session, status: sessionStatus, statuses: [] });
    }
  }

  /** Meets the next request of a route with a fault. */
  fail(route: WahaRoute, kind: WahaFaultKind, times = 1): void {
    this.settings.faults.push({ route, kind, times });
  }

  /** A message from a client to the line. */
  sendInbound(phone: string, text: string): void {
    const from = `${phone.replace('+', '')}@c.us`;
    const id = this.newId();
    void this.webhooks.post('message', {
      ...this.message({ ...blank(id, from), text }),
      id: `false_${from}_${id}`,
      fromMe: false,
      from,
      to: '79990000000@c.us',
    });
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'GET') {
      this.handle(request, response, '');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => this.handle(request, response, Buffer.concat(chunks).toString('utf8')));
  }

  private handle(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(request.url ?? '/', 'http://waha');
    if (url.pathname.startsWith('/__')) {
      this.control(url.pathname, body, response);
      return;
    }
    const call = this.route(request.method ?? '', url, body);
    if ('status' in call) {
      this.unexpected.push(
        `${request.method} ${request.url} ${body.slice(0, 200)} -> ${call.status} ${JSON.stringify(call.json)}`,
      );
      reply(response, call.status, call.json);
      return;
    }
    this.requests[call.route] = (this.requests[call.route] ?? 0) + 1;
    const fault = this.takeFault(call.route);
    const finish = () => this.finish(call, fault, request.headers['x-api-key'], response);
    if (this.settings.latencyMs > 0) setTimeout(finish, this.settings.latencyMs);
    else finish();
  }

  private finish(
    call: Call,
    fault: WahaFaultKind | null,
    key: string | string[] | undefined,
    response: ServerResponse,
  ): void {
    if (fault && !fault.endsWith('-after')) {
      answerFault(fault, response);
      return;
    }
    const answer = this.answerTo(call, key);
    if (fault) answerFault(fault, response);
    else if (answer.after) void answer.after.then(() => reply(response, answer.status, answer.json));
    else reply(response, answer.status, answer.json);
  }

  private answerTo(call: Call, key: string | string[] | undefined): Answer {
    const { apiKey, session, sessionStatus } = this.settings;
    if (key !== apiKey) return { status: 401, json: { statusCode: 401, message: 'Unauthorized' } };
    if (call.route !== 'get-session' && sessionStatus !== 'WORKING') {
      const error = 'Session status is not as expected. Try again later or restart the session';
      return { status: 422, json: { error, session, status: sessionStatus, expected: ['WORKING'] } };
    }
    return call.run();
  }

  private route(method: string, url: URL, body: string): Call | Answer {
    const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const [api, first, second, third, fourth, fifth] = parts;
    if (api !== 'api') return badRoute;
    if (method === 'POST' && parts.length === 2) return this.routePost(first ?? '', body);
    if (method !== 'GET') return badRoute;
    if (first === 'contacts' && second === 'check-exists') return this.routeCheck(url.searchParams);
    if (first === 'sessions' && second !== undefined && parts.length === 3)
      return this.withSession(second, { route: 'get-session', run: () => this.session() });
    if (first === undefined || parts.length < 3) return badRoute;
    if (second === 'new-message-id' && parts.length === 3)
      return this.withSession(first, { route: 'new-message-id', run: () => this.newMessageId() });
    if (second !== 'chats' || third === undefined || fourth !== 'messages') return badRoute;
    if (parts.length === 6)
      return this.withSession(first, { route: 'get-message', run: () => this.getMessage(fifth ?? '') });
    if (!url.searchParams.has('limit'))
      return { status: 400, json: { statusCode: 400, message: ['limit must be a number'] } };
    return this.withSession(first, { route: 'get-messages', run: () => this.getMessages(third, url.searchParams) });
  }

  private routePost(name: string, body: string): Call | Answer {
    const json = parse(body);
    if (name === 'sendText') {
      const parsed = textBody.safeParse(json);
      if (!parsed.success) return invalid(parsed.error);
      return this.withSession(parsed.data.session, {
        route: 'send-text',
        run: () => this.take({ ...blank(parsed.data.id ?? this.newId(), parsed.data.chatId), text: parsed.data.text }),
      });
    }
    if (name !== 'sendFile') return badRoute;
    const parsed = fileBody.safeParse(json);
    if (!parsed.success) return invalid(parsed.error);
    const { chatId, caption, file, session } = parsed.data;
    const source =
      'url' in file ? { url: file.url, size: null } : { url: null, size: Buffer.byteLength(file.data, 'base64') };
    const received = () => ({
      ...blank(this.newId(), chatId),
      ...source,
      kind: 'file' as const,
      text: caption ?? null,
      fileName: file.filename ?? null,
      mime: file.mimetype,
    });
    return this.withSession(session, { route: 'send-file', run: () => this.take(received()) });
  }

  private routeCheck(query: URLSearchParams): Call | Answer {
    const phone = query.get('phone');
    const session = query.get('session');
    if (!phone || !session || !/^\d+$/.test(phone))
      return { status: 400, json: { statusCode: 400, message: ['phone and session are required'] } };
    return this.withSession(session, {
      route: 'check-exists',
      run: () => ({
        status: 200,
        json: this.hasWhatsapp(phone) ? { numberExists: true, chatId: `${phone}@c.us` } : { numberExists: false },
      }),
    });
  }

  private withSession(session: string, call: Call): Call {
    if (session === this.settings.session) return call;
    return {
      route: call.route,
      run: () => ({
        status: 404,
        json: { statusCode: 404, message: `Session "${session}" does not exist`, error: 'Not Found' },
      }),
    };
  }

  private take(received: WahaReceived): Answer {
    if (!this.hasWhatsapp(received.chatId.slice(0, received.chatId.indexOf('@')))) {
      return { status: 500, json: { statusCode: 500, exception: { message: 'No LID for user', name: 'Error' } } };
    }
    received.repeat = this.byId.has(received.id);
    this.log.push(received);
    this.byId.set(received.id, received);
    const chat = this.byChat.get(received.chatId);
    if (chat) chat.push(received);
    else this.byChat.set(received.chatId, [received]);
    const told = this.webhooks.acknowledge(received);
    const answer = { status: 201, json: this.message(received) };
    return this.settings.webhooksEarly ? { ...answer, after: told } : answer;
  }

  private session(): Answer {
    const { session, sessionStatus } = this.settings;
    return {
      status: 200,
      json: { name: session, status: sessionStatus, presence: {}, timestamps: { activity: null }, config: {} },
    };
  }

  private newMessageId(): Answer {
    if (!this.settings.hasMessageIds)
      return { status: 404, json: { statusCode: 404, message: 'Cannot GET new-message-id', error: 'Not Found' } };
    return { status: 200, json: { id: this.newId() } };
  }

  private getMessage(id: string): Answer {
    const received = this.byId.get(id.slice(id.lastIndexOf('_') + 1));
    return received
      ? { status: 200, json: this.message(received) }
      : { status: 404, json: { statusCode: 404, message: 'Message not found', error: 'Not Found' } };
  }

  private getMessages(chatId: string, query: URLSearchParams): Answer {
    const from = Number(query.get('filter.timestamp.gte') ?? 0);
    const to = Number(query.get('filter.timestamp.lte') ?? Number.POSITIVE_INFINITY);
    const found = (this.byChat.get(chatId) ?? []).filter(
      ({ at }) => Math.floor(at / 1000) >= from && Math.floor(at / 1000) <= to,
    );
    return {
      status: 200,
      json: found
        .reverse()
        .slice(0, Number(query.get('limit')))
        .map((one) => this.message(one)),
    };
  }

  private message(received: WahaReceived): Record<string, unknown> {
    const file = received.kind === 'file';
    return {
      id: `true_${received.chatId}_${received.id}`,
      timestamp: Math.floor(received.at / 1000),
      from: '79990000000@c.us',
      fromMe: true,
      source: 'api',
      to: received.chatId,
      participant: '',
      body: received.text ?? '',
      hasMedia: file,
      ...(file ? { media: { mimetype: received.mime, filename: received.fileName ?? '' } } : {}),
      mediaUrl: '',
      ack: received.ack,
      ackName: ackNames[received.ack],
    };
  }

  private hasWhatsapp(digits: string): boolean {
    return !this.settings.withoutWhatsapp.some((suffix) => digits.endsWith(suffix));
  }

  private newId(): string {
    this.nextId += 1;
    return this.idPrefix + this.nextId.toString(16).toUpperCase().padStart(10, '0');
  }

  private takeFault(route: WahaRoute): WahaFaultKind | null {
    const { faults } = this.settings;
    const index = faults.findIndex((fault) => fault.route === route);
    const fault = faults[index];
    if (!fault) return null;
    fault.times -= 1;
    if (fault.times <= 0) faults.splice(index, 1);
    return fault.kind;
  }

  /** For a fake in a process of its own. */
  private control(path: string, body: string, response: ServerResponse): void {
    if (path === '/__log') {
      response
        .writeHead(200, { 'content-type': 'application/x-ndjson' })
        .end(this.log.map((one) => `${JSON.stringify(one)}\n`).join(''));
      return;
    }
    if (path === '/__stats') {
      const { requests, unexpected, webhooks } = this;
      reply(response, 200, {
        received: this.log.length,
        repeats: this.log.filter((one) => one.repeat).length,
        unexpected,
        requests,
        webhooksPending: webhooks.pending,
      });
      return;
    }
    const parsed = control.partial().safeParse(parse(body));
    if (path !== '/__control' || !parsed.success) {
      reply(response, 400, { error: parsed.error?.message ?? 'unknown path' });
      return;
    }
    this.change(parsed.data as Partial<FakeWahaSettings>);
    reply(response, 200, {});
  }
}

const badRoute: Answer = {
  status: 404,
  json: { statusCode: 404, message: 'Cannot find the route', error: 'Not Found' },
};

function blank(id: string, chatId: string): WahaReceived {
  return {
    id,
    chatId,
    kind: 'text',
    text: null,
    fileName: null,
    mime: null,
    size: null,
    url: null,
    ack: 1,
    at: Date.now(),
    repeat: false,
  };
}

function invalid(error: z.ZodError): Answer {
  return {
    status: 400,
    json: {
      statusCode: 400,
      message: error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
      error: 'Bad Request',
    },
  };
}

function answerFault(kind: WahaFaultKind, response: ServerResponse): void {
  if (kind === 'hang-before' || kind === 'hang-after') return;
  if (kind === 'drop-before' || kind === 'drop-after') response.socket?.resetAndDestroy();
  else if (kind === 'too-many')
    reply(response, 429, { statusCode: 429, message: 'Too Many Requests' }, { 'retry-after': '7' });
  else if (kind === 'unauthorized') reply(response, 401, { statusCode: 401, message: 'Unauthorized' });
  else if (kind === 'no-lid')
    reply(response, 500, { statusCode: 500, exception: { message: 'No LID for user', name: 'Error' } });
  else if (kind === 'restricted')
    reply(response, 500, { statusCode: 500, exception: { message: '2 UNKNOWN: server returned error 463' } });
  else if (kind === 'malformed-after') response.writeHead(201, { 'content-type': 'text/html' }).end('<html>');
  else reply(response, 500, { statusCode: 500, exception: { message: 'Protocol error: Session closed.' } });
}

function reply(response: ServerResponse, status: number, json: unknown, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(json);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers })
    .end(body);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
