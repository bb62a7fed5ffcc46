import { type Action, isAllowed, ROLES, type Role } from '../accounts/permissions.ts';
import type { Language, Texts } from '../accounts/principal.ts';
import { type FieldCode, fieldText, type ProblemCode, problemText, type TextParams } from './texts/texts.ts';

/** One wrong value: where, and what; either by a code of the dictionary or with its own words. */
export type FieldError =
  | { path: string; code: FieldCode; params?: TextParams }
  | { path: string; code: string; message: Texts };

/** The document of RFC 9457 that every refusal answers with. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail?: string;
  errors?: { path: string; message: string; code: string }[];
}

interface ApiErrorOptions {
  status: number;
  code: ProblemCode;
  params?: TextParams;
  errors?: FieldError[];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** A refusal. Thrown by handlers and by what they call, answered as a problem document in the reader's language. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: ProblemCode;
  readonly params: TextParams;
  readonly errors: FieldError[];
  readonly headers: Record<string, string>;

  constructor(options: ApiErrorOptions) {
    super(options.code, { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.params = options.params ?? {};
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** The problem document of a refusal. */
export function problemOf(error: ApiError, language: Language): Problem {
  const { title, detail } = problemText(error.code, error.params, language);
  const problem: Problem = { type: `urn:otklik:problem:${error.code}`, title, status: error.status, code: error.code };
  if (detail !== null) problem.detail = detail;
  if (error.errors.length > 0) {
    problem.errors = error.errors.map((one) => ({ path: one.path, message: messageOf(one, language), code: one.code }));
  }
  return problem;
}

/** 422: some values of the request are wrong; names each. */
export function invalid(errors: FieldError[]): ApiError {
  return new ApiError({ status: 422, code: 'invalid-input', errors });
}

/** 404: what the path points at is not there, or belongs to somebody else, which looks the same. */
export function notFound(): ApiError {
  return new ApiError({ status: 404, code: 'not-found' });
}

/** 409: the request is fine but the state forbids it. */
export function conflict(code: ProblemCode = 'conflict', params: TextParams = {}, errors: FieldError[] = []): ApiError {
  return new ApiError({ status: 409, code, params, errors });
}

/** 401: nobody is signed in, or the key is no good. */
export function unauthorized(code: ProblemCode = 'unauthorized'): ApiError {
  return new ApiError({ status: 401, code, headers: { 'www-authenticate': 'Bearer realm="otklik"' } });
}

/** 403: the role does not allow the action. */
export function forbidden(role: Role, action: Action): ApiError {
  const roles = ROLES.filter((one) => isAllowed(one, action));
  return new ApiError({ status: 403, code: 'forbidden', params: { role, roles: roles.join(', ') } });
}

/** 429, with the seconds to wait. */
export function tooManyRequests(seconds: number): ApiError {
  const wait = Math.max(1, Math.ceil(seconds));
  return new ApiError({
    status: 429,
    code: 'too-many-requests',
    params: { seconds: wait },
    headers: { 'retry-after': String(wait) },
  });
}

/** 503: something that the request needs cannot be used at the moment. */
export function unavailable(reason: string): ApiError {
  return new ApiError({ status: 503, code: 'unavailable', params: { reason } });
}

function messageOf(error: FieldError, language: Language): string {
  return 'message' in error ? error.message[language] : fieldText(error.code, error.params ?? {}, language);
}
