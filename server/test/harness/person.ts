import type { FastifyInstance } from 'fastify';
import { createSignInLink } from '../../src/accounts/sign-in-links.ts';
import type { Context } from '../../src/context.ts';
import type { WorkspaceId } from '../../src/lib/id.ts';

export const PASSWORD = 'correct horse battery';

/** Somebody with a browser: what it sends along with each request. */
export interface Person {
  email: string;
  headers: { cookie: string; origin: string; host: string };
}

/** The session cookie that an answer set, as a browser sends it back. */
export function cookieOf(answer: { headers: Record<string, unknown> }): string {
  const cookies = [answer.headers['set-cookie'] ?? []].flat() as string[];
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ');
}

/** The headers of a page of Otklik itself. */
export function pageHeaders(cookie: string): Person['headers'] {
  return { cookie, origin: 'http://localhost:4000', host: 'localhost:4000' };
}

/** The first owner of a workspace, signed in through the link of the first start. */
export async function signInOwner(
  app: FastifyInstance,
  context: Context,
  workspaceId: WorkspaceId,
  email = 'anna@example.com',
): Promise<Person> {
  const url = await createSignInLink(context.pool, { purpose: 'first-start', workspaceId }, 'http://localhost:4000');
  const answer = await redeem(app, { token: tokenOf(url), email, name: 'Анна', password: PASSWORD });
  return { email, headers: pageHeaders(cookieOf(answer)) };
}

/** Sends the form of the page behind a one-time link. */
export function redeem(app: FastifyInstance, payload: Record<string, unknown>) {
  return app.inject({ method: 'POST', url: '/api/v1/sign-in-links/redeem', headers: pageHeaders(''), payload });
}

/** The token in the address of a one-time link. */
export function tokenOf(url: string): string {
  return new URL(url).searchParams.get('token') ?? '';
}

/** Signs in with e-mail and password. */
export function signIn(app: FastifyInstance, email: string, password = PASSWORD, remoteAddress = '127.0.0.1') {
  return app.inject({
    method: 'POST',
    url: '/api/auth/sign-in/email',
    headers: pageHeaders(''),
    remoteAddress,
    payload: { email, password },
  });
}
