import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Auth, CLIENT_ADDRESS_HEADER, PASSWORD_LENGTH } from '../accounts/auth.ts';
import type { Authenticator } from '../accounts/authenticate.ts';
import { consumeUserAttempt } from '../accounts/rate-limit.ts';
import type { Context } from '../context.ts';
import { ApiError, invalid, tooManyRequests } from './problem.ts';
import { checkSameOrigin } from './same-origin.ts';
import { line } from './schemas.ts';

const Password = z.string().min(1).max(1000);
const SignIn = z.strictObject({ email: z.email().max(254), password: Password, rememberMe: z.boolean().optional() });
const NewPassword = z.strictObject({
  currentPassword: Password,
  newPassword: z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max),
  revokeOtherSessions: z.boolean().optional(),
});
const OwnPassword = z.strictObject({ password: Password });
const SecondFactor = z.strictObject({ code: z.string().min(1).max(50), trustDevice: z.boolean().optional() });
const Nothing = z.strictObject({}).nullish();

/**
 * What of better-auth is reachable. Everything else it offers (sign-up, its own organisation and API key endpoints) would go
 * round the permissions and workspaces of ours.
 */
const ENDPOINTS: readonly (readonly ['GET', string] | readonly ['POST', string, z.ZodType])[] = [
  ['POST', '/sign-in/email', SignIn],
  ['POST', '/sign-out', Nothing],
  ['POST', '/change-password', NewPassword],
  ['POST', '/update-user', z.strictObject({ name: line(100) })],
  ['GET', '/list-sessions'],
  ['POST', '/revoke-session', z.strictObject({ token: z.string().min(1).max(200) })],
  ['POST', '/revoke-other-sessions', Nothing],
  ['POST', '/two-factor/enable', OwnPassword],
  ['POST', '/two-factor/disable', OwnPassword],
  ['POST', '/two-factor/get-totp-uri', OwnPassword],
  ['POST', '/two-factor/verify-totp', SecondFactor],
  ['POST', '/two-factor/verify-backup-code', SecondFactor],
  ['POST', '/two-factor/generate-backup-codes', OwnPassword],
  ['GET', '/organization/list'],
  ['POST', '/organization/set-active', z.strictObject({ organizationId: z.string().min(1).max(100) })],
];

/** Mounts what we need of better-auth at `/api/auth`. */
export function registerAuth(app: FastifyInstance, context: Context, auth: Auth, authenticator: Authenticator): void {
  for (const [method, path, body] of ENDPOINTS) {
    app.route({
      method,
      url: `/api/auth${path}`,
      schema: body ? { hide: true, body } : { hide: true },
      handler: async (request, reply) => {
        checkSameOrigin(request);
        if (body === SignIn) await checkUserAttempts(context, request.body as z.infer<typeof SignIn>);
        const answer = await askAuth(request, auth, path, request.body);
        if (method === 'POST') authenticator.forgetAll();
        return sendAnswer(answer, reply, body === NewPassword ? 'currentPassword' : 'password');
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
  // Only the path counts; the host of the request may be no host at all.
  const url = `http://localhost/api/auth${path}`;
  if (request.method === 'GET') return auth.handler(new Request(url, { headers }));
  headers.set('content-type', 'application/json');
  return auth.handler(new Request(url, { method: 'POST', headers, body: JSON.stringify(body ?? {}) }));
}

async function checkUserAttempts(context: Context, { email }: z.infer<typeof SignIn>): Promise<void> {
  const { retryAfter } = await consumeUserAttempt(context.pool, email);
  if (retryAfter !== null) throw tooManyRequests(retryAfter);
}

async function sendAnswer(answer: Response, reply: FastifyReply, passwordField: string): Promise<FastifyReply> {
  for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie);
  const text = await answer.text();
  if (answer.ok) return reply.code(answer.status).type('application/json').send(text);
  throw refusalOf(answer, text, passwordField);
}

function refusalOf(answer: Response, text: string, passwordField: string): ApiError {
  if (answer.status === 429) return tooManyRequests(Number(answer.headers.get('x-retry-after') ?? 60));
  const { code, message } = AuthRefusal.parse(text === '' ? {} : JSON.parse(text));
  if (answer.status >= 500) return new ApiError({ status: 500, code: 'internal' });
  if (code === 'INVALID_EMAIL_OR_PASSWORD') return new ApiError({ status: 401, code: 'wrong-credentials' });
  if (code === 'INVALID_CODE' || code === 'INVALID_BACKUP_CODE') {
    return new ApiError({ status: 401, code: 'unauthorized', errors: [{ path: 'code', code: 'wrong-code' }] });
  }
  if (code === 'INVALID_PASSWORD') return invalid([{ path: passwordField, code: 'not-your-password' }]);
  if (code === 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION')
    return invalid([{ path: 'organizationId', code: 'not-found' }]);
  if (answer.status === 401) return new ApiError({ status: 401, code: 'unauthorized' });
  return new ApiError({ status: answer.status, code: 'sign-in-refused', params: message ? { reason: message } : {} });
}

const AuthRefusal = z.object({ code: z.string().optional(), message: z.string().optional() });
