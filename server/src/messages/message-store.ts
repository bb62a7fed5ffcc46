import type { Db } from '../db/pool.ts';
import type { LeadId, LineId, MessageId, WorkspaceId } from '../lib/id.ts';
import type { MessageStatus } from './status.ts';

/** A message as the API shows it. */
export interface MessageView {
  id: MessageId;
  leadId: LeadId;
  lineId: LineId;
  medium: 'whatsapp' | 'sms';
  kind: 'text' | 'file';
  to: string;
  text: string | null;
  fileId: string | null;
  fileUrl: string | null;
  fileName: string | null;
  status: MessageStatus;
  reason: string | null;
  error: string | null;
  providerId: string | null;
  createdAt: Date;
  acceptedAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
}

export interface MessageFilter {
  leadId?: string | undefined;
  status?: MessageStatus | undefined;
  /** The last message of the page before. */
  before?: string | undefined;
  limit: number;
}

const COLUMNS = `id, lead_id as "leadId", line_id as "lineId", medium, kind, phone as "to", text, file_id as "fileId",
  file_url as "fileUrl", file_name as "fileName", status, reason, error, provider_id as "providerId", created_at as "createdAt",
  accepted_at as "acceptedAt", delivered_at as "deliveredAt", read_at as "readAt"`;

/** Messages of a workspace, newest first. */
export async function listMessages(db: Db, workspaceId: WorkspaceId, filter: MessageFilter): Promise<MessageView[]> {
  const { rows } = await db.query<MessageView>(
    `select ${COLUMNS} from messages
     where workspace_id = $1 and ($2::text is null or lead_id = $2) and ($3::text is null or status = $3)
       and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [workspaceId, filter.leadId ?? null, filter.status ?? null, filter.before ?? null, filter.limit],
  );
  return rows;
}

/** One message, or null. */
export async function readMessage(db: Db, workspaceId: WorkspaceId, messageId: string): Promise<MessageView | null> {
  const { rows } = await db.query<MessageView>(`select ${COLUMNS} from messages where workspace_id = $1 and id = $2`, [
    workspaceId,
    messageId,
  ]);
  return rows[0] ?? null;
}
