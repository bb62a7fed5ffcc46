import { z } from 'zod';
import { type Action, isAllowed, PERMISSIONS, ROLES } from '../accounts/permissions.ts';
import { LANGUAGES } from '../accounts/principal.ts';
import { readUser } from '../accounts/users.ts';
import type { Context } from '../context.ts';
import type { ApiApp } from './api-app.ts';

const ACTIONS = Object.keys(PERMISSIONS) as Action[];

const Me = z.object({
  workspaceId: z.string(),
  role: z.enum(ROLES),
  language: z.enum(LANGUAGES),
  user: z.object({ id: z.string(), name: z.string(), email: z.string() }).nullable().describe('Null for an API key'),
  apiKeyId: z.string().nullable(),
  may: z.array(z.string()).describe('The actions that the role allows'),
});

/** `/me`: who asks and what they may do. */
export function registerMe(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/me',
    config: { access: 'signed-in' },
    schema: { tags: ['members'], summary: 'Who you are and what you may do', response: { 200: Me } },
    handler: async ({ principal }) => ({
      workspaceId: principal.workspaceId,
      role: principal.role,
      language: principal.language,
      user: principal.userId === null ? null : await readUser(context.pool, principal.userId),
      apiKeyId: principal.apiKeyId,
      may: ACTIONS.filter((action) => isAllowed(principal.role, action)),
    }),
  });
}
