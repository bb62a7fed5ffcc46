import { z } from 'zod';
import type { Context } from '../context.ts';
import { listMessages, readMessage } from '../messages/message-store.ts';
import { resolveMessage } from '../messages/resolve-message.ts';
import { MESSAGE_STATUSES } from '../messages/status.ts';
import type { ApiApp } from './api-app.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from './pagination.ts';
import { conflict, notFound } from './problem.ts';
import { pathId } from './schemas.ts';

const MessageView = z.object({
  id: z.string(),
  leadId: z.string(),
  lineId: z.string(),
  medium: z.enum(['whatsapp', 'sms']),
  kind: z.enum(['text', 'file']),
  to: z.string(),
  text: z.string().nullable(),
  fileId: z.string().nullable(),
  fileUrl: z.string().nullable(),
  fileName: z.string().nullable(),
  status: z.enum(MESSAGE_STATUSES),
  reason: z.string().nullable(),
  error: z.string().nullable(),
  providerId: z.string().nullable(),
  createdAt: z.date(),
  acceptedAt: z.date().nullable(),
  deliveredAt: z.date().nullable(),
  readAt: z.date().nullable(),
});

const params = z.object({ id: pathId('msg') });

/** `/messages`: what was sent, and what a person decides about messages that nobody knows the fate of. */
export function registerMessages(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/messages',
    config: { action: 'message.read' },
    schema: {
      tags: ['messages'],
      summary: 'Messages, newest first',
      querystring: z.strictObject({
        ...pageQuery,
        leadId: z.string().max(100).optional(),
        status: z.enum(MESSAGE_STATUSES).optional(),
      }),
      response: { 200: pageOf(MessageView) },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const { limit, cursor, ...filters } = request.query;
      const scope = { workspaceId, list: 'messages', filters };
      const before = decodeCursor(scope, cursor);
      const rows = await listMessages(context.pool, workspaceId, { ...filters, before, limit: limit + 1 });
      return toPage(rows, { scope, limit });
    },
  });
  app.route({
    method: 'GET',
    url: '/messages/:id',
    config: { action: 'message.read' },
    schema: { tags: ['messages'], summary: 'One message', params, response: { 200: MessageView } },
    handler: async (request) => requireMessage(context, request.principal.workspaceId, request.params.id),
  });
  app.route({
    method: 'POST',
    url: '/messages/:id/resolve',
    config: { action: 'message.resolve' },
    schema: {
      tags: ['messages'],
      summary: 'Decide about an uncertain message: it was delivered, send it again, or let it rest',
      params,
      body: z.strictObject({ outcome: z.enum(['delivered', 'resend', 'closed']) }),
      response: { 200: MessageView },
    },
    handler: async (request) => {
      const { workspaceId, userId } = request.principal;
      const messageId = request.params.id;
      const outcome = await resolveMessage(context.pool, {
        workspaceId,
        messageId,
        outcome: request.body.outcome,
        userId,
      });
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'not-uncertain') throw conflict('conflict', {}, [{ path: 'outcome', ...NOT_UNCERTAIN }]);
      return requireMessage(context, workspaceId, messageId);
    },
  });
}

const NOT_UNCERTAIN = {
  code: 'message.not-uncertain',
  message: { ru: 'Судьба сообщения уже известна', en: 'It is known already what became of the message' },
};

async function requireMessage(context: Context, workspaceId: Parameters<typeof readMessage>[1], messageId: string) {
  const message = await readMessage(context.pool, workspaceId, messageId);
  if (!message) throw notFound();
  return message;
}
