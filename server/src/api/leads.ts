import { z } from 'zod';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { deleteLead } from '../leads/delete-lead.ts';
import { type Lead, PHONE_TYPES } from '../leads/lead.ts';
import { listLeads, readLead } from '../leads/lead-store.ts';
import type { LeadId, StageId } from '../lib/id.ts';
import { editLead } from '../stages/edit-lead.ts';
import { moveLead } from '../stages/move-lead.ts';
import { createLeadReceiver, type Received } from '../stages/receive-lead.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { checkLeadPatch, checkNewLead, LeadPatchBody, NewLeadBody } from './lead-input.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from './pagination.ts';
import { conflict, invalid, notFound } from './problem.ts';
import { Nothing, pathId } from './schemas.ts';

const LeadView = z.object({
  id: z.string(),
  title: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  source: z.string().nullable(),
  stageId: z.string(),
  responsibleId: z.string().nullable(),
  phones: z.array(z.object({ value: z.string(), type: z.enum(PHONE_TYPES) })),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  unansweredAt: z.date().nullable().describe('Since when the lead is «без ответа»'),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const ReceivedLead = LeadView.extend({
  outcome: z.enum(['created', 'updated']).describe('updated: the same phone came within the window of the workspace'),
});

const params = z.object({ id: pathId('lead') });

/** `/leads`: posting, finding, editing, moving and deleting leads. */
export function registerLeads(app: ApiApp, context: Context): void {
  registerPost(app, context);
  registerReading(app, context);
  registerEditing(app, context);
  registerMove(app, context);
}

function registerPost(app: ApiApp, context: Context): void {
  const receiver = createLeadReceiver(context);
  app.route({
    method: 'POST',
    url: '/leads',
    config: { action: 'lead.write' },
    schema: {
      tags: ['leads'],
      summary: 'Take a lead in; the robots of its stage start',
      body: NewLeadBody,
      response: { 200: ReceivedLead, 201: ReceivedLead },
    },
    handler: async (request, reply) => {
      const { workspaceId } = request.principal;
      const lead = await checkNewLead(context.pool, workspaceId, request.body);
      if (request.headers['idempotency-key'] !== undefined) {
        return createOnce(request, reply, context, async (tx) => {
          const [received] = await receiver.receiveIn(tx, [lead]);
          if (!received) throw new Error('A lead was not received');
          return answerOf(received, received.lead ?? (await readLead(tx, workspaceId, received.leadId)));
        });
      }
      const received = await receiver.receive(lead);
      const stored = received.lead ?? (await readLead(context.pool, workspaceId, received.leadId));
      const answer = answerOf(received, stored);
      return reply.code(answer.status).send(answer.body);
    },
  });
}

function answerOf(received: Received, lead: Lead | null) {
  if (!lead) throw conflict();
  return {
    status: received.outcome === 'created' ? (201 as const) : (200 as const),
    body: { ...lead, outcome: received.outcome },
  };
}

function registerReading(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/leads',
    config: { action: 'lead.read' },
    schema: {
      tags: ['leads'],
      summary: 'Leads, newest first',
      querystring: z.strictObject({
        ...pageQuery,
        stageId: z.string().max(100).optional(),
        q: z.string().trim().max(200).optional().describe('Part of title, name or e-mail, or digits of a phone'),
      }),
      response: { 200: pageOf(LeadView) },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const { limit, cursor, stageId, q } = request.query;
      const scope = { workspaceId, list: 'leads', filters: { stageId, q } };
      const before = decodeCursor(scope, cursor);
      const rows = await listLeads(context.pool, workspaceId, { stageId, q: q || undefined, before, limit: limit + 1 });
      return toPage(rows, { scope, limit });
    },
  });
  app.route({
    method: 'GET',
    url: '/leads/:id',
    config: { action: 'lead.read' },
    schema: { tags: ['leads'], summary: 'One lead', params, response: { 200: LeadView } },
    handler: async (request) => {
      const lead = await readLead(context.pool, request.principal.workspaceId, request.params.id);
      if (!lead) throw notFound();
      return lead;
    },
  });
}

function registerEditing(app: ApiApp, context: Context): void {
  app.route({
    method: 'PATCH',
    url: '/leads/:id',
    config: { action: 'lead.write' },
    schema: {
      tags: ['leads'],
      summary: 'Change a lead; another stageId moves it',
      params,
      body: LeadPatchBody,
      response: { 200: LeadView },
    },
    handler: async (request) => {
      const { workspaceId, userId } = request.principal;
      const leadId = request.params.id as LeadId;
      const { patch, stageId } = await checkLeadPatch(context.pool, workspaceId, request.body);
      const lead = await inTransaction(context.pool, async (tx) => {
        const outcome = await editLead(tx, { workspaceId, leadId, patch, stageId, userId });
        if (outcome === 'no-stage') throw invalid([{ path: 'stageId', code: 'not-found' }]);
        return outcome === 'no-lead' ? null : readLead(tx, workspaceId, leadId);
      });
      if (!lead) throw notFound();
      return lead;
    },
  });
  app.route({
    method: 'DELETE',
    url: '/leads/:id',
    config: { action: 'lead.delete' },
    schema: {
      tags: ['leads'],
      summary: 'Delete a lead with its timeline, runs and messages',
      params,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const { workspaceId } = request.principal;
      const outcome = await inTransaction(context.pool, (tx) =>
        deleteLead(tx, workspaceId, request.params.id as LeadId),
      );
      if (outcome === 'not-found') throw notFound();
      return reply.code(204).send();
    },
  });
}

function registerMove(app: ApiApp, context: Context): void {
  app.route({
    method: 'POST',
    url: '/leads/:id/move',
    config: { action: 'lead.write' },
    schema: {
      tags: ['leads'],
      summary: 'Move a lead; to the stage it is on, nothing happens',
      params,
      body: z.strictObject({ stageId: z.string().max(100) }),
      response: { 200: z.object({ outcome: z.enum(['moved', 'already-there']) }) },
    },
    handler: async (request) => {
      const { workspaceId, userId } = request.principal;
      const leadId = request.params.id as LeadId;
      const stageId = request.body.stageId as StageId;
      const outcome = await moveLead(context.pool, { workspaceId, leadId, stageId, cause: 'move', userId });
      if (outcome === 'no-lead') throw notFound();
      if (outcome === 'no-stage') throw invalid([{ path: 'stageId', code: 'not-found' }]);
      if (outcome === 'moved' || outcome === 'already-there') return { outcome };
      throw conflict();
    },
  });
}
