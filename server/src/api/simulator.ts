import { z } from 'zod';
import type { Context } from '../context.ts';
import { countryOf } from '../leads/country.ts';
import { parsePhone } from '../leads/phone-number.ts';
import { PROBLEM_TEXTS } from '../leads/problem-texts.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { HEALTHY, listSimulatorMessages, readBehaviour, setBehaviour } from '../lines/simulator-database.ts';
import type { ApiApp } from './api-app.ts';
import { decodeCursor, NUMBER_ID, pageOf, pageQuery, toPage } from './pagination.ts';
import { invalid } from './problem.ts';

const MessageView = z.object({
  id: z.number(),
  messageId: z.string(),
  lineId: z.string(),
  medium: z.string(),
  phone: z.string(),
  kind: z.string(),
  text: z.string().nullable(),
  fileName: z.string().nullable(),
  fileUrl: z.string().nullable(),
  receivedAt: z.date(),
});

const Behaviour = z.strictObject({
  whatsapp: z.boolean().nullable().default(HEALTHY.whatsapp).describe('null: a number ending in 0 has no WhatsApp'),
  offline: z.boolean().default(HEALTHY.offline),
  slowMs: z.number().int().min(0).max(600_000).default(HEALTHY.slowMs),
  loseAnswer: z.boolean().default(HEALTHY.loseAnswer),
  receiptTimes: z.number().int().min(0).max(10).default(HEALTHY.receiptTimes),
  receiptDelayMs: z.number().int().min(0).max(86_400_000).default(HEALTHY.receiptDelayMs),
  lastReceipt: z.enum(['accepted', 'delivered', 'read', 'failed', 'none']).default(HEALTHY.lastReceipt),
});

const params = z.object({ phone: z.string().max(100) });

/** `/simulator`: what the simulated phones received, and how they behave. */
export function registerSimulator(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/simulator/messages',
    config: { action: 'simulator.read' },
    schema: {
      tags: ['simulator'],
      summary: 'What the phones received, newest first',
      querystring: z.strictObject({ ...pageQuery, phone: z.string().max(100).optional() }),
      response: { 200: pageOf(MessageView) },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const { limit, cursor } = request.query;
      const phone = request.query.phone && (await readPhone(context, workspaceId, request.query.phone, 'query.phone'));
      const scope = { workspaceId, list: 'simulator', filters: { phone } };
      const before = decodeCursor(scope, cursor, NUMBER_ID);
      const rows = await listSimulatorMessages(context.pool, workspaceId, {
        phone,
        before: before === undefined ? undefined : Number(before),
        limit: limit + 1,
      });
      return toPage(rows, { scope, limit });
    },
  });
  app.route({
    method: 'GET',
    url: '/simulator/phones/:phone',
    config: { action: 'simulator.read' },
    schema: { tags: ['simulator'], summary: 'How a phone behaves', params, response: { 200: Behaviour } },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      return readBehaviour(
        context.pool,
        workspaceId,
        await readPhone(context, workspaceId, request.params.phone, 'params.phone'),
      );
    },
  });
  app.route({
    method: 'PUT',
    url: '/simulator/phones/:phone',
    config: { action: 'simulator.write' },
    schema: {
      tags: ['simulator'],
      summary: 'Tell a phone how to behave; what is absent is healthy',
      params,
      body: Behaviour,
      response: { 200: Behaviour },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const phone = await readPhone(context, workspaceId, request.params.phone, 'params.phone');
      return setBehaviour(context.pool, workspaceId, phone, request.body);
    },
  });
}

async function readPhone(context: Context, workspaceId: WorkspaceId, text: string, path: string): Promise<string> {
  const phone = parsePhone(text, await countryOf(context.pool, workspaceId));
  if (!phone.ok) throw invalid([{ path, code: phone.error, message: PROBLEM_TEXTS[phone.error] }]);
  return phone.value;
}
