import type { Tx } from '../db/pool.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import { type FieldValue, type Lead, type Phone, titleOf } from './lead.ts';
import { readLead } from './lead-store.ts';

/** New values of a lead, already checked; what is absent stays. The stage changes by a move only. */
export interface LeadPatch {
  /** Null: titled by itself again. */
  title?: string | null;
  name?: string | null;
  email?: string | null;
  source?: string | null;
  responsibleId?: string | null;
  phones?: Phone[];
  /** Only the fields to change. */
  fields?: Record<string, FieldValue>;
}

/** One value that changed, as the timeline tells it; `field` is `lead.<name>` or `field.<code>`. */
export interface LeadChange {
  field: string;
  from: unknown;
  to: unknown;
}

/**
 * Writes the values that differ and returns them for the timeline; null when there is no such lead. A patch that changes
 * nothing writes nothing. The row is locked first: two who edit at once do not undo one another's fields.
 */
export async function updateLead(
  tx: Tx,
  workspaceId: WorkspaceId,
  leadId: LeadId,
  patch: LeadPatch,
): Promise<LeadChange[] | null> {
  await tx.query('select id from leads where workspace_id = $1 and id = $2 for no key update', [workspaceId, leadId]);
  const before = await readLead(tx, workspaceId, leadId);
  if (!before) return null;
  const after = applyPatch(before, patch);
  const changes = compareLeads(before, after);
  if (changes.length === 0) return changes;
  await tx.query(
    `update leads set title = $3, name = $4, email = $5, source = $6, responsible_id = $7, fields = $8, updated_at = now()
     where workspace_id = $1 and id = $2`,
    [
      workspaceId,
      leadId,
      after.title,
      after.name,
      after.email,
      after.source,
      after.responsibleId,
      JSON.stringify(after.fields),
    ],
  );
  if (changes.some((change) => change.field === 'lead.phones'))
    await replacePhones(tx, workspaceId, leadId, after.phones);
  return changes;
}

/** The lead as it would be after the patch. An emptied field leaves the document. */
export function applyPatch(lead: Lead, patch: LeadPatch): Lead {
  const fields = { ...lead.fields, ...patch.fields };
  const filled = Object.entries(fields).filter(([, value]) => value !== null);
  const after = { ...lead, ...patch, fields: Object.fromEntries(filled) };
  return { ...after, title: titleOf(after) };
}

function compareLeads(before: Lead, after: Lead): LeadChange[] {
  const own = (['title', 'name', 'email', 'source', 'responsibleId', 'phones'] as const).map((name) => ({
    field: `lead.${name}`,
    from: before[name],
    to: after[name],
  }));
  const codes = new Set([...Object.keys(before.fields), ...Object.keys(after.fields)]);
  const fields = [...codes].map((code) => ({
    field: `field.${code}`,
    from: before.fields[code] ?? null,
    to: after.fields[code] ?? null,
  }));
  return [...own, ...fields].filter((change) => !isSame(change.from, change.to));
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  const [phones, others] = [one as Phone[], other as Phone[]];
  return (
    phones.length === others.length &&
    phones.every((phone, at) => phone.value === others[at]?.value && phone.type === others[at].type)
  );
}

async function replacePhones(tx: Tx, workspaceId: WorkspaceId, leadId: LeadId, phones: Phone[]): Promise<void> {
  await tx.query('delete from phones where workspace_id = $1 and lead_id = $2', [workspaceId, leadId]);
  await tx.query(
    `insert into phones (workspace_id, lead_id, position, value, type)
     select $1, $2, position - 1, value, type from unnest($3::text[], $4::text[]) with ordinality as listed (value, type, position)`,
    [workspaceId, leadId, phones.map((phone) => phone.value), phones.map((phone) => phone.type)],
  );
}
