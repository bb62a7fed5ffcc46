import { z } from 'zod';
import { createApiKey, listApiKeys, revokeApiKey } from '../accounts/api-keys.ts';
import { mayManage, ROLES } from '../accounts/permissions.ts';
import type { Context } from '../context.ts';
import type { ApiApp, NounParts } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { outranked } from './members.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { notFound } from './problem.ts';
import { Nothing } from './schemas.ts';

const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  start: z.string().describe('The first characters, to recognise the key by'),
  createdAt: z.date(),
});
const NewApiKey = z.strictObject({ name: z.string().trim().min(1).max(100), role: z.enum(ROLES).default('agent') });

const tags = ['api-keys'];

/** `/api-keys`: what programs sign in with. */
export function registerApiKeys(app: ApiApp, context: Context, { authenticator }: NounParts): void {
  app.route({
    method: 'GET',
    url: '/api-keys',
    config: { action: 'api-key.read' },
    schema: {
      tags,
      summary: 'The keys of the workspace, without the keys themselves',
      querystring: wholeQuery,
      response: { 200: pageOf(ApiKey) },
    },
    handler: async (request) =>
      pageOfWhole(request, 'api-keys', await listApiKeys(context.pool, request.principal.workspaceId)),
  });
  app.route({
    method: 'POST',
    url: '/api-keys',
    config: { action: 'api-key.write' },
    schema: {
      tags,
      summary: 'Make a key; it is shown once',
      body: NewApiKey,
      response: { 201: ApiKey.extend({ key: z.string() }) },
    },
    handler: (request, reply) => {
      const { principal, body } = request;
      if (!mayManage(principal.role, body.role)) throw outranked(principal);
      return createOnce(request, reply, context, async (tx) => ({
        status: 201,
        body: await createApiKey(tx, { workspaceId: principal.workspaceId, ...body }),
      }));
    },
  });
  app.route({
    method: 'DELETE',
    url: '/api-keys/:id',
    config: { action: 'api-key.write' },
    schema: {
      tags,
      summary: 'Revoke a key; it ends within five seconds in every process',
      params: z.strictObject({ id: z.string().max(100) }),
      response: { 204: Nothing },
    },
    handler: async ({ principal, params }, reply) => {
      const { workspaceId, role } = principal;
      const known = (await listApiKeys(context.pool, workspaceId)).find(({ id }) => id === params.id);
      if (known && !mayManage(role, known.role)) throw outranked(principal);
      if (!(await revokeApiKey(context.pool, workspaceId, params.id))) throw notFound();
      authenticator.forgetAll();
      return reply.code(204).send();
    },
  });
}
