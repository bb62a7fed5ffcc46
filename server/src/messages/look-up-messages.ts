import type pg from 'pg';
import type { Language } from '../accounts/principal.ts';
import type { ChannelContext, LookUpOutcome } from '../channels/channel.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { type OpenLine, openLine } from '../lines/open-line.ts';
import { BELIEVED_FROM_LOOK_UP, nextLookUpMs } from './look-up-times.ts';
import { messageError } from './message-errors.ts';
import { wakeChain } from './wake-chain.ts';

interface DoubtfulMessage {
  workspace_id: WorkspaceId;
  id: string;
  line_id: string;
  chain_id: string | null;
  attempt: number;
  phone: string;
  kind: string;
  text: string | null;
  file_name: string | null;
  provider_id: string | null;
  sending_at: Date;
  look_ups: number;
}

/** Takes the due ones by moving their time on, so that two processes do not ask about the same. */
const TAKE_DUE = `
update messages set look_up_at = now() + interval '1 minute', look_ups = look_ups + 1
where (workspace_id, id) in (
  select workspace_id, id from messages where status = 'uncertain' and look_up_at <= now()
  order by look_up_at limit 50 for update skip locked)
returning workspace_id, id, line_id, chain_id, attempt, phone, kind, text, file_name, provider_id, sending_at, look_ups`;

/**
 * Asks the providers about uncertain messages whose time has come. Found: accepted. Surely not there, twice: safe to send again, so
 * it is queued and its chain woken. Else it waits for the next look-up, and after the last for a receipt or a person. When its chain
 * has gone on meanwhile nobody would send it: it failed.
 */
export async function lookUpMessages(
  context: Context,
  contextFor: (line: OpenLine) => ChannelContext,
): Promise<number> {
  const { rows } = await context.pool.query<DoubtfulMessage>(TAKE_DUE);
  await Promise.all(rows.map((row) => lookUpOne(context, contextFor, row)));
  return rows.length;
}

async function lookUpOne(
  context: Context,
  contextFor: (line: OpenLine) => ChannelContext,
  row: DoubtfulMessage,
): Promise<void> {
  const line = await openLine(context, row.workspace_id, row.line_id);
  const found = line === null ? unknown('the line is gone') : await ask(line, contextFor(line), row);
  const settled = await settle(context.pool, row, found, line?.language ?? 'ru');
  if (settled) await wakeChain(context.pool, row.workspace_id, row.chain_id);
}

async function ask(line: OpenLine, context: ChannelContext, row: DoubtfulMessage): Promise<LookUpOutcome> {
  if (line.channel.lookUp === undefined) return unknown('the channel has no look-up');
  try {
    return await line.channel.lookUp(line.config, context, {
      messageId: row.id,
      to: row.phone,
      text: row.kind === 'text' ? row.text : null,
      fileName: row.file_name,
      providerId: row.provider_id,
      sentAt: row.sending_at,
    });
  } catch (error) {
    context.logger.error({ err: error, messageId: row.id }, 'A look-up threw instead of answering');
    return unknown((error as Error).message);
  }
}

function unknown(error: string): LookUpOutcome {
  return { outcome: 'unknown', error };
}

async function settle(pool: pg.Pool, row: DoubtfulMessage, found: LookUpOutcome, language: Language): Promise<boolean> {
  const key = [row.workspace_id, row.id, row.attempt];
  if (found.outcome === 'found') {
    const { rowCount } = await pool.query(
      `update messages set status = $4, provider_id = $5, error = null, accepted_at = coalesce(accepted_at, now()), look_up_at = null
       where workspace_id = $1 and id = $2 and attempt = $3 and status = 'uncertain'`,
      [...key, found.status, found.providerId],
    );
    return rowCount === 1;
  }
  if (found.outcome === 'not-found' && row.look_ups >= BELIEVED_FROM_LOOK_UP) {
    return sendAgainOrFail(pool, key, messageError('never-arrived', language));
  }
  const next = nextLookUpMs(row.look_ups);
  await pool.query(
    `update messages set look_up_at = now() + $4 * interval '1 millisecond'
     where workspace_id = $1 and id = $2 and attempt = $3 and status = 'uncertain'`,
    [...key, next],
  );
  return false;
}

/**
 * A chain that is being carried on right now decides by what it has read of the message: it is left alone, and asked again soon. One
 * that waits for this message sends it again; for one that has ended or gone on to another step nobody would.
 */
function sendAgainOrFail(pool: pg.Pool, key: unknown[], error: string): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ status: string; here: boolean }>(
      `select c.status, c.next_step = m.step_position as here
       from messages m join chains c on c.workspace_id = m.workspace_id and c.id = m.chain_id
       where m.workspace_id = $1 and m.id = $2 for update of c`,
      key.slice(0, 2),
    );
    const chain = rows[0];
    if (chain?.status === 'running') {
      await tx.query(
        `update messages set look_up_at = now() + interval '1 second'
         where workspace_id = $1 and id = $2 and attempt = $3 and status = 'uncertain'`,
        key,
      );
      return false;
    }
    const isAwaited = chain?.here === true && (chain.status === 'ready' || chain.status === 'waiting');
    const { rowCount } = await tx.query(
      `update messages set look_up_at = null, look_ups = 0, send_after = null, status = case when $4 then 'queued' else 'failed' end,
         finished_at = case when $4 then null else now() end,
         error = case when $4 then null else $5 end
       where workspace_id = $1 and id = $2 and attempt = $3 and status = 'uncertain'`,
      [...key, isAwaited, error],
    );
    return rowCount === 1;
  });
}
