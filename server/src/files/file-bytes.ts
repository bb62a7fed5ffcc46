import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';

export const CHUNK_BYTES = 1024 * 1024;

interface FileKey {
  workspaceId: WorkspaceId;
  id: string;
}

/** Adds the piece at a position. Every piece but the last is `CHUNK_BYTES` long. */
export async function writeChunk(db: Db, file: FileKey, position: number, bytes: Buffer): Promise<void> {
  await db.query('insert into file_chunks (workspace_id, file_id, position, bytes) values ($1, $2, $3, $4)', [
    file.workspaceId,
    file.id,
    position,
    bytes,
  ]);
}

/** The bytes from `start` to `end` (both included), a piece at a time, so that a large file never lies in memory whole. */
export async function* readBytes(db: Db, file: FileKey, start: number, end: number): AsyncGenerator<Buffer> {
  for (let position = Math.floor(start / CHUNK_BYTES); position * CHUNK_BYTES <= end; position += 1) {
    const from = Math.max(start - position * CHUNK_BYTES, 0);
    const length = Math.min(end - position * CHUNK_BYTES + 1, CHUNK_BYTES) - from;
    // PostgreSQL fetches only that part, since the column is stored external.
    const { rows } = await db.query<{ bytes: Buffer }>(
      'select substring(bytes from $4 for $5) as bytes from file_chunks where workspace_id = $1 and file_id = $2 and position = $3',
      [file.workspaceId, file.id, position, from + 1, length],
    );
    if (!rows[0]) throw new Error(`Piece ${position} of file ${file.id} is missing`);
    yield rows[0].bytes;
  }
}

/** All bytes of a file for a provider that takes them; null when there is no such file. A revoked link does not matter here. */
export async function readFileBytes(
  db: Db,
  workspaceId: WorkspaceId,
  fileId: string,
): Promise<{ name: string; mime: string; bytes: Buffer } | null> {
  const { rows } = await db.query<{ name: string; mime: string; size: number }>(
    `select name, mime, size from files where workspace_id = $1 and id = $2 and status = 'ready'`,
    [workspaceId, fileId],
  );
  const file = rows[0];
  if (!file) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of readBytes(db, { workspaceId, id: fileId }, 0, file.size - 1)) chunks.push(chunk);
  return { name: file.name, mime: file.mime, bytes: Buffer.concat(chunks) };
}
