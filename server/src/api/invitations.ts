import { z } from 'zod';
import { cancelInvitation, createInvitation, listInvitations } from '../accounts/invitations.ts';
import { mayManage, ROLES } from '../accounts/permissions.ts';
import type { Context } from '../context.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { outranked } from './members.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { notFound } from './problem.ts';
import { publicBase } from './public-base.ts';
import { Nothing } from './schemas.ts';

const Invitation = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  createdAt: z.date(),
  expiresAt: z.date(),
});
const NewInvitation = z.strictObject({ email: z.email().max(254), role: z.enum(ROLES).default('agent') });

const tags = ['members'];

/** `/invitations`: links to copy that make somebody a member. */
export function registerInvitations(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/invitations',
    config: { action: 'member.write' },
    schema: {
      tags,
      summary: 'Invitations that may still be accepted',
      querystring: wholeQuery,
      response: { 200: pageOf(Invitation) },
    },
    handler: async (request) =>
      pageOfWhole(request, 'invitations', await listInvitations(context.pool, request.principal.workspaceId)),
  });
  app.route({
    method: 'POST',
    url: '/invitations',
    config: { action: 'member.write' },
    schema: {
      tags,
      summary: 'Invite somebody: hand them the link, it is shown once',
      body: NewInvitation,
      response: { 201: Invitation.extend({ url: z.string() }) },
    },
    handler: (request, reply) => {
      const { principal, body } = request;
      if (!mayManage(principal.role, body.role)) throw outranked(principal);
      return createOnce(request, reply, context, async (tx) => {
        const invitation = { workspaceId: principal.workspaceId, inviterId: principal.userId, ...body };
        return { status: 201, body: await createInvitation(tx, invitation, publicBase(context, request)) };
      });
    },
  });
  app.route({
    method: 'DELETE',
    url: '/invitations/:id',
    config: { action: 'member.write' },
    schema: {
      tags,
      summary: 'Take an invitation back',
      params: z.strictObject({ id: z.string().max(100) }),
      response: { 204: Nothing },
    },
    handler: async ({ principal, params }, reply) => {
      const { workspaceId, role } = principal;
      const known = (await listInvitations(context.pool, workspaceId)).find(({ id }) => id === params.id);
      if (known && !mayManage(role, known.role)) throw outranked(principal);
      if (!(await cancelInvitation(context.pool, workspaceId, params.id))) throw notFound();
      return reply.code(204).send();
    },
  });
}
