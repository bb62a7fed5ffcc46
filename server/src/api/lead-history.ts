import { z } from 'zod';
import type { Context } from '../context.ts';
import { readLead } from '../leads/lead-store.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import { readRuns } from '../runs/read-runs.ts';
import { readTimeline } from '../timeline/read-timeline.ts';
import type { ApiApp } from './api-app.ts';
import { decodeCursor, pageOf, pageOfWhole, pageQuery, toPage, wholeQuery } from './pagination.ts';
import { notFound } from './problem.ts';
import { RunView } from './run-view.ts';
import { pathId } from './schemas.ts';

const TimelineView = z.object({
  id: z.string(),
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
  createdAt: z.date(),
  message: z
    .object({
      medium: z.string(),
      kind: z.string(),
      to: z.string(),
      lineId: z.string(),
      text: z.string().nullable(),
      fileName: z.string().nullable(),
      status: z.string(),
      error: z.string().nullable(),
    })
    .nullable()
    .describe('Of kind message: the message as it stands now'),
});

const params = z.object({ id: pathId('lead') });

/** `/leads/{id}/timeline` and `/leads/{id}/runs`: what happened to a lead and what its robots do. */
export function registerLeadHistory(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/leads/:id/timeline',
    config: { action: 'lead.read' },
    schema: {
      tags: ['leads'],
      summary: 'What happened to a lead, newest first',
      params,
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(TimelineView) },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const { id } = request.params;
      const { limit, cursor } = request.query;
      const scope = { workspaceId, list: 'timeline', filters: { id } };
      const before = decodeCursor(scope, cursor);
      const rows = await readTimeline(context.pool, workspaceId, id, { before, limit: limit + 1 });
      if (rows.length === 0) await requireLead(context, workspaceId, id);
      return toPage(rows, { scope, limit });
    },
  });
  app.route({
    method: 'GET',
    url: '/leads/:id/runs',
    config: { action: 'lead.read' },
    schema: {
      tags: ['leads'],
      summary: "A lead's runs with every step: status, compared values, result, error, planned time",
      params,
      querystring: wholeQuery,
      response: { 200: pageOf(RunView) },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const leadId = request.params.id as LeadId;
      await requireLead(context, workspaceId, leadId);
      return pageOfWhole(request, `runs of ${leadId}`, await readRuns(context.pool, workspaceId, leadId));
    },
  });
}

async function requireLead(context: Context, workspaceId: WorkspaceId, leadId: string): Promise<void> {
  if (!(await readLead(context.pool, workspaceId, leadId))) throw notFound();
}
