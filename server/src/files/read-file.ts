import path from 'node:path';
import type { Context } from '../context.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { readFileBytes } from './file-bytes.ts';

/** A file as it goes to a provider: the bytes of an uploaded one, or a link that the provider fetches. */
export interface FileContent {
  name: string;
  mime: string;
  source: { url: string } | { bytes: Buffer };
}

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
  '.doc': 'application/msword',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.xls': 'application/vnd.ms-excel',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.zip': 'application/zip',
};

/** What a robot's file is; null when an uploaded one is not there any more. A link is not opened: its ending tells the kind. */
export async function readFile(
  context: Pick<Context, 'pool'>,
  workspaceId: WorkspaceId,
  source: { url: string } | { fileId: string },
): Promise<FileContent | null> {
  if ('fileId' in source) {
    const file = await readFileBytes(context.pool, workspaceId, source.fileId);
    return file && { name: file.name, mime: file.mime, source: { bytes: file.bytes } };
  }
  const name = nameOf(source.url);
  const mime = MIMES[path.extname(name).toLowerCase()] ?? 'application/octet-stream';
  return { name, mime, source };
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
