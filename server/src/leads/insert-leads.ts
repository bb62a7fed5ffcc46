import type { Tx } from '../db/pool.ts';
import { type LeadId, newId, type StageId, type WorkspaceId } from '../lib/id.ts';
import { type Lead, type NewLead, titleOf } from './lead.ts';

/** Raised when a lead names a stage that is not there; checked at the door, so it only happens when the stage was just deleted. */
export class StageGoneError extends Error {
  override name = 'StageGoneError';
}

const INSERT_LEADS = `
with lead_rows as (
  select x.*, coalesce(x.stage_id, (select s.id from stages s where s.workspace_id = x.workspace_id order by s.position, s.id limit 1)) as placed
  from json_to_recordset($1::json) as x(
    workspace_id text, id text, title text, name text, email text, source text, stage_id text, responsible_id text, fields jsonb)
), new_leads as (
  insert into leads (workspace_id, id, title, name, email, source, stage_id, responsible_id, fields)
  select workspace_id, id, title, name, email, source, placed, responsible_id, fields from lead_rows
), new_phones as (
  insert into phones (workspace_id, lead_id, position, value, type)
  select * from json_to_recordset($2::json) as x(workspace_id text, lead_id text, position int, value text, type text)
), new_timeline as (
  insert into timeline (workspace_id, id, lead_id, kind, data)
  select workspace_id, id, lead_id, 'lead.created', data
  from json_to_recordset($3::json) as x(workspace_id text, id text, lead_id text, data jsonb)
)
select id, placed, now() as at from lead_rows`;

/** Writes new leads with their phones and the first entry of their timeline; answers with the leads as they stand there now. */
export async function insertLeads(
  tx: Tx,
  leads: readonly { id: LeadId; lead: NewLead }[],
  cause: string,
): Promise<{ workspaceId: WorkspaceId; stored: Lead }[]> {
  const leadRows = leads.map(({ id, lead }) => ({
    workspace_id: lead.workspaceId,
    id,
    title: titleOf(lead),
    name: lead.name,
    email: lead.email,
    source: lead.source,
    stage_id: lead.stageId,
    responsible_id: lead.responsibleId,
    fields: withoutEmpty(lead.fields),
  }));
  const phones = leads.flatMap(({ id, lead }) =>
    lead.phones.map((phone, position) => ({ workspace_id: lead.workspaceId, lead_id: id, position, ...phone })),
  );
  const timeline = leads.map(({ id, lead }) => ({
    workspace_id: lead.workspaceId,
    id: newId('tl'),
    lead_id: id,
    data: { cause, source: lead.source },
  }));
  const { rows } = await tx.query<{ id: LeadId; placed: StageId | null; at: Date }>({
    name: 'insert-leads',
    text: INSERT_LEADS,
    values: [JSON.stringify(leadRows), JSON.stringify(phones), JSON.stringify(timeline)],
  });
  const written = new Map(rows.map((row) => [row.id, row]));
  return leads.map(({ id, lead }) => {
    const row = written.get(id);
    if (!row?.placed) throw new StageGoneError('The workspace has no stage to put a lead on');
    return { workspaceId: lead.workspaceId, stored: storedLead(id, lead, row.placed, row.at) };
  });
}

/** What reading the lead back would give. */
function storedLead(id: LeadId, lead: NewLead, stageId: StageId, at: Date): Lead {
  const { name, email, source, responsibleId, phones } = lead;
  return {
    id,
    title: titleOf(lead),
    name,
    email,
    source,
    stageId,
    responsibleId,
    phones,
    fields: withoutEmpty(lead.fields),
    unansweredAt: null,
    createdAt: at,
    updatedAt: at,
  };
}

function withoutEmpty(fields: NewLead['fields']): NewLead['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
