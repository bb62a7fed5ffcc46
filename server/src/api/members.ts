import { z } from 'zod';
import { changeRole, listMembers, type Member, type MemberProblem, removeMember } from '../accounts/members.ts';
import { ROLES } from '../accounts/permissions.ts';
import type { Principal } from '../accounts/principal.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Result } from '../lib/result.ts';
import type { ApiApp, NounParts } from './api-app.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { ApiError, conflict, notFound } from './problem.ts';
import { Nothing } from './schemas.ts';

const MemberView = z.object({
  id: z.string(),
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  createdAt: z.date(),
});

const params = z.strictObject({ id: z.string().max(100) });
const tags = ['members'];

/** `/members`: who belongs to the workspace, and as what. */
export function registerMembers(app: ApiApp, context: Context, { authenticator }: NounParts): void {
  app.route({
    method: 'GET',
    url: '/members',
    config: { action: 'member.read' },
    schema: {
      tags,
      summary: 'Everybody in the workspace',
      querystring: wholeQuery,
      response: { 200: pageOf(MemberView) },
    },
    handler: async (request) =>
      pageOfWhole(request, 'members', await listMembers(context.pool, request.principal.workspaceId)),
  });
  app.route({
    method: 'PATCH',
    url: '/members/:id',
    config: { action: 'member.write' },
    schema: {
      tags,
      summary: "Change a member's role",
      params,
      body: z.strictObject({ role: z.enum(ROLES) }),
      response: { 200: MemberView },
    },
    handler: async ({ principal, params, body }) => {
      const change = { workspaceId: principal.workspaceId, memberId: params.id, role: body.role, by: principal.role };
      const result = await inTransaction(context.pool, (tx) => changeRole(tx, change));
      authenticator.forgetAll();
      return memberOf(result, principal);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/members/:id',
    config: { action: 'member.write' },
    schema: { tags, summary: 'Take a member out of the workspace', params, response: { 204: Nothing } },
    handler: async ({ principal, params }, reply) => {
      const removal = { workspaceId: principal.workspaceId, memberId: params.id, by: principal.role };
      memberOf(await inTransaction(context.pool, (tx) => removeMember(tx, removal)), principal);
      authenticator.forgetAll();
      return reply.code(204).send();
    },
  });
}

function memberOf(result: Result<Member, MemberProblem>, principal: Principal): Member {
  if (result.ok) return result.value;
  if (result.error === 'not-found') throw notFound();
  if (result.error === 'last-owner') throw conflict('last-owner');
  throw outranked(principal);
}

/** 403: the role to give or to touch is above that of who asks. */
export function outranked(principal: Principal): ApiError {
  return new ApiError({ status: 403, code: 'outranked', params: { role: principal.role } });
}
