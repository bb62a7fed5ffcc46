import type pg from 'pg';
import type { ReceiptEvent, ReceiptStatus } from '../channels/channel.ts';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { receiptRecorded } from '../events.ts';
import { newId, type WorkspaceId } from '../lib/id.ts';
import { type MessageStatus, mayBecome, statusOfParts } from '../messages/status.ts';
import { wakeChain } from '../messages/wake-chain.ts';

interface MatchedMessage {
  id: string;
  lead_id: string;
  chain_id: string | null;
  step_position: number | null;
  phone: string;
  medium: string;
  status: MessageStatus;
}

/**
 * Keeps what a provider said of a message and raises the message's status. Told twice it is one receipt; told before the answer to
 * the send it waits without a message until `matchReceipts` finds it one.
 */
export function recordReceipt(
  pool: pg.Pool,
  line: { workspaceId: WorkspaceId; id: string },
  event: ReceiptEvent,
): Promise<'new' | 'repeat'> {
  return inTransaction(pool, async (tx) => {
    const message = await findMessage(tx, line, event.providerId);
    const { rowCount } = await tx.query(
      `insert into receipts (workspace_id, id, line_id, event_key, provider_id, status, reason, error, message_id, occurred_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (workspace_id, line_id, event_key) do nothing`,
      [
        line.workspaceId,
        newId('rcpt'),
        line.id,
        event.eventKey,
        event.providerId,
        event.status,
        event.reason ?? null,
        event.error ?? null,
        message?.id ?? null,
        event.occurredAt,
      ],
    );
    if (rowCount === 0) return 'repeat';
    receiptRecorded(event.status);
    if (message !== null) await applyReceipt(tx, line, message, event);
    return 'new';
  });
}

/** Finds messages for receipts that came too early. Returns how many it matched. */
export async function matchReceipts(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{
    workspace_id: WorkspaceId;
    id: string;
    line_id: string;
    provider_id: string;
    status: ReceiptStatus;
    reason: ReceiptEvent['reason'] | null;
    error: string | null;
  }>(
    `select r.workspace_id, r.id, r.line_id, r.provider_id, r.status, r.reason, r.error from receipts r
     where r.message_id is null and r.received_at > now() - interval '3 days'
       and (exists (select from messages m where m.workspace_id = r.workspace_id and m.line_id = r.line_id and m.provider_id = r.provider_id)
         or exists (select from message_parts p where p.workspace_id = r.workspace_id and p.line_id = r.line_id and p.provider_id = r.provider_id))
     order by r.id limit 500`,
  );
  for (const row of rows) await matchOne(pool, row);
  return rows.length;
}

async function matchOne(
  pool: pg.Pool,
  row: {
    workspace_id: WorkspaceId;
    id: string;
    line_id: string;
    provider_id: string;
    status: ReceiptStatus;
    reason: ReceiptEvent['reason'] | null;
    error: string | null;
  },
): Promise<void> {
  await inTransaction(pool, async (tx) => {
    const line = { workspaceId: row.workspace_id, id: row.line_id };
    const message = await findMessage(tx, line, row.provider_id);
    if (message === null) return;
    const { rowCount } = await tx.query(
      'update receipts set message_id = $3 where workspace_id = $1 and id = $2 and message_id is null',
      [row.workspace_id, row.id, message.id],
    );
    if (rowCount === 1) {
      await applyReceipt(tx, line, message, {
        providerId: row.provider_id,
        status: row.status,
        ...(row.reason ? { reason: row.reason } : {}),
        ...(row.error ? { error: row.error } : {}),
      });
    }
  });
}

/** The message of a provider's id, locked: its chain first, as by whoever writes steps and outcomes of it. */
async function findMessage(
  tx: Tx,
  line: { workspaceId: string; id: string },
  providerId: string,
): Promise<MatchedMessage | null> {
  const found = await tx.query<{ id: string; chain_id: string | null }>(
    `select id, chain_id from messages where workspace_id = $1 and line_id = $2 and provider_id = $3
     union all
     select m.id, m.chain_id from message_parts p join messages m on m.workspace_id = p.workspace_id and m.id = p.message_id
     where p.workspace_id = $1 and p.line_id = $2 and p.provider_id = $3
     limit 1`,
    [line.workspaceId, line.id, providerId],
  );
  const key = found.rows[0];
  if (key === undefined) return null;
  await tx.query('select 1 from chains where workspace_id = $1 and id = $2 for no key update', [
    line.workspaceId,
    key.chain_id,
  ]);
  const { rows } = await tx.query<MatchedMessage>(
    `select id, lead_id, chain_id, step_position, phone, medium, status from messages
     where workspace_id = $1 and id = $2 for update`,
    [line.workspaceId, key.id],
  );
  return rows[0] ?? null;
}

