import type { Db } from '../db/pool.ts';
import type { TimelineId, WorkspaceId } from '../lib/id.ts';
import type { TimelineKind } from './timeline-entry.ts';

/** A message as it stands now, beside the entry that says it was sent. */
export interface TimelineMessage {
  medium: string;
  kind: string;
  to: string;
  lineId: string;
  text: string | null;
  fileName: string | null;
  status: string;
  error: string | null;
}

export interface TimelineEntry {
  id: TimelineId;
  kind: TimelineKind;
  data: Record<string, unknown>;
  createdAt: Date;
  /** Only of kind `message`. */
  message: TimelineMessage | null;
}

/** A lead's timeline, newest first; `before` is the last entry of the page before. */
export async function readTimeline(
  db: Db,
  workspaceId: WorkspaceId,
  leadId: string,
  page: { before?: string | undefined; limit: number },
): Promise<TimelineEntry[]> {
  const { rows } = await db.query<TimelineEntry>(
    `select t.id, t.kind, t.data, t.created_at as "createdAt", case when m.id is not null then json_build_object(
         'medium', m.medium, 'kind', m.kind, 'to', m.phone, 'lineId', m.line_id, 'text', m.text, 'fileName', m.file_name,
         'status', m.status, 'error', m.error) end as message
     from timeline t left join messages m on t.kind = 'message' and m.workspace_id = t.workspace_id and m.id = t.data ->> 'messageId'
     where t.workspace_id = $1 and t.lead_id = $2 and ($3::text is null or t.id < $3)
     order by t.id desc limit $4`,
    [workspaceId, leadId, page.before ?? null, page.limit],
  );
  return rows;
}
