import type { Db } from '../db/pool.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import type { Lead } from './lead.ts';

export interface LeadFilter {
  stageId?: string | undefined;
  /** Looked for in title, name and e-mail, and by digits in the numbers. */
  q?: string | undefined;
  /** The last lead of the page before. */
  before?: string | undefined;
  limit: number;
}

const LEAD = `l.id, l.title, l.name, l.email, l.source, l.stage_id as "stageId", l.responsible_id as "responsibleId", l.fields,
  l.unanswered_at as "unansweredAt", l.created_at as "createdAt", l.updated_at as "updatedAt",
  coalesce((select json_agg(json_build_object('value', p.value, 'type', p.type) order by p.position)
    from phones p where p.workspace_id = l.workspace_id and p.lead_id = l.id), '[]') as phones`;

/** One lead with its numbers, or null. */
export async function readLead(db: Db, workspaceId: WorkspaceId, leadId: string): Promise<Lead | null> {
  const { rows } = await db.query<Lead>(`select ${LEAD} from leads l where l.workspace_id = $1 and l.id = $2`, [
    workspaceId,
    leadId,
  ]);
  return rows[0] ?? null;
}

/** Leads, newest first; ids are time-ordered, so they are the order and the cursor. */
export async function listLeads(db: Db, workspaceId: WorkspaceId, filter: LeadFilter): Promise<Lead[]> {
  const { rows } = await db.query<Lead>(
    `select ${LEAD} from leads l
     where l.workspace_id = $1 and ($2::text is null or l.stage_id = $2) and ($3::text is null or l.id < $3)
       and ($4::text is null or l.title ilike $4 or l.name ilike $4 or l.email ilike $4 or ($5::text is not null and exists
         (select 1 from phones p where p.workspace_id = l.workspace_id and p.lead_id = l.id and p.value like $5)))
     order by l.id desc limit $6`,
    [
      workspaceId,
      filter.stageId ?? null,
      filter.before ?? null,
      filter.q ? `%${escapeLike(filter.q)}%` : null,
      phonePattern(filter.q ?? ''),
      filter.limit,
    ],
  );
  return rows;
}

/** The newest lead of each of the numbers that some lead has. */
export async function findLeadsByPhones(
  db: Db,
  workspaceId: WorkspaceId,
  phones: string[],
): Promise<Map<string, LeadId>> {
  const { rows } = await db.query<{ value: string; leadId: LeadId }>(
    'select value, max(lead_id) as "leadId" from phones where workspace_id = $1 and value = any($2) group by value',
    [workspaceId, phones],
  );
  return new Map(rows.map((row) => [row.value, row.leadId]));
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** What a search text means for a number; null when it is none. A trunk prefix 8 is not part of the stored number. */
function phonePattern(text: string): string | null {
  if (!/^[\d\s()+.-]+$/.test(text)) return null;
  const digits = text.replace(/\D/g, '');
  if (digits.length < 3) return null;
  return `%${digits.length === 11 && digits.startsWith('8') ? digits.slice(1) : digits}%`;
}
