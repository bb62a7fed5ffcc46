import { z } from 'zod';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { FIELD_TYPES } from '../leads/field-value.ts';
import { createField, deleteField, listFields, MAX_FIELDS, reorderFields, updateField } from '../leads/fields.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { conflict, type FieldError, invalid, notFound } from './problem.ts';
import { line, Nothing, pathId } from './schemas.ts';

const FieldView = z.object({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  type: z.enum(FIELD_TYPES),
  options: z.array(z.string()),
  onCard: z.boolean(),
});
const Fields = z.object({ items: z.array(FieldView) });
const Options = z.array(line(200)).max(500);
const NewFieldBody = z.strictObject({
  name: line(100),
  code: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,49}$/, 'invalid-field-code')
    .nullable()
    .default(null)
    .describe('Made from the name when absent'),
  type: z.enum(FIELD_TYPES).default('string'),
  options: Options.default([]).describe('The values of a list field'),
  onCard: z.boolean().default(false),
});
const FieldPatch = z.strictObject({
  name: line(100).optional(),
  options: Options.optional(),
  onCard: z.boolean().optional(),
});
const params = z.object({ id: pathId('field') });

/** `/fields`: own fields of leads. */
export function registerFields(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/fields',
    config: { action: 'field.read' },
    schema: {
      tags: ['fields'],
      summary: 'Own fields in their order',
      querystring: wholeQuery,
      response: { 200: pageOf(FieldView) },
    },
    handler: async (request) =>
      pageOfWhole(request, 'fields', await listFields(context.pool, request.principal.workspaceId)),
  });
  app.route({
    method: 'POST',
    url: '/fields',
    config: { action: 'field.write' },
    schema: { tags: ['fields'], summary: 'Add a field', body: NewFieldBody, response: { 201: FieldView } },
    handler: (request, reply) =>
      createOnce(request, reply, context, async (tx) => {
        const { body } = request;
        const errors = optionErrors(body.type, body.options);
        if (errors.length > 0) throw invalid(errors);
        const field = await createField(tx, request.principal.workspaceId, body);
        if (!field.ok) throw invalid([CREATE_ERRORS[field.error]]);
        return { status: 201, body: field.value };
      }),
  });
  registerChanges(app, context);
}

const CREATE_ERRORS: Record<'code-taken' | 'name-taken' | 'too-many', FieldError> = {
  'code-taken': { path: 'code', code: 'taken' },
  'name-taken': { path: 'name', code: 'taken' },
  'too-many': { path: 'body', code: 'too-many-items', params: { limit: MAX_FIELDS } },
};

function registerChanges(app: ApiApp, context: Context): void {
  app.route({
    method: 'PATCH',
    url: '/fields/:id',
    config: { action: 'field.write' },
    schema: {
      tags: ['fields'],
      summary: 'Change name, options or place on the card',
      params,
      body: FieldPatch,
      response: { 200: FieldView },
    },
    handler: (request) =>
      inTransaction(context.pool, async (tx) => {
        const field = await updateField(tx, request.principal.workspaceId, request.params.id, request.body);
        if (!field.ok && field.error === 'not-found') throw notFound();
        if (!field.ok) throw invalid([{ path: 'name', code: 'taken' }]);
        const errors = request.body.options ? optionErrors(field.value.type, request.body.options) : [];
        if (errors.length > 0) throw invalid(errors);
        return field.value;
      }),
  });
  app.route({
    method: 'DELETE',
    url: '/fields/:id',
    config: { action: 'field.write' },
    schema: { tags: ['fields'], summary: 'Delete a field with its values', params, response: { 204: Nothing } },
    handler: async (request, reply) => {
      const outcome = await inTransaction(context.pool, (tx) =>
        deleteField(tx, request.principal.workspaceId, request.params.id),
      );
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'in-use') throw conflict('in-use', {}, [{ path: 'params.id', ...USED }]);
      return reply.code(204).send();
    },
  });
  app.route({
    method: 'PUT',
    url: '/fields/order',
    config: { action: 'field.write' },
    schema: {
      tags: ['fields'],
      summary: 'Put the fields into this order; all of them, each once',
      body: z.strictObject({ ids: z.array(z.string().max(100)).min(1).max(MAX_FIELDS) }),
      response: { 200: Fields },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const outcome = await inTransaction(context.pool, (tx) => reorderFields(tx, workspaceId, request.body.ids));
      if (outcome === 'not-all') throw invalid([{ path: 'ids', ...NOT_ALL }]);
      return { items: await listFields(context.pool, workspaceId) };
    },
  });
}

const USED = {
  code: 'field.in-use',
  message: { ru: 'Поле используют роботы: сначала измените их', en: 'Robots use the field: change them first' },
};
const NOT_ALL = {
  code: 'not-all',
  message: { ru: 'Нужны id всех полей, каждый один раз', en: 'The ids of all fields are needed, each once' },
};

/** A list field has options, each once; other types have none. */
function optionErrors(type: string, options: readonly string[]): FieldError[] {
  if (type !== 'list')
    return options.length > 0 ? [{ path: 'options', code: 'too-many-items', params: { limit: 0 } }] : [];
  if (options.length === 0) return [{ path: 'options', code: 'too-few-items', params: { limit: 1 } }];
  const repeated = options.findIndex((option, at) => options.indexOf(option) !== at);
  return repeated === -1 ? [] : [{ path: `options[${repeated}]`, code: 'taken' }];
}
