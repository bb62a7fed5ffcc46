import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { createWorkspace, type Workspace } from '../../src/accounts/workspaces.ts';
import { startAnswering } from '../../src/answering.ts';
import { requireChannel } from '../../src/channels/registry.ts';
import type { Context } from '../../src/context.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import type { NewLead } from '../../src/leads/lead.ts';
import { createHttpClient } from '../../src/lib/http-client.ts';
import type { LeadId } from '../../src/lib/id.ts';
import { createSecretBox } from '../../src/lib/secret-box.ts';
import { createLine } from '../../src/lines/line-store.ts';
import { listMessages, type MessageView } from '../../src/messages/message-store.ts';
import { readRobots } from '../../src/robots/robot-list.ts';
import { saveRobots } from '../../src/robots/save-robots.ts';
import { type RunView, readRuns } from '../../src/runs/read-runs.ts';
import { createLeadReceiver, type LeadReceiver } from '../../src/stages/receive-lead.ts';
import { createDefaultStages, type Stage } from '../../src/stages/stage-store.ts';
import { createTestDatabase } from './database.ts';

/** A workspace with its worker running on a database of its own, and short words for what tests do. */
export interface Rig extends AsyncDisposable {
  context: Context;
  workspace: Workspace;
  stages: Stage[];
  receiver: LeadReceiver;
  addLine(
    channel: string,
    medium: 'whatsapp' | 'sms',
    config?: Record<string, unknown>,
    paceIntervalMs?: number,
  ): Promise<string>;
  setRobots(stage: number, robots: unknown[]): Promise<void>;
  addLead(lead?: Partial<NewLead> & { phone?: string }): Promise<LeadId>;
  runsOf(leadId: LeadId): Promise<RunView[]>;
  messagesOf(leadId: LeadId): Promise<MessageView[]>;
  /** Waits until every chain and every step of it has ended and nothing is under way; fails when that does not come. */
  idle(timeoutMs?: number): Promise<void>;
}

const SECRET_KEY = Buffer.alloc(32, 7);

export async function createRig(options: { worker?: boolean } = {}): Promise<Rig> {
  const database = await createTestDatabase();
  const { pool } = database;
  const http = createHttpClient();
  const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const context: Context = {
    config: {
      port: 0,
      host: '127.0.0.1',
      dataDir: '/nonexistent',
      databaseUrl: database.url,
      publicUrl: null,
      secretKey: SECRET_KEY,
      role: 'all',
      logLevel: 'silent',
    },
    logger,
    pool,
    http,
    secrets: createSecretBox(SECRET_KEY),
  };
  const workspace = await createWorkspace(pool, { name: 'Ромашка' });
  const stages = await inTransaction(pool, (tx) => createDefaultStages(tx, workspace.id));
  const worker = options.worker === false ? null : await startAnswering(context, database.url);
  const receiver = createLeadReceiver(context);
  return {
    context,
    workspace,
    stages,
    receiver,
    async addLine(channel, medium, config = {}, paceIntervalMs = 0) {
      const line = await createLine(pool, context.secrets, workspace.id, {
        channel: requireChannel(channel),
        medium,
        name: `${channel} ${medium}`,
        config,
        paceIntervalMs,
      });
      return line.id;
    },
    async setRobots(stage, robots) {
      const stageId = stages[stage]?.id as string;
      const current = await readRobots(pool, workspace.id, stageId);
      const saved = await inTransaction(pool, (tx) =>
        saveRobots(tx, {
          workspaceId: workspace.id,
          stageId,
          expectedVersion: current?.version ?? 0,
          robots,
          userId: null,
          publicUrl: false,
        }),
      );
      if (!saved.ok) throw new Error(JSON.stringify(saved.error));
    },
    async addLead({ phone = '+79001234567', ...lead } = {}) {
      const received = await receiver.receive({
        workspaceId: workspace.id,
        title: null,
        name: 'Иван',
        email: null,
        source: null,
        responsibleId: null,
        phones: [{ value: phone, type: 'WORK' }],
        stageId: null,
        fields: {},
        ...lead,
      });
      return received.leadId;
    },
    runsOf: (leadId) => readRuns(pool, workspace.id, leadId),
    messagesOf: async (leadId) => (await listMessages(pool, workspace.id, { leadId, limit: 200 })).reverse(),
    async idle(timeoutMs = 20_000) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const { rows } = await pool.query<{ open: number }>(
          `select (select count(*) from chains where status in ('ready', 'running', 'waiting')) +
                  (select count(*) from messages where status = 'sending') +
                  (select count(*) from steps where status in ('waiting', 'acting')) as open`,
        );
        if (Number(rows[0]?.open) === 0) return;
        if (Date.now() > until)
          throw new Error(
            `Not idle: ${JSON.stringify((await pool.query('select * from chains')).rows)} ${JSON.stringify((await pool.query('select * from steps')).rows)}`,
          );
        await setTimeout(20);
      }
    },
    async [Symbol.asyncDispose]() {
      await worker?.stop();
      await http.close();
      await database.drop();
    },
  };
}
