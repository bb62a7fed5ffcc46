import type { NetworkFault } from './network-fault.ts';

/** Why there is no answer, for who has to say it in the language of a person; `error` is for the log. */
export type HttpFault = NetworkFault | 'time-out' | 'too-long' | 'cancelled' | 'not-allowed';

/** What became of one outgoing request; a value, since each way matters to the one who asked. */
export type HttpOutcome =
  | { type: 'answer'; status: number; headers: Record<string, string>; body: string; json: unknown }
  /** Not one byte of the request left: refused connection, DNS, lost lease. */
  | { type: 'not-sent'; fault: HttpFault; error: string }
  /** The request left at least in part; no (whole) answer came in time. */
  | { type: 'no-answer'; fault: HttpFault; error: string };

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string>;
  /** From the first byte to the last of the answer; default 30 s. */
  timeoutMs?: number;
  /** Asked in the tick in which the request is written; false makes the outcome `not-sent`. */
  maySend?: () => boolean;
  signal?: AbortSignal;
}

export interface HttpClient {
  request(request: HttpRequest): Promise<HttpOutcome>;
}
