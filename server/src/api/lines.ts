import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Channel } from '../channels/channel.ts';
import { channels } from '../channels/registry.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { countryOf } from '../leads/country.ts';
import { parsePhone } from '../leads/phone-number.ts';
import { PROBLEM_TEXTS } from '../leads/problem-texts.ts';
import type { LineId, WorkspaceId } from '../lib/id.ts';
import {
  createLine,
  deleteLine,
  type Line,
  type LinePatch,
  listLines,
  readLine,
  readLineConfig,
  updateLine,
} from '../lines/line-store.ts';
import { forgetLines, openLine } from '../lines/open-line.ts';
import { testLine } from '../lines/test-line.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { inUse } from './in-use.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { conflict, type FieldError, invalid, notFound } from './problem.ts';
import { publicBase } from './public-base.ts';
import { fieldErrorsOf } from './schema-issues.ts';
import { line, Nothing, pathId, Texts } from './schemas.ts';

const LineView = z.object({
  id: z.string(),
  channel: z.string(),
  medium: z.enum(['whatsapp', 'sms']),
  name: z.string(),
  state: z.string(),
  stateDetail: z.string().nullable(),
  stateAt: z.date(),
  paused: z.boolean(),
  paceIntervalMs: z.number(),
  config: z.record(z.string(), z.unknown()).describe('Without secrets'),
  secrets: z.record(z.string(), z.literal(true)).describe('Which secrets are set'),
  hookUrl: z.string().nullable().describe('Where the provider sends its webhooks; null where it sends none'),
  queue: z.object({ waiting: z.number(), sending: z.number(), uncertain: z.number() }),
  createdAt: z.date(),
});

const Config = z.record(z.string().max(100), z.unknown());
const Pace = z.number().int().min(0).max(600_000).describe('At least this long between two messages');
const NewLineBody = z.strictObject({
  channel: z.string().max(60),
  medium: z.enum(['whatsapp', 'sms']).optional().describe('For channels that have both'),
  name: line(100),
  config: Config.default({}),
  paceIntervalMs: Pace.default(0),
});
const LinePatchBody = z.strictObject({
  name: line(100).optional(),
  config: Config.optional().describe('Only what changes; null empties'),
  paceIntervalMs: Pace.optional(),
  paused: z.boolean().optional(),
});
const params = z.object({ id: pathId('line') });

/** `/lines`: configured accounts on channels. */
export function registerLines(app: ApiApp, context: Context): void {
  registerReading(app, context);
  registerCreation(app, context);
  registerChanges(app, context);
  registerTest(app, context);
}

function registerReading(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/lines',
    config: { action: 'line.read' },
    schema: {
      tags: ['lines'],
      summary: 'The lines, oldest first',
      querystring: wholeQuery,
      response: { 200: pageOf(LineView) },
    },
    handler: async (request) => {
      const page = pageOfWhole(request, 'lines', await listLines(context.pool, request.principal.workspaceId));
      return { ...page, items: page.items.map((one) => viewOf(context, request, one)) };
    },
  });
  app.route({
    method: 'GET',
    url: '/lines/:id',
    config: { action: 'line.read' },
    schema: { tags: ['lines'], summary: 'One line', params, response: { 200: LineView } },
    handler: async (request) => {
      const found = await readLine(context.pool, request.principal.workspaceId, request.params.id);
      if (!found) throw notFound();
      return viewOf(context, request, found);
    },
  });
}

function registerCreation(app: ApiApp, context: Context): void {
  app.route({
    method: 'POST',
    url: '/lines',
    config: { action: 'line.write' },
    schema: { tags: ['lines'], summary: 'Add a line', body: NewLineBody, response: { 201: LineView } },
    handler: async (request, reply) => {
      const { workspaceId } = request.principal;
      const { name, paceIntervalMs } = request.body;
      const channel = findChannel(request.body.channel);
      const medium = request.body.medium ?? channel.describe.mediums[0];
      if (!medium || !channel.describe.mediums.includes(medium)) {
        throw invalid([
          { path: 'medium', code: 'not-one-of', params: { values: channel.describe.mediums.join(', ') } },
        ]);
      }
      const config = parseConfig(channel, request.body.config, request.body.config);
      return createOnce(request, reply, context, async (tx) => {
        const created = await createLine(tx, context.secrets, workspaceId, {
          channel,
          medium,
          name,
          config,
          paceIntervalMs,
        });
        return { status: 201, body: viewOf(context, request, created) };
      }).finally(() => forgetLines(context, workspaceId));
    },
  });
}

