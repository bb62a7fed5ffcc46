import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isStorable } from '../lib/storable-text.ts';
import { ApiError, type FieldError } from './problem.ts';
import { pathText } from './schema-issues.ts';

/** Deeper than any document of ours; much deeper ones would exhaust the stack of whoever walks them. */
const MAX_DEPTH = 64;

/** How text may bring in what PostgreSQL refuses: an escaped NUL or half of a surrogate pair. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])/i;

/** Reads JSON bodies: valid UTF-8, no prototype tricks, not too deep, no text that cannot be stored. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser(['application/json', 'text/plain']);
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0 && mayBeEmpty(request)) return done(null, undefined);
    if (!isUtf8(body)) return done(new ApiError({ status: 400, code: 'invalid-utf8' }));
    // RFC 8259 lets a parser ignore a byte order mark; programs on Windows send one.
    const text = body.toString('utf8').replace(/^\uFEFF/, '');
    if (isTooDeep(text)) return done(new ApiError({ status: 422, code: 'too-deep', params: { limit: MAX_DEPTH } }));
    return parse(request, text, (error: Error | null, value?: unknown) => {
      if (error) return done(explainMalformed(text));
      const errors = SUSPICIOUS.test(text) ? findForbiddenText(value, '') : [];
      return errors.length > 0 ? done(new ApiError({ status: 422, code: 'invalid-input', errors })) : done(null, value);
    });
  });
}

/** Many clients name the type of a body they do not send: that is fine where no body is asked for. */
function mayBeEmpty(request: FastifyRequest): boolean {
  const schema = request.routeOptions.schema?.body;
  return schema === undefined || (schema instanceof z.ZodType && schema.safeParse(undefined).success);
}

/** Refuses addresses (path and query) that carry text which cannot be stored. */
export async function checkAddressText(request: FastifyRequest): Promise<void> {
  if (!request.url.includes('%')) return;
  const errors = [...findForbiddenText(request.params, 'params'), ...findForbiddenText(request.query, 'query')];
  if (errors.length > 0) throw new ApiError({ status: 422, code: 'invalid-input', errors });
}

/** Each text inside a value that PostgreSQL would refuse. */
export function findForbiddenText(value: unknown, prefix: string): FieldError[] {
  const errors: FieldError[] = [];
  collect(value, [], (path) => errors.push({ path: pathText(path, prefix), code: 'forbidden-character' }));
  return errors;
}

function collect(value: unknown, path: PropertyKey[], report: (path: PropertyKey[]) => void): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) report(path);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collect(item, [...path, index], report);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      // The name itself may hold it; the path then names the parent, as the name cannot be written.
      if (!isStorable(key)) report(path);
      else collect(item, [...path, key], report);
    }
  }
}

/** Fastify's parser keeps to itself what was wrong, so the plain one is asked. */
function explainMalformed(text: string): ApiError {
  if (text.trim() === '') return new ApiError({ status: 400, code: 'empty-body' });
  try {
    JSON.parse(text);
    return new ApiError({
      status: 400,
      code: 'malformed-json',
      params: { reason: '__proto__, constructor.prototype' },
    });
  } catch (error) {
    return new ApiError({
      status: 400,
      code: 'malformed-json',
      params: { reason: (error as Error).message },
      cause: error,
    });
  }
}

function isTooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  let insideString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (insideString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) insideString = false;
    } else if (code === 0x22) insideString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}
