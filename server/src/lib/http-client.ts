import type { IncomingHttpHeaders } from 'node:http';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { HttpClient, HttpFault, HttpOutcome, HttpRequest } from './http.ts';
import { networkFaultOf } from './network-fault.ts';

/**
 * The one HTTP client of all channels. It tells exactly whether a request may have left (http.ts), and repeats nothing.
 *
 * It drives undici's dispatcher itself, since only there is the tick known in which a request is written: undici calls
 * `onRequestStart` synchronously before the first byte, after any connecting or waiting, and an abort in that call
 * means that nothing was written. Everything after that call counts as sent.
 * https://github.com/nodejs/undici/blob/main/docs/docs/api/Dispatcher.md
 */

export interface HttpClientOptions {
  /** From the call to the last byte of the answer, when the request does not say. */
  timeoutMs?: number;
  connectTimeoutMs?: number;
  /** A longer answer is cut off and counts as none. */
  maxAnswerBytes?: number;
}

export interface ClosableHttpClient extends HttpClient, AsyncDisposable {
  /** Waits for requests under way, then closes the sockets. */
  close(): Promise<void>;
}

const defaults = { timeoutMs: 30_000, connectTimeoutMs: 10_000, maxAnswerBytes: 5 * 1024 * 1024 };

/** Makes a client with a socket pool of its own: unlimited sockets, one request at a time on each, kept alive. */
export function createHttpClient(options: HttpClientOptions = {}): ClosableHttpClient {
  const settings = { ...defaults, ...options };
  const agent = new Agent({
    pipelining: 1,
    // HTTP/2 is off, since undici makes requests queue behind the first connection while it is still possible.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: buildConnector({ allowH2: false, timeout: settings.connectTimeoutMs }),
  });
  const close = () => agent.close();
  return {
    request: (request) => new Promise((resolve) => new Exchange(request, settings, resolve).start(agent)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Settings = Required<HttpClientOptions>;

/** One request and its answer. It is settled once; what undici reports after that is ignored. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly request: HttpRequest;
  private readonly settings: Settings;
  private readonly resolve: (outcome: HttpOutcome) => void;
  private controller: Dispatcher.DispatchController | null = null;
  private timer: NodeJS.Timeout | null = null;
  private settled = false;
  private written = false;
  private status = 0;
  private headers: Record<string, string> = {};
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(request: HttpRequest, settings: Settings, resolve: (outcome: HttpOutcome) => void) {
    this.request = request;
    this.settings = settings;
    this.resolve = resolve;
  }

  start(agent: Agent): void {
    if (this.request.signal?.aborted) {
      this.settle({ type: 'not-sent', fault: 'cancelled', error: 'the request was cancelled' });
      return;
    }
    const timeoutMs = this.request.timeoutMs ?? this.settings.timeoutMs;
    this.timer = setTimeout(() => this.giveUp('time-out', `no answer within ${timeoutMs} ms`), timeoutMs);
    if (this.request.signal) watch(this.request.signal, this);
    try {
      const url = new URL(this.request.url);
      const { body, headers } = encode(this.request);
      agent.dispatch(
        { origin: url.origin, path: url.pathname + url.search, method: this.request.method, headers, body },
        this,
      );
    } catch (error) {
      this.fail(error);
    }
  }

  /** Stops waiting; a request that was not yet written will not be. */
  giveUp(fault: HttpFault, reason: string): void {
    this.settle({ type: this.written ? 'no-answer' : 'not-sent', fault, error: reason });
    this.controller?.abort(new Error(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.written) {
      // undici does not repeat a request it has begun to write; should it ever, it must not go out twice.
      this.giveUp('cut', 'the connection was lost');
      return;
    }
    if (!this.settled && (this.request.maySend?.() ?? true)) {
      this.written = true;
      return;
    }
    const error = 'sending was not allowed any more when the connection was ready';
    this.settle({ type: 'not-sent', fault: 'not-allowed', error });
    controller.abort(new Error('not sent'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.settings.maxAnswerBytes)
      this.giveUp('too-long', `the answer is longer than ${this.settings.maxAnswerBytes} bytes`);
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.chunks;
    const bytes = this.chunks.length === 1 && first ? first : Buffer.concat(this.chunks);
    const body = bytes.toString('utf8');
    this.settle({ type: 'answer', status: this.status, headers: this.headers, body, json: parseJson(body) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  private fail(error: unknown): void {
    this.settle({ type: this.written ? 'no-answer' : 'not-sent', ...describeError(error) });
  }

  private settle(outcome: HttpOutcome): void {
    if (this.settled) return;
    this.settled = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.request.signal) unwatch(this.request.signal, this);
    this.resolve(outcome);
  }
}

/**
 * Exchanges under way per signal. One listener per signal instead of one per request: a worker's signal lives as long as
 * the worker, and adding a listener costs a walk over those already there.
 */
const watched = new WeakMap<AbortSignal, Set<Exchange>>();

function watch(signal: AbortSignal, exchange: Exchange): void {
  let exchanges = watched.get(signal);
  if (!exchanges) {
    const underWay = new Set<Exchange>();
    signal.addEventListener('abort', () => {
      for (const one of [...underWay]) one.giveUp('cancelled', 'the request was cancelled');
    });
    watched.set(signal, underWay);
    exchanges = underWay;
  }
  exchanges.add(exchange);
}

function unwatch(signal: AbortSignal, exchange: Exchange): void {
  watched.get(signal)?.delete(exchange);
}

function encode(request: HttpRequest): { body: string | null; headers: Record<string, string> } {
  const headers = { accept: 'application/json', 'user-agent': 'otklik', ...request.headers };
  if (request.json !== undefined)
    return { body: JSON.stringify(request.json), headers: { ...headers, 'content-type': 'application/json' } };
  if (request.form) {
    const body = new URLSearchParams(request.form).toString();
    return { body, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' } };
  }
  return { body: null, headers };
}

function parseJson(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Name and code of the failure, without addresses of requests: some providers carry their token in the URL. */
function describeError(error: unknown): { fault: HttpFault; error: string } {
  if (!(error instanceof Error)) return { fault: 'network', error: String(error) };
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const cause: unknown = first;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
  // The message of an invalid URL repeats the URL.
  const text =
    code === 'ERR_INVALID_URL'
      ? 'the address is not a URL'
      : `${code}: ${cause instanceof Error ? cause.message : error.message}`;
  return { fault: networkFaultOf(code), error: text };
}
