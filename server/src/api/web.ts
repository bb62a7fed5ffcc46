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
 * Answers addresses outside `/api/` from the built web app, which is held in memory; null when there is nothing to answer.
 * `/sign-in` is `sign-in.html`; every other address that is no file is a page of the app, so it gets `index.html`. In pages
 * `__OTKLIK_VERSION__` is filled in.
 */
export function serveWeb(root: URL): (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null {
  const files = readFiles(fileURLToPath(root));
  return (request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    if ((request.method !== 'GET' && request.method !== 'HEAD') || path.startsWith('/api/')) return null;
    const page = extname(path) === '' ? (files.get(`${path}.html`) ?? files.get('/index.html')) : undefined;
    const file = files.get(path) ?? page;
    return file ? sendFile(file, request, reply) : null;
  };
}

function sendFile(file: WebFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('etag', file.etag);
  reply.header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  return reply.code(200).type(file.type).send(file.bytes);
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
