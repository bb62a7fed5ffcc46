import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../accounts/authenticate.ts';
import { isAllowed } from '../accounts/permissions.ts';
import type { Principal } from '../accounts/principal.ts';
import { ApiError, forbidden, unauthorized } from './problem.ts';
import { checkSameOrigin } from './same-origin.ts';

/**
 * Guards every route of a scope: each names in its `config` the action it is (`{ action: 'lead.read' }`), or says
 * `{ access: 'signed-in' }` or `{ access: 'public' }`. One that says nothing stops the start.
 */
export function guardRoutes(app: FastifyInstance, authenticator: Authenticator): void {
  app.addHook('onRoute', (route) => {
    if (!route.config?.action && !route.config?.access) {
      throw new Error(
        `${String(route.method)} ${route.url} does not say who may use it: give it config.action or config.access`,
      );
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    const { action, access } = request.routeOptions.config;
    if (access === 'public' || request.is404) return;
    request.principal = await authenticate(request, reply, authenticator);
    if (action && !isAllowed(request.principal.role, action)) throw forbidden(request.principal.role, action);
  });
}

/** Who asks, by API key or by session cookie; refuses everybody else. */
export async function authenticate(
  request: FastifyRequest,
  reply: FastifyReply,
  authenticator: Authenticator,
): Promise<Principal> {
  const { authorization } = request.headers;
  if (authorization !== undefined) return authenticateKey(authorization, authenticator);
  if (request.headers.cookie === undefined) throw unauthorized();
  const answer = await authenticator.bySession(new Headers({ cookie: request.headers.cookie }));
  if (answer.type === 'no-session') throw unauthorized();
  if (answer.type === 'not-a-member') throw new ApiError({ status: 403, code: 'not-a-member' });
  checkSameOrigin(request);
  for (const cookie of answer.cookies) reply.header('set-cookie', cookie);
  return answer.principal;
}

async function authenticateKey(authorization: string, authenticator: Authenticator): Promise<Principal> {
  const key = /^bearer +(\S{1,200}) *$/i.exec(authorization)?.[1];
  const principal = key === undefined ? null : await authenticator.byApiKey(key);
  if (!principal) throw unauthorized('invalid-api-key');
  return principal;
}
