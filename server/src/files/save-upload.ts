import type { Db } from '../db/pool.ts';
import type { FileId, WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { CHUNK_BYTES, writeChunk } from './file-bytes.ts';
import { beginFile, dropUpload, finishFile, type StoredFile } from './file-store.ts';
import { sniffMime } from './sniff-mime.ts';

export const MAX_FILE_BYTES = 100 * 1024 * 1024;

/**
 * Writes a stream into pieces and shows the file when the last one is there. Too much, a broken stream or a failing database leave
 * nothing behind; a crash leaves an `uploading` row, which the clean-up takes away.
 */
export async function saveUpload(
  db: Db,
  workspaceId: WorkspaceId,
  upload: { name: string; bytes: AsyncIterable<Buffer>; isComplete?: () => boolean; maxBytes?: number },
): Promise<Result<StoredFile, 'too-large' | 'empty'>> {
  const name = cleanName(upload.name);
  const fileId = await beginFile(db, workspaceId, name);
  let isKept = false;
  try {
    const written = await writePieces(db, { workspaceId, id: fileId }, upload.bytes, upload.maxBytes ?? MAX_FILE_BYTES);
    if (written === null || upload.isComplete?.() === false) return fail('too-large');
    if (written.size === 0) return fail('empty');
    const file = await finishFile(db, workspaceId, fileId, { mime: sniffMime(written.head, name), size: written.size });
    isKept = true;
    return ok(file);
  } finally {
    if (!isKept) await dropUpload(db, workspaceId, fileId);
  }
}

async function writePieces(
  db: Db,
  file: { workspaceId: WorkspaceId; id: FileId },
  bytes: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<{ size: number; head: Buffer } | null> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let size = 0;
  let position = 0;
  let head: Buffer = Buffer.alloc(0);
  const flush = async (isLast: boolean) => {
    let all = Buffer.concat(waiting);
    if (position === 0) head = all.subarray(0, 4_096);
    while (all.length >= CHUNK_BYTES || (isLast && all.length > 0)) {
      await writeChunk(db, file, position, all.subarray(0, CHUNK_BYTES));
      position += 1;
      all = all.subarray(CHUNK_BYTES);
    }
    waiting = [all];
    waitingBytes = all.length;
  };
  for await (const part of bytes) {
    size += part.length;
    if (size > maxBytes) return null;
    waiting.push(part);
    waitingBytes += part.length;
    if (waitingBytes >= CHUNK_BYTES) await flush(false);
  }
  await flush(true);
  return { size, head };
}

/** The name without folders and control characters, short enough to keep, its ending kept. */
export function cleanName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replace(/^\.+/, '')
    .trim();
  if (plain.length <= 200) return plain || 'file';
  const ending = /\.[^.]{1,10}$/.exec(plain)?.[0] ?? '';
  return plain.slice(0, 200 - ending.length).toWellFormed() + ending;
}
