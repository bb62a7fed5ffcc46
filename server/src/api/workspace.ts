import { isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { LANGUAGES } from '../accounts/principal.ts';
import { readWorkspace, updateWorkspace } from '../accounts/workspaces.ts';
import type { Context } from '../context.ts';
import { forgetCountry } from '../leads/country.ts';
import type { ApiApp, NounParts } from './api-app.ts';
import { notFound } from './problem.ts';

const Workspace = z.object({
  id: z.string(),
  name: z.string(),
  country: z.string().describe('How numbers without a country code are read, such as RU'),
  language: z.enum(LANGUAGES),
  duplicateWindowSeconds: z
    .number()
    .describe('The same phone posted again within this time updates the lead instead of greeting it twice'),
  createdAt: z.date(),
});

const WorkspaceChanges = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  country: z
    .string()
    .refine((code) => isSupportedCountry(code), { params: { code: 'unknown-country' } })
    .optional(),
  language: z.enum(LANGUAGES).optional(),
  duplicateWindowSeconds: z.number().int().min(0).max(31_536_000).optional(),
});

const tags = ['workspace'];

/** `/workspace`: the workspace of the key or the session. */
export function registerWorkspace(app: ApiApp, context: Context, { authenticator }: NounParts): void {
  app.route({
    method: 'GET',
    url: '/workspace',
    config: { action: 'workspace.read' },
    schema: { tags, summary: 'The workspace and its settings', response: { 200: Workspace } },
    handler: async ({ principal }) => {
      const workspace = await readWorkspace(context.pool, principal.workspaceId);
      if (!workspace) throw notFound();
      return workspace;
    },
  });
  app.route({
    method: 'PATCH',
    url: '/workspace',
    config: { action: 'workspace.write' },
    schema: { tags, summary: 'Change settings', body: WorkspaceChanges, response: { 200: Workspace } },
    handler: async ({ principal, body }) => {
      const workspace = await updateWorkspace(context.pool, principal.workspaceId, body);
      if (!workspace) throw notFound();
      authenticator.forgetAll();
      forgetCountry(context.pool, principal.workspaceId);
      return workspace;
    },
  });
}
