import path from 'node:path';
import type { Context } from '../context.ts';
import { directUrl } from '../files/direct-link.ts';
import { readFileBytes } from '../files/file-bytes.ts';
import { readFileRow } from '../files/file-store.ts';
import type { WorkspaceId } from '../lib/id.ts';
import type { SendableFile } from '../messages/call-channel.ts';

/** Kinds that providers tell apart when they only get a link. */
const MIMES: Record<string, string> = {
  '.pdf': 'application/pdf',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.mp4': 'video/mp4',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.zip': 'application/zip',
  '.doc': 'application/msword',
  '.xls': 'application/vnd.ms-excel',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/**
 * What goes to the provider: a link as it is (it is not opened: its ending tells the kind), an upload as bytes where the channel takes
 * them, else by its direct link. Null when the upload, or the link it needs, is gone.
 */
export async function readFileToSend(
  context: Context,
  workspaceId: WorkspaceId,
  source: { url: string } | { fileId: string },
  takesBytes: boolean,
): Promise<SendableFile | null> {
  if ('url' in source) {
    const name = nameOf(source.url);
    return { name, mime: MIMES[path.extname(name).toLowerCase()] ?? 'application/octet-stream', source };
  }
  if (takesBytes) {
    const file = await readFileBytes(context.pool, workspaceId, source.fileId);
    return file && { name: file.name, mime: file.mime, source: { bytes: file.bytes } };
  }
  const row = await readFileRow(context.pool, workspaceId, source.fileId);
  const { publicUrl } = context.config;
  if (row === null || row.revokedAt !== null || publicUrl === null) return null;
  return { name: row.name, mime: row.mime, source: { url: directUrl(publicUrl, row) } };
}

function nameOf(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  try {
    return (
      decodeURIComponent(last)
        .replace(/[\p{Cc}\\/]/gu, '')
        .slice(0, 200) || 'file'
    );
  } catch {
    return last.slice(0, 200) || 'file';
  }
}
