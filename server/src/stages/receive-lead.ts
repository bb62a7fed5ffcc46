import type { Context } from '../context.ts';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { leadReceived } from '../events.ts';
import { claimPhones, takePhones } from '../leads/claim-phones.ts';
import { mergePhones } from '../leads/import/plan-import.ts';
import { insertLeads } from '../leads/insert-leads.ts';
import type { Lead, NewLead } from '../leads/lead.ts';
import { readLead } from '../leads/lead-store.ts';
import { updateLead } from '../leads/update-lead.ts';
import { Batcher } from '../lib/batcher.ts';
import { type LeadId, newId } from '../lib/id.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import { type EntryCause, enterStages } from './enter-stage.ts';

export interface Received {
  leadId: LeadId;
  /** `updated`: the same phone came within the workspace's window, so the lead it made then was brought up to date. */
  outcome: 'created' | 'updated';
  /** A created lead as it stands; null for an updated one, which is to be read. */
  lead: Lead | null;
}

export interface ReceiveOptions {
  /** Default true. */
  startRobots?: boolean;
  /** Makes a lead even when its phone has just been here. */
  ignoreWindow?: boolean;
  cause?: EntryCause;
}

/** Takes new leads in: one by one with those of concurrent callers gathered, or several in a caller's transaction. */
export interface LeadReceiver {
  /** Resolves when the lead and the job that will answer it are committed. */
  receive(lead: NewLead): Promise<Received>;
  receiveIn(tx: Tx, leads: readonly NewLead[], options?: ReceiveOptions): Promise<Received[]>;
}

export function createLeadReceiver(context: Context): LeadReceiver {
  const batcher = new Batcher<NewLead, Received>(
    (leads) => inTransaction(context.pool, (tx) => receiveLeads(tx, leads)),
    {
      maxSize: 200,
      parallel: 2,
    },
  );
  return {
    async receive(lead) {
      const received = await batcher.add(lead);
      leadReceived(received.outcome);
      return received;
    },
    receiveIn: (tx, leads, options) => receiveLeads(tx, leads, options),
  };
}

async function receiveLeads(tx: Tx, leads: readonly NewLead[], options: ReceiveOptions = {}): Promise<Received[]> {
  const ids = leads.map(() => newId('lead'));
  const claiming = leads.map((lead, index) => ({ ...lead, leadId: ids[index] as LeadId }));
  const owners = options.ignoreWindow ? ids : await claimPhones(tx, claiming);
  // Who is greeted now is not greeted again by a form that comes a minute later.
  if (options.ignoreWindow && options.startRobots !== false) await takePhones(tx, claiming);
  const created = leads.flatMap((lead, index) =>
    owners[index] === ids[index] ? [{ id: ids[index] as LeadId, lead }] : [],
  );
  const stored = await createLeads(tx, created, options);
  const received: Received[] = [];
  for (const [index, lead] of leads.entries()) {
    const leadId = owners[index] as LeadId;
    if (leadId === ids[index]) received.push({ leadId, outcome: 'created', lead: stored.get(leadId) ?? null });
    else received.push(await updateRepeated(tx, lead, leadId));
  }
  return received;
}

async function createLeads(
  tx: Tx,
  created: readonly { id: LeadId; lead: NewLead }[],
  options: ReceiveOptions,
): Promise<Map<LeadId, Lead>> {
  if (created.length === 0) return new Map();
  const cause = options.cause ?? 'create';
  const placed = await insertLeads(tx, created, cause);
  await enterStages(
    tx,
    placed.map(({ workspaceId, stored }) => ({
      workspaceId,
      leadId: stored.id,
      stageId: stored.stageId,
      cause,
      startRobots: options.startRobots ?? true,
    })),
  );
  return new Map(placed.map(({ stored }) => [stored.id, stored]));
}

/** Brings a lead that has just been made up to date: what is given wins, numbers are added, nothing is emptied. */
async function updateRepeated(tx: Tx, lead: NewLead, leadId: LeadId): Promise<Received> {
  const known = await readLead(tx, lead.workspaceId, leadId);
  if (known === null) throw new Error(`Lead ${leadId} holds a phone and is gone`);
  const changes = await updateLead(tx, lead.workspaceId, leadId, {
    ...(lead.title === null ? {} : { title: lead.title }),
    ...(lead.name === null ? {} : { name: lead.name }),
    ...(lead.email === null ? {} : { email: lead.email }),
    ...(lead.source === null ? {} : { source: lead.source }),
    fields: lead.fields,
    phones: mergePhones(known.phones, lead.phones),
  });
  await addToTimeline(tx, lead.workspaceId, [
    { leadId, kind: 'lead.repeated', data: { source: lead.source } },
    ...(changes === null || changes.length === 0 ? [] : [{ leadId, kind: 'lead.updated' as const, data: { changes } }]),
  ]);
  return { leadId, outcome: 'updated', lead: null };
}