async function applyReceipt(
  tx: Tx,
  line: { workspaceId: WorkspaceId; id: string },
  message: MatchedMessage,
  receipt: Pick<ReceiptEvent, 'providerId' | 'status' | 'error' | 'reason'>,
): Promise<void> {
  const { workspaceId } = line;
  if (receipt.reason === 'no-whatsapp') await learnNoWhatsapp(tx, workspaceId, message);
  const status = await statusWithParts(tx, line, message, receipt);
  if (status === null || !mayBecome(message.status, status)) return;
  await tx.query(
    `update messages set status = $3, error = coalesce($4, case when $3 = 'failed' then error end), reason = coalesce($5, reason),
       accepted_at = coalesce(accepted_at, now()), look_up_at = null, worker_id = null,
       delivered_at = case when $3 in ('delivered', 'read') then coalesce(delivered_at, now()) else delivered_at end,
       read_at = case when $3 = 'read' then now() else read_at end,
       finished_at = case when $3 = 'failed' then now() else finished_at end,
       provider_id = coalesce(provider_id, $6)
     where workspace_id = $1 and id = $2`,
    [workspaceId, message.id, status, receipt.error ?? null, receipt.reason ?? null, receipt.providerId],
  );
  await tellStep(tx, workspaceId, message, status);
}

/**
 * A message in several parts is as far as its last part, and failed with the first that failed. Null while that is not known: of an
 * uncertain message only the parts that were answered for are known.
 */
async function statusWithParts(
  tx: Tx,
  line: { workspaceId: string; id: string },
  message: MatchedMessage,
  receipt: Pick<ReceiptEvent, 'providerId' | 'status'>,
): Promise<ReceiptStatus | null> {
  await tx.query(
    `update message_parts set status = $4 where workspace_id = $1 and line_id = $2 and provider_id = $3
       and array_position(array['accepted', 'failed', 'delivered', 'read'], status) < array_position(array['accepted', 'failed', 'delivered', 'read'], $4)`,
    [line.workspaceId, line.id, receipt.providerId, receipt.status],
  );
  const { rows } = await tx.query<{ status: ReceiptStatus }>(
    'select status from message_parts where workspace_id = $1 and message_id = $2',
    [line.workspaceId, message.id],
  );
  if (rows.length === 0) return receipt.status;
  return message.status === 'uncertain' ? null : statusOfParts(rows.map((row) => row.status));
}

async function learnNoWhatsapp(tx: Tx, workspaceId: string, message: MatchedMessage): Promise<void> {
  await tx.query(
    `insert into reachabilities (workspace_id, phone, medium, verdict, source) values ($1, $2, $3, 'no', 'send')
     on conflict (workspace_id, phone, medium) do update set verdict = 'no', source = 'send', learned_at = now()`,
    [workspaceId, message.phone, message.medium],
  );
}

/** The robot's result `delivered` follows; a chain that waits for the truth about this message is woken. */
async function tellStep(tx: Tx, workspaceId: string, message: MatchedMessage, status: ReceiptStatus): Promise<void> {
  if (status !== 'failed') {
    await tx.query(
      'update leads set unanswered_at = null where workspace_id = $1 and id = $2 and unanswered_at is not null',
      [workspaceId, message.lead_id],
    );
  }
  if (message.chain_id === null) return;
  const delivered = status === 'delivered' || status === 'read' ? 'Y' : status === 'failed' ? 'N' : null;
  if (delivered !== null) {
    await tx.query(
      `update steps set results = results || jsonb_build_object('delivered', $4::text)
       where workspace_id = $1 and chain_id = $2 and position = $3 and status in ('acting', 'done')`,
      [workspaceId, message.chain_id, message.step_position, delivered],
    );
  }
  if (message.status === 'uncertain' || message.status === 'sending' || message.status === 'queued') {
    await wakeChain(tx, workspaceId, message.chain_id);
  }
}
