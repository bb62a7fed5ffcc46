import type { Tx } from '../db/pool.ts';
import { type LeadId, newId, type StageId } from '../lib/id.ts';
import { type NewLead, titleOf } from './lead.ts';

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
select id, placed from lead_rows`;

/** Writes new leads with their phones and the first entry of their timeline; answers with the stage each was placed on. */
export async function insertLeads(
  tx: Tx,
  leads: readonly { id: LeadId; lead: NewLead }[],
  cause: string,
): Promise<{ id: LeadId; lead: NewLead; stageId: StageId }[]> {
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
  const { rows } = await tx.query<{ id: LeadId; placed: StageId | null }>({
    name: 'insert-leads',
    text: INSERT_LEADS,
    values: [JSON.stringify(leadRows), JSON.stringify(phones), JSON.stringify(timeline)],
  });
  const placed = new Map(rows.map((row) => [row.id, row.placed]));
  return leads.map(({ id, lead }) => {
    const stageId = placed.get(id);
    if (stageId === null || stageId === undefined)
      throw new StageGoneError('The workspace has no stage to put a lead on');
    return { id, lead, stageId };
  });
}

function withoutEmpty(fields: NewLead['fields']): NewLead['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
