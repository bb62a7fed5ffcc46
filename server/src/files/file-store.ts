import { randomBytes } from 'node:crypto';
import type { Db, Tx } from '../db/pool.ts';
import { findRobotUses, lockWorkspace } from '../leads/find-robot-uses.ts';
import { type FileId, newId, type WorkspaceId } from '../lib/id.ts';

/** An uploaded file. Its bytes lie in pieces beside it. */
export interface StoredFile {
  id: FileId;
  workspaceId: WorkspaceId;
  token: string;
  name: string;
  mime: string;
  size: number;
  revokedAt: Date | null;
  createdAt: Date;
}

const COLUMNS = `id, workspace_id as "workspaceId", token, name, mime, size, revoked_at as "revokedAt", created_at as "createdAt"`;

/** Begins an upload. The row stays `uploading`, seen by nobody, until every piece is there. */
export async function beginFile(db: Db, workspaceId: WorkspaceId, name: string): Promise<FileId> {
  const fileId = newId('file');
  await db.query(
    `insert into files (workspace_id, id, token, name, mime) values ($1, $2, $3, $4, 'application/octet-stream')`,
    [workspaceId, fileId, randomBytes(32).toString('base64url'), name],
  );
  return fileId;
}

/** Shows a file whose pieces are all there. */
export async function finishFile(
  db: Db,
  workspaceId: WorkspaceId,
  fileId: FileId,
  file: { mime: string; size: number },
): Promise<StoredFile> {
  const { rows } = await db.query<StoredFile>(
    `update files set status = 'ready', mime = $3, size = $4 where workspace_id = $1 and id = $2 and status = 'uploading' returning ${COLUMNS}`,
    [workspaceId, fileId, file.mime, file.size],
  );
  if (!rows[0]) throw new Error(`The upload ${fileId} was removed while it was written`);
  return rows[0];
}

/** One file that is whole, or null. */
export async function readFileRow(db: Db, workspaceId: WorkspaceId, fileId: string): Promise<StoredFile | null> {
  const { rows } = await db.query<StoredFile>(
    `select ${COLUMNS} from files where workspace_id = $1 and id = $2 and status = 'ready'`,
    [workspaceId, fileId],
  );
  return rows[0] ?? null;
}

/** The file of a direct link, whatever its workspace: the token is the right to read it. */
export async function findFileByToken(db: Db, token: string): Promise<StoredFile | null> {
  const { rows } = await db.query<StoredFile>(`select ${COLUMNS} from files where token = $1 and status = 'ready'`, [
    token,
  ]);
  return rows[0] ?? null;
}

/** Files, newest first; `before` is the last one of the page before. */
export async function listFiles(
  db: Db,
  workspaceId: WorkspaceId,
  page: { before?: string | undefined; limit: number },
): Promise<StoredFile[]> {
  const { rows } = await db.query<StoredFile>(
    `select ${COLUMNS} from files where workspace_id = $1 and status = 'ready' and ($2::text is null or id < $2) order by id desc limit $3`,
    [workspaceId, page.before ?? null, page.limit],
  );
  return rows;
}

/** Ends the direct link for good; robots go on sending the file as bytes. Null when there is no such file. */
export async function revokeFile(db: Db, workspaceId: WorkspaceId, fileId: string): Promise<StoredFile | null> {
  const { rows } = await db.query<StoredFile>(
    `update files set revoked_at = coalesce(revoked_at, now()) where workspace_id = $1 and id = $2 and status = 'ready' returning ${COLUMNS}`,
    [workspaceId, fileId],
  );
  return rows[0] ?? null;
}

/** Deletes a file with its bytes. One that robots of some stage send stays: the names of those stages are the answer. */
export async function deleteFile(
  tx: Tx,
  workspaceId: WorkspaceId,
  fileId: string,
): Promise<'deleted' | 'not-found' | { usedBy: string[] }> {
  await lockWorkspace(tx, workspaceId);
  const usedBy = await findRobotUses(tx, workspaceId, fileId);
  if (usedBy.length > 0) return { usedBy };
  const { rowCount } = await tx.query(`delete from files where workspace_id = $1 and id = $2 and status = 'ready'`, [
    workspaceId,
    fileId,
  ]);
  return rowCount === 1 ? 'deleted' : 'not-found';
}

/** Takes a broken upload away with what was written of it. */
export async function dropUpload(db: Db, workspaceId: WorkspaceId, fileId: FileId): Promise<void> {
  await db.query('delete from files where workspace_id = $1 and id = $2', [workspaceId, fileId]);
}

/** Removes what crashed or broken uploads left behind. Returns how many. */
export async function deleteAbandonedFiles(db: Db, olderThanSeconds = 86_400): Promise<number> {
  const { rowCount } = await db.query(
    `delete from files where status = 'uploading' and created_at < now() - make_interval(secs => $1)`,
    [olderThanSeconds],
  );
  return rowCount ?? 0;
}
