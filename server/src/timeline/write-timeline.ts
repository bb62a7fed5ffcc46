import type { Db } from '../db/pool.ts';
import { newId, type WorkspaceId } from '../lib/id.ts';
import type { NewTimelineEntry } from './timeline-entry.ts';

/**
 * Adds entries in one statement, in their order. Callers write what they did in the transaction that does it, so the timeline
 * tells neither more nor less than what happened. Entries of leads deleted in the meantime are dropped.
 */
export async function addToTimeline(
  db: Db,
  workspaceId: WorkspaceId,
  entries: readonly NewTimelineEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await db.query(
    `insert into timeline (workspace_id, id, lead_id, kind, data)
     select $1, entry.id, entry.lead_id, entry.kind, entry.data
     from unnest($2::text[], $3::text[], $4::text[], $5::jsonb[]) as entry (id, lead_id, kind, data)
     where exists (select 1 from leads where leads.workspace_id = $1 and leads.id = entry.lead_id)`,
    [
      workspaceId,
      entries.map(() => newId('tl')),
      entries.map((entry) => entry.leadId),
      entries.map((entry) => entry.kind),
      entries.map((entry) => JSON.stringify(entry.data)),
    ],
  );
}
