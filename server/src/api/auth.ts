import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Auth, CLIENT_ADDRESS_HEADER } from '../accounts/auth.ts';
import type { Authenticator } from '../accounts/authenticate.ts';
import { consumeAttempt } from '../accounts/rate-limit.ts';
import type { Context } from '../context.ts';
import { ApiError, tooManyRequests } from './problem.ts';
import { checkSameOrigin } from './same-origin.ts';

/**
 * What of better-auth is reachable. Everything else it offers (sign-up, its own organisation and API key endpoints) would go
 * round the permissions and workspaces of ours.
 */
const ENDPOINTS = [
  ['POST', '/sign-in/email'],
  ['POST', '/sign-out'],
  ['POST', '/change-password'],
  ['POST', '/update-user'],
  ['GET', '/list-sessions'],
  ['POST', '/revoke-session'],
  ['POST', '/revoke-other-sessions'],
  ['POST', '/two-factor/enable'],
  ['POST', '/two-factor/disable'],
  ['POST', '/two-factor/get-totp-uri'],
  ['POST', '/two-factor/verify-totp'],
  ['POST', '/two-factor/verify-backup-code'],
  ['POST', '/two-factor/generate-backup-codes'],
  ['GET', '/organization/list'],
  ['POST', '/organization/set-active'],
] as const;

/** Wrong or right, from however many addresses: guessing one user's password is slow, and does not lock them out for long. */
const USER_RULE = { window: 300, max: 20 };

/** Mounts what we need of better-auth at `/api/auth`. */
export function registerAuth(app: FastifyInstance, context: Context, auth: Auth, authenticator: Authenticator): void {
  for (const [method, path] of ENDPOINTS) {
    app.route({
      method,
      url: `/api/auth${path}`,
      schema: { hide: true },
      handler: async (request, reply) => {
        checkSameOrigin(request);
        if (path === '/sign-in/email') await checkUserAttempts(request, context);
        const answer = await askAuth(request, auth, path, request.body);
        if (method === 'POST') authenticator.forgetAll();
        return sendAnswer(answer, reply);
      },
    });
  }
}

/** Puts a request to better-auth in the name of who sent this one. */
export async function askAuth(request: FastifyRequest, auth: Auth, path: string, body: unknown): Promise<Response> {
  const headers = new Headers({ [CLIENT_ADDRESS_HEADER]: request.ip });
  for (const name of ['cookie', 'user-agent', 'accept-language'] as const) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const url = `${request.protocol}://${request.host}/api/auth${path}`;
  if (request.method === 'GET') return auth.handler(new Request(url, { headers }));
  headers.set('content-type', 'application/json');
  return auth.handler(new Request(url, { method: 'POST', headers, body: JSON.stringify(body ?? {}) }));
}

async function checkUserAttempts(request: FastifyRequest, context: Context): Promise<void> {
  const parsed = SignIn.safeParse(request.body);
  if (!parsed.success) return;
  const user = createHash('sha256').update(parsed.data.email.trim().toLowerCase()).digest('base64url');
  const attempt = await consumeAttempt(context.pool, `user:${user}`, USER_RULE);
  if (!attempt.allowed) throw tooManyRequests(attempt.retryAfter ?? USER_RULE.window);
}

async function sendAnswer(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie);
  const text = await answer.text();
  if (answer.ok) return reply.code(answer.status).type('application/json').send(text);
  throw refusalOf(answer, text);
}

function refusalOf(answer: Response, text: string): ApiError {
  if (answer.status === 429) return tooManyRequests(Number(answer.headers.get('x-retry-after') ?? 60));
  const { code, message } = AuthRefusal.parse(text === '' ? {} : JSON.parse(text));
  if (answer.status >= 500) return new ApiError({ status: 500, code: 'internal' });
  if (code === 'INVALID_EMAIL_OR_PASSWORD') return new ApiError({ status: 401, code: 'wrong-credentials' });
  if (code === 'INVALID_CODE') {
    return new ApiError({ status: 401, code: 'unauthorized', errors: [{ path: 'code', code: 'invalid-value' }] });
  }
  if (answer.status === 401) return new ApiError({ status: 401, code: 'unauthorized' });
  return new ApiError({ status: answer.status, code: 'sign-in-refused', params: message ? { reason: message } : {} });
}

const SignIn = z.object({ email: z.string().max(1000) });
const AuthRefusal = z.object({ code: z.string().optional(), message: z.string().optional() });
