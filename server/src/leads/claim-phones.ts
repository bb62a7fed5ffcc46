import type { Tx } from '../db/pool.ts';
import type { LeadId } from '../lib/id.ts';
import type { NewLead } from './lead.ts';

/** A lead about to be made, with the id it would get. */
export type ClaimingLead = Pick<NewLead, 'workspaceId' | 'phones'> & { leadId: LeadId };

const CLAIM = `
with wanted as (
  select * from json_to_recordset($1::json) as x(workspace_id text, phone text, lead_id text)
)
insert into phone_claims (workspace_id, phone, lead_id)
select workspace_id, phone, lead_id from wanted order by workspace_id, phone
on conflict (workspace_id, phone) do update
set lead_id = case when phone_claims.claimed_at < now() - (select w.duplicate_window_seconds * interval '1 second'
                     from workspaces w where w.id = excluded.workspace_id) then excluded.lead_id else phone_claims.lead_id end,
    claimed_at = case when phone_claims.claimed_at < now() - (select w.duplicate_window_seconds * interval '1 second'
                     from workspaces w where w.id = excluded.workspace_id) then now() else phone_claims.claimed_at end
returning workspace_id, phone, lead_id`;

/**
 * Claims the phones for the leads and answers, in order, which lead each belongs to: its own id when all its phones were free, or
 * the lead that was greeted on one of them within the workspace's window. The primary key of the claims makes two posts of one
 * phone, even at the same moment, one lead. Claims of a lead that turns out to be a repeat go to the lead it repeats.
 */
export async function claimPhones(tx: Tx, leads: readonly ClaimingLead[]): Promise<LeadId[]> {
  const first = new Map<string, { workspace_id: string; phone: string; lead_id: LeadId }>();
  for (const lead of leads) {
    for (const phone of lead.phones) {
      const key = `${lead.workspaceId} ${phone.value}`;
      if (!first.has(key)) first.set(key, { workspace_id: lead.workspaceId, phone: phone.value, lead_id: lead.leadId });
    }
  }
  if (first.size === 0) return leads.map((lead) => lead.leadId);
  const { rows } = await tx.query<{ workspace_id: string; phone: string; lead_id: LeadId }>({
    name: 'claim-phones',
    text: CLAIM,
    values: [JSON.stringify([...first.values()])],
  });
  const holders = new Map(rows.map((row) => [`${row.workspace_id} ${row.phone}`, row.lead_id]));
  const owners = resolveOwners(leads, holders);
  await handOver(tx, leads, owners, holders);
  return owners;
}

/** Claims the phones for the leads whoever holds them: for leads that are made on purpose, a repeated number too. */
export async function takePhones(tx: Tx, leads: readonly ClaimingLead[]): Promise<void> {
  const last = new Map(
    leads.flatMap((lead) =>
      lead.phones.map((phone) => [
        `${lead.workspaceId} ${phone.value}`,
        { workspace_id: lead.workspaceId, phone: phone.value, lead_id: lead.leadId },
      ]),
    ),
  );
  await tx.query(
    `insert into phone_claims (workspace_id, phone, lead_id)
     select workspace_id, phone, lead_id from json_to_recordset($1::json) as x(workspace_id text, phone text, lead_id text)
     order by workspace_id, phone
     on conflict (workspace_id, phone) do update set lead_id = excluded.lead_id, claimed_at = now()`,
    [JSON.stringify([...last.values()])],
  );
}

/** A lead belongs to the first holder of one of its phones that is not itself, and to whomever that one belongs. */
function resolveOwners(leads: readonly ClaimingLead[], holders: Map<string, LeadId>): LeadId[] {
  const owner = new Map<LeadId, LeadId>();
  for (const lead of leads) {
    const held = lead.phones.map((phone) => holders.get(`${lead.workspaceId} ${phone.value}`) ?? lead.leadId);
    const other = held.find((holder) => holder !== lead.leadId);
    owner.set(lead.leadId, other === undefined ? lead.leadId : (owner.get(other) ?? other));
  }
  return leads.map((lead) => owner.get(lead.leadId) as LeadId);
}

async function handOver(
  tx: Tx,
  leads: readonly ClaimingLead[],
  owners: readonly LeadId[],
  holders: Map<string, LeadId>,
): Promise<void> {
  const wrong = leads.flatMap((lead, index) =>
    lead.phones
      .filter(
        (phone) => owners[index] !== lead.leadId && holders.get(`${lead.workspaceId} ${phone.value}`) === lead.leadId,
      )
      .map((phone) => ({ workspace_id: lead.workspaceId, phone: phone.value, lead_id: owners[index] })),
  );
  if (wrong.length === 0) return;
  await tx.query(
    `update phone_claims c set lead_id = x.lead_id
     from json_to_recordset($1::json) as x(workspace_id text, phone text, lead_id text)
     where c.workspace_id = x.workspace_id and c.phone = x.phone`,
    [JSON.stringify(wrong)],
  );
}