function registerChanges(app: ApiApp, context: Context): void {
  const change = async (request: FastifyRequest, lineId: string, patch: LinePatch) => {
    const { workspaceId } = request.principal;
    const changed = await updateLine(context.pool, context.secrets, workspaceId, lineId as LineId, patch);
    forgetLines(context, workspaceId);
    if (!changed) throw notFound();
    return viewOf(context, request, changed);
  };
  app.route({
    method: 'PATCH',
    url: '/lines/:id',
    config: { action: 'line.write' },
    schema: {
      tags: ['lines'],
      summary: 'Change a line; secrets that are absent stay, unless its address changes',
      params,
      body: LinePatchBody,
      response: { 200: LineView },
    },
    handler: async (request) => {
      const { config, ...patch } = request.body;
      const values = config && (await mergeConfig(context, request.principal.workspaceId, request.params.id, config));
      return change(request, request.params.id, { ...patch, config: values });
    },
  });
  for (const paused of [true, false]) {
    app.route({
      method: 'POST',
      url: paused ? '/lines/:id/pause' : '/lines/:id/resume',
      config: { action: 'line.write' },
      schema: {
        tags: ['lines'],
        summary: paused ? 'Let nothing leave over the line; robots wait' : 'Let messages leave again',
        params,
        response: { 200: LineView },
      },
      handler: (request) => change(request, request.params.id, { paused }),
    });
  }
  app.route({
    method: 'DELETE',
    url: '/lines/:id',
    config: { action: 'line.write' },
    schema: {
      tags: ['lines'],
      summary: 'Delete a line that no robot sends through',
      params,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const { workspaceId } = request.principal;
      const outcome = await inTransaction(context.pool, (tx) => deleteLine(tx, workspaceId, request.params.id));
      forgetLines(context, workspaceId);
      if (outcome === 'not-found') throw notFound();
      if (outcome !== 'deleted') throw inUse(outcome.usedBy);
      return reply.code(204).send();
    },
  });
}

function registerTest(app: ApiApp, context: Context): void {
  const TestView = z.object({
    ok: z.boolean(),
    state: z.string(),
    detail: z.string().nullable(),
    advice: Texts,
    check: z.looseObject({ outcome: z.enum(['yes', 'no', 'error']), error: z.string().optional() }).nullable(),
  });
  app.route({
    method: 'POST',
    url: '/lines/:id/test',
    config: { action: 'line.write' },
    schema: {
      tags: ['lines'],
      summary: 'Ask the provider how the line is; with a phone, check that number. Sends nothing',
      params,
      body: z.strictObject({ phone: z.string().max(100).optional() }).nullish(),
      response: { 200: TestView },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const phone = request.body?.phone && parsePhone(request.body.phone, await countryOf(context.pool, workspaceId));
      if (phone && !phone.ok)
        throw invalid([{ path: 'phone', code: phone.error, message: PROBLEM_TEXTS[phone.error] }]);
      forgetLines(context, workspaceId);
      const opened = await openLine(context, workspaceId, request.params.id);
      if (!opened)
        throw (await readLine(context.pool, workspaceId, request.params.id))
          ? conflict('conflict', {}, [UNREADABLE])
          : notFound();
      return testLine(context, opened, { phone: phone ? phone.value : undefined });
    },
  });
}

const UNREADABLE: FieldError = {
  path: 'config',
  code: 'line.unreadable',
  message: {
    ru: 'Настройки линии не читаются: введите их заново',
    en: 'The settings of the line cannot be read: enter them again',
  },
};

function findChannel(id: string): Channel {
  const channel = Object.hasOwn(channels, id) ? channels[id] : undefined;
  if (!channel)
    throw invalid([{ path: 'channel', code: 'not-one-of', params: { values: Object.keys(channels).join(', ') } }]);
  return channel;
}

/** Checks a config by the channel's schema; of `given`, what its form does not know is refused. */
function parseConfig(
  channel: Channel,
  config: Record<string, unknown>,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const known = new Set(channel.describe.form.map((field) => field.name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length > 0) throw invalid(unknown.map((name) => ({ path: `config.${name}`, code: 'unknown-key' })));
  const parsed = channel.config.safeParse(config, { reportInput: true });
  if (!parsed.success) throw invalid(fieldErrorsOf(parsed.error.issues, 'config'));
  return parsed.data as Record<string, unknown>;
}

/** Lays the change over what is stored, secrets included, and checks the whole. */
async function mergeConfig(
  context: Context,
  workspaceId: WorkspaceId,
  lineId: string,
  change: Record<string, unknown>,
) {
  const found = await readLine(context.pool, workspaceId, lineId);
  const stored = found && (await readLineConfig(context.pool, context.secrets, workspaceId, lineId));
  if (!found || !stored) throw notFound();
  const channel = findChannel(found.channel);
  const merged = Object.entries({ ...stored, ...change }).filter(([, value]) => value !== null);
  const values = parseConfig(channel, Object.fromEntries(merged), change);
  if (isElsewhere(channel, stored, values)) requireSecrets(channel, stored, change);
  return { channel, values };
}

/** Whether a setting changed that says where the provider is reached: a URL, or a host with its port. */
function isElsewhere(channel: Channel, stored: Record<string, unknown>, values: Record<string, unknown>): boolean {
  return channel.describe.form.some(
    ({ name, type }) => (type === 'url' || name === 'host' || name === 'port') && stored[name] !== values[name],
  );
}

/** Stored secrets go only where they were entered for: otherwise a test of the line would tell them to any address. */
function requireSecrets(channel: Channel, stored: Record<string, unknown>, change: Record<string, unknown>): void {
  const missing = channel.secretNames.filter((name) => (stored[name] ?? null) !== null && !Object.hasOwn(change, name));
  if (missing.length > 0) throw invalid(missing.map((name) => ({ path: `config.${name}`, ...SECRET_AGAIN })));
}

const SECRET_AGAIN = {
  code: 'line.secret-again',
  message: {
    ru: 'Адрес изменился: введите заново и это значение',
    en: 'The address changed: enter this value again too',
  },
};

function viewOf(context: Context, request: FastifyRequest, found: Line) {
  const { hookToken, workspaceId: _scope, ...shown } = found;
  const takesWebhooks = channels[found.channel]?.parseWebhook !== undefined;
  return { ...shown, hookUrl: takesWebhooks ? `${publicBase(context, request)}/hooks/${hookToken}` : null };
}
