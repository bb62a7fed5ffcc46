import type { ChannelEvent, InboundEvent } from '../channels/channel.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import type { OpenLine } from '../lines/open-line.ts';
import { setLineState } from '../lines/set-line-state.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import { recordReceipt } from './record-receipt.ts';

/** Keeps what a provider told, however it came: a webhook, an SMPP connection, the simulator. Telling it twice changes nothing. */
export async function recordEvent(context: Context, line: OpenLine, event: ChannelEvent): Promise<void> {
  switch (event.type) {
    case 'receipt':
      await recordReceipt(context.pool, line, event);
      return;
    case 'inbound':
      return recordInbound(context, line, event);
    case 'line-state':
      await setLineState(context.pool, line.workspaceId, line.id, { state: event.state, detail: event.detail });
      return;
  }
}

/** An answer of a client goes to the timeline of the leads with that number; that it came proves that the number is reachable. */
async function recordInbound(context: Context, line: OpenLine, event: InboundEvent): Promise<void> {
  const workspaceId: WorkspaceId = line.workspaceId;
  await inTransaction(context.pool, async (tx) => {
    await tx.query(
      `insert into reachabilities (workspace_id, phone, medium, verdict, source) values ($1, $2, $3, 'yes', 'inbound')
       on conflict (workspace_id, phone, medium) do update set verdict = 'yes', source = 'inbound', learned_at = now()`,
      [workspaceId, event.from, line.medium],
    );
    const { rows } = await tx.query<{ lead_id: LeadId }>(
      `select distinct p.lead_id from phones p where p.workspace_id = $1 and p.value = $2
         and not exists (select from timeline t where t.workspace_id = $1 and t.lead_id = p.lead_id and t.kind = 'inbound'
           and t.data ->> 'eventKey' = $3)
       limit 50`,
      [workspaceId, event.from, event.eventKey],
    );
    const data = { text: event.text, lineId: line.id, from: event.from, eventKey: event.eventKey };
    await addToTimeline(
      tx,
      workspaceId,
      rows.map((row) => ({ leadId: row.lead_id, kind: 'inbound' as const, data })),
    );
  });
}
