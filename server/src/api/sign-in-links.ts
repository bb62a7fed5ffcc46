import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PASSWORD_LENGTH } from '../accounts/auth.ts';
import { consumeAttempt } from '../accounts/rate-limit.ts';
import { type RedeemProblem, redeemLink } from '../accounts/redeem-link.ts';
import { readSignInLink } from '../accounts/sign-in-links.ts';
import type { Context } from '../context.ts';
import type { ApiApp, NounParts } from './api-app.ts';
import { askAuth } from './auth.ts';
import { ApiError, conflict, invalid, tooManyRequests } from './problem.ts';
import { checkSameOrigin } from './same-origin.ts';

const Token = z.string().min(1).max(200);
const Redemption = z.strictObject({
  token: Token,
  email: z.email().max(254).optional().describe('Needed for the first owner only'),
  name: z.string().trim().min(1).max(100).optional(),
  password: z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max),
});
const OpenLink = z.object({
  purpose: z.enum(['first-start', 'reset', 'invite']),
  workspaceName: z.string(),
  email: z.string().nullable(),
});

/** Attempts with links from one address. */
const RULE = { window: 60, max: 20 };
const tags = ['sign-in'];

/** `/sign-in-links`: what the page behind a one-time link needs; open to whoever has the link. */
export function registerSignInLinks(app: ApiApp, context: Context, { auth, authenticator }: NounParts): void {
  const check = (request: FastifyRequest) => checkAttempt(request, context);
  app.route({
    method: 'POST',
    url: '/sign-in-links/read',
    config: { access: 'public' },
    onRequest: check,
    schema: {
      tags,
      summary: 'What a one-time link is for; does not use it up',
      body: z.strictObject({ token: Token }),
      response: { 200: OpenLink },
    },
    handler: async ({ body }) => {
      const link = await readSignInLink(context.pool, body.token);
      if (!link) throw new ApiError({ status: 410, code: 'link-not-valid' });
      return link;
    },
  });
  app.route({
    method: 'POST',
    url: '/sign-in-links/redeem',
    config: { access: 'public' },
    onRequest: check,
    schema: {
      tags,
      summary: 'Use a one-time link: set the password and sign in',
      body: Redemption,
      response: { 200: z.object({ email: z.string(), signedIn: z.boolean() }) },
    },
    handler: async (request, reply) => {
      const { token, password, email = null, name = null } = request.body;
      const result = await redeemLink(context.pool, { token, password, email, name });
      if (!result.ok) throw refusalOf(result.error);
      authenticator.forgetAll();
      const answer = await askAuth(request, auth, '/sign-in/email', { email: result.value.email, password });
      return { email: result.value.email, signedIn: answer.ok && handOnCookies(answer, reply) };
    },
  });
}

async function checkAttempt(request: FastifyRequest, context: Context): Promise<void> {
  checkSameOrigin(request);
  const attempt = await consumeAttempt(context.pool, `link:${request.ip}`, RULE);
  if (!attempt.allowed) throw tooManyRequests(attempt.retryAfter ?? RULE.window);
}

function refusalOf(problem: RedeemProblem): ApiError {
  switch (problem) {
    case 'link-not-valid':
      return new ApiError({ status: 410, code: 'link-not-valid' });
    case 'email-required':
      return invalid([{ path: 'email', code: 'required' }]);
    case 'wrong-password':
      return invalid([{ path: 'password', code: 'wrong-password' }]);
    case 'too-many-attempts':
      return tooManyRequests(RULE.window);
    case 'email-taken':
      return conflict('email-taken', {}, [{ path: 'email', code: 'taken' }]);
  }
}

/** A session came with the answer unless a second factor is still to be shown. */
function handOnCookies(answer: Response, reply: FastifyReply): boolean {
  const cookies = answer.headers.getSetCookie();
  for (const cookie of cookies) reply.header('set-cookie', cookie);
  return cookies.some((cookie) => /otklik\.session_token=[^;]/.test(cookie));
}
