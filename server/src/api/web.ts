import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { VERSION } from './version.ts';

interface WebFile {
  bytes: Buffer;
  type: string;
  etag: string;
  /** Its name changes with its content. */
  isImmutable: boolean;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Answers addresses outside `/api/` from the web app, which is held in memory; null when there is nothing to answer.
 * `/sign-in` is `sign-in.html`. At an address that is not there a browser gets `404.html`; programs get their problem document.
 * In pages `__OTKLIK_VERSION__` is filled in.
 */
export function serveWeb(root: URL): (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null {
  const files = readFiles(fileURLToPath(root));
  return (request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    if ((request.method !== 'GET' && request.method !== 'HEAD') || path.startsWith('/api/')) return null;
    const file = files.get(path) ?? files.get(path === '/' ? '/index.html' : `${path}.html`);
    if (file) return sendFile(file, request, reply);
    const notFound = request.headers.accept?.includes('text/html') ? files.get('/404.html') : undefined;
    return notFound
      ? reply.code(404).header('cache-control', 'no-store').type(notFound.type).send(notFound.bytes)
      : null;
  };
}

function sendFile(file: WebFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('etag', file.etag);
  reply.header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (isKnown(file.etag, request.headers['if-none-match'])) return reply.code(304).send();
  return reply.code(200).type(file.type).send(file.bytes);
}

/** Weak comparison: a proxy that compresses marks our tags as weak. https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}

function readFiles(root: string, folder = root): Map<string, WebFile> {
  const files = new Map<string, WebFile>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const type = TYPES[extname(entry.name)];
    const address = `/${relative(root, path).split(sep).join('/')}`;
    if (entry.isDirectory() && entry.name !== 'node_modules') {
      for (const [inner, file] of readFiles(root, path)) files.set(inner, file);
    } else if (entry.isFile() && type && entry.name !== 'package.json') {
      files.set(address, { ...readBytes(path, type), type, isImmutable: address.startsWith('/assets/') });
    }
  }
  return files;
}

function readBytes(path: string, type: string): { bytes: Buffer; etag: string } {
  const raw = readFileSync(path);
  const bytes = type.startsWith('text/html')
    ? Buffer.from(raw.toString('utf8').replaceAll('__OTKLIK_VERSION__', VERSION))
    : raw;
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}
