import { z } from 'zod';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import {
  createStage,
  deleteStage,
  listStages,
  MAX_STAGES,
  MEANINGS,
  reorderStages,
  updateStage,
} from '../stages/stage-store.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { inUse } from './in-use.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { conflict, invalid, notFound } from './problem.ts';
import { line, Nothing, pathId } from './schemas.ts';

const Color = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, 'invalid-color')
  .toLowerCase();
const StageView = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  meaning: z.enum(MEANINGS),
  robotsVersion: z.number(),
});
const Stages = z.object({ items: z.array(StageView) });
const params = z.object({ id: pathId('stage') });

/** `/stages`: the columns of the board. */
export function registerStages(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/stages',
    config: { action: 'stage.read' },
    schema: {
      tags: ['stages'],
      summary: 'The stages in the order of the board',
      querystring: wholeQuery,
      response: { 200: pageOf(StageView) },
    },
    handler: async (request) =>
      pageOfWhole(request, 'stages', await listStages(context.pool, request.principal.workspaceId)),
  });
  app.route({
    method: 'POST',
    url: '/stages',
    config: { action: 'stage.write' },
    schema: {
      tags: ['stages'],
      summary: 'Add a stage at the right end',
      body: z.strictObject({
        name: line(100),
        color: Color.default('#8a94a6'),
        meaning: z.enum(MEANINGS).default('in_progress'),
      }),
      response: { 201: StageView },
    },
    handler: (request, reply) =>
      createOnce(request, reply, context, async (tx) => {
        const stage = await createStage(tx, request.principal.workspaceId, request.body);
        if (!stage) throw invalid([{ path: 'body', code: 'too-many-items', params: { limit: MAX_STAGES } }]);
        return { status: 201, body: stage };
      }),
  });
  registerChanges(app, context);
}

function registerChanges(app: ApiApp, context: Context): void {
  app.route({
    method: 'PATCH',
    url: '/stages/:id',
    config: { action: 'stage.write' },
    schema: {
      tags: ['stages'],
      summary: 'Change name, colour or meaning',
      params,
      body: z.strictObject({
        name: line(100).optional(),
        color: Color.optional(),
        meaning: z.enum(MEANINGS).optional(),
      }),
      response: { 200: StageView },
    },
    handler: async (request) => {
      const stage = await updateStage(context.pool, request.principal.workspaceId, request.params.id, request.body);
      if (!stage) throw notFound();
      return stage;
    },
  });
  app.route({
    method: 'DELETE',
    url: '/stages/:id',
    config: { action: 'stage.write' },
    schema: { tags: ['stages'], summary: 'Delete a stage that no lead is on', params, response: { 204: Nothing } },
    handler: async (request, reply) => {
      const outcome = await inTransaction(context.pool, (tx) =>
        deleteStage(tx, request.principal.workspaceId, request.params.id),
      );
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'not-empty') throw conflict('in-use', {}, [{ path: 'params.id', ...LEADS_THERE }]);
      if (outcome === 'last-one') throw conflict('in-use', {}, [{ path: 'params.id', ...LAST_STAGE }]);
      if (outcome !== 'deleted') throw inUse(outcome.usedBy);
      return reply.code(204).send();
    },
  });
  app.route({
    method: 'PUT',
    url: '/stages/order',
    config: { action: 'stage.write' },
    schema: {
      tags: ['stages'],
      summary: 'Put the stages into this order; all of them, each once',
      body: z.strictObject({ ids: z.array(z.string().max(100)).min(1).max(MAX_STAGES) }),
      response: { 200: Stages },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const outcome = await inTransaction(context.pool, (tx) => reorderStages(tx, workspaceId, request.body.ids));
      if (outcome === 'not-all') throw invalid([{ path: 'ids', ...NOT_ALL }]);
      return { items: await listStages(context.pool, workspaceId) };
    },
  });
}

const LEADS_THERE = {
  code: 'stage.not-empty',
  message: { ru: 'На стадии есть лиды: сначала переместите их', en: 'There are leads on the stage: move them first' },
};
const LAST_STAGE = {
  code: 'stage.last-one',
  message: { ru: 'Последнюю стадию удалить нельзя', en: 'The last stage cannot be deleted' },
};
const NOT_ALL = {
  code: 'not-all',
  message: { ru: 'Нужны id всех стадий, каждый один раз', en: 'The ids of all stages are needed, each once' },
};
