import { randomUUID } from 'node:crypto';
import type { SimulatorBehaviour, SimulatorStore } from '../channels/simulator/simulator-store.ts';
import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';

/** A phone that nobody told to misbehave. */
export const HEALTHY: SimulatorBehaviour = {
  whatsapp: null,
  offline: false,
  slowMs: 0,
  loseAnswer: false,
  receiptTimes: 1,
  receiptDelayMs: 500,
  lastReceipt: 'delivered',
};

/** One message on a phone's screen. */
export interface SimulatorMessage {
  id: number;
  messageId: string;
  lineId: string;
  medium: string;
  phone: string;
  kind: string;
  text: string | null;
  fileName: string | null;
  fileUrl: string | null;
  receivedAt: Date;
}

/** The simulator's memory in the database, one and the same for all processes. */
export function createSimulatorStore(db: Db): SimulatorStore {
  return {
    behaviourOf: (workspaceId, phone) => readBehaviour(db, workspaceId, phone),
    async receive(workspaceId, message) {
      const providerId = `sim_${randomUUID().replaceAll('-', '')}`;
      await db.query(
        `insert into simulator_messages (workspace_id, line_id, message_id, provider_id, medium, phone, kind, text, file_name, file_url)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          workspaceId,
          message.lineId,
          message.messageId,
          providerId,
          message.medium,
          message.to,
          message.kind,
          message.text,
          message.fileName,
          message.fileUrl,
        ],
      );
      return { providerId };
    },
    async planReceipt(workspaceId, lineId, { providerId, status, delayMs }) {
      await db.query(
        `select 1 from graphile_worker.add_job('simulator_receipt', $1::json, run_at => now() + make_interval(secs => $2))`,
        [JSON.stringify({ workspaceId, lineId, providerId, status }), delayMs / 1000],
      );
    },
    async find(workspaceId, messageId) {
      const { rows } = await db.query<{ providerId: string }>(
        `select provider_id as "providerId" from simulator_messages where workspace_id = $1 and message_id = $2 order by id limit 1`,
        [workspaceId, messageId],
      );
      return rows[0] ?? null;
    },
  };
}

/** How a phone behaves; one that was never told anything is healthy. */
export async function readBehaviour(db: Db, workspaceId: string, phone: string): Promise<SimulatorBehaviour> {
  const { rows } = await db.query<{ behaviour: Partial<SimulatorBehaviour> }>(
    'select behaviour from simulator_phones where workspace_id = $1 and phone = $2',
    [workspaceId, phone],
  );
  return { ...HEALTHY, ...rows[0]?.behaviour };
}

/** Tells a phone how to behave from now on; what is not named is healthy again. */
export async function setBehaviour(
  db: Db,
  workspaceId: WorkspaceId,
  phone: string,
  behaviour: Partial<SimulatorBehaviour>,
): Promise<SimulatorBehaviour> {
  await db.query(
    `insert into simulator_phones (workspace_id, phone, behaviour) values ($1, $2, $3)
     on conflict (workspace_id, phone) do update set behaviour = excluded.behaviour`,
    [workspaceId, phone, JSON.stringify(behaviour)],
  );
  return { ...HEALTHY, ...behaviour };
}

/** What the phones received, newest first; of one phone when it is named. */
export async function listSimulatorMessages(
  db: Db,
  workspaceId: WorkspaceId,
  page: { phone?: string | undefined; before?: number | undefined; limit: number },
): Promise<SimulatorMessage[]> {
  const { rows } = await db.query<SimulatorMessage>(
    `select id, message_id as "messageId", line_id as "lineId", medium, phone, kind, text, file_name as "fileName",
       file_url as "fileUrl", received_at as "receivedAt"
     from simulator_messages
     where workspace_id = $1 and ($2::text is null or phone = $2) and ($3::bigint is null or id < $3) order by id desc limit $4`,
    [workspaceId, page.phone ?? null, page.before ?? null, page.limit],
  );
  return rows;
}
