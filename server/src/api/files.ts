import { createHash, type Hash } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { directUrl } from '../files/direct-link.ts';
import { deleteFile, dropUpload, listFiles, readFileRow, revokeFile, type StoredFile } from '../files/file-store.ts';
import { MAX_FILE_BYTES, saveUpload } from '../files/save-upload.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { inUse } from './in-use.ts';
import { readUploadedFile } from './multipart-file.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from './pagination.ts';
import { invalid, notFound } from './problem.ts';
import { bodyTooLarge, unsupportedMediaType } from './problem-handler.ts';
import { publicBase } from './public-base.ts';
import { Nothing, pathId } from './schemas.ts';

const FileView = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number(),
  mime: z.string(),
  directUrl: z.string().nullable().describe('Public to whoever has it; null when it was revoked'),
  createdAt: z.date(),
});

const params = z.object({ id: pathId('file') });
/** What a form adds around its file. */
const FORM_OVERHEAD = 64 * 1024;

/** `/files`: uploads with their direct links. */
export function registerFiles(app: ApiApp, context: Context): void {
  registerUpload(app, context);
  app.route({
    method: 'GET',
    url: '/files',
    config: { action: 'file.read' },
    schema: {
      tags: ['files'],
      summary: 'Files, newest first',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(FileView) },
    },
    handler: async (request) => {
      const { workspaceId } = request.principal;
      const { limit, cursor } = request.query;
      const scope = { workspaceId, list: 'files' };
      const before = decodeCursor(scope, cursor);
      const rows = await listFiles(context.pool, workspaceId, { before, limit: limit + 1 });
      const page = toPage(rows, { scope, limit });
      return { ...page, items: page.items.map((file) => viewOf(context, request, file)) };
    },
  });
  app.route({
    method: 'GET',
    url: '/files/:id',
    config: { action: 'file.read' },
    schema: { tags: ['files'], summary: 'One file', params, response: { 200: FileView } },
    handler: async (request) => {
      const file = await readFileRow(context.pool, request.principal.workspaceId, request.params.id);
      if (!file) throw notFound();
      return viewOf(context, request, file);
    },
  });
  app.route({
    method: 'POST',
    url: '/files/:id/revoke',
    config: { action: 'file.delete' },
    schema: { tags: ['files'], summary: 'End the direct link for good', params, response: { 200: FileView } },
    handler: async (request) => {
      const file = await revokeFile(context.pool, request.principal.workspaceId, request.params.id);
      if (!file) throw notFound();
      return viewOf(context, request, file);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/files/:id',
    config: { action: 'file.delete' },
    schema: { tags: ['files'], summary: 'Delete a file that no robot sends', params, response: { 204: Nothing } },
    handler: async (request, reply) => {
      const outcome = await inTransaction(context.pool, (tx) =>
        deleteFile(tx, request.principal.workspaceId, request.params.id),
      );
      if (outcome === 'not-found') throw notFound();
      if (outcome !== 'deleted') throw inUse(outcome.usedBy);
      return reply.code(204).send();
    },
  });
}

function registerUpload(parent: ApiApp, context: Context): void {
  parent.register(async (scope) => {
    await scope.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 10, fieldSize: 10_000 },
    });
    scope.withTypeProvider<ZodTypeProvider>().route({
      method: 'POST',
      url: '/files',
      config: { action: 'file.write' },
      schema: {
        tags: ['files'],
        summary: 'Upload a file of at most 100 MB, as the file of a form',
        consumes: ['multipart/form-data'],
        body: z
          .unknown()
          .meta({ type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } }),
        response: { 201: FileView },
      },
      handler: async (request, reply) => {
        if (!request.isMultipart()) throw unsupportedMediaType(request, 'multipart/form-data');
        if (Number(request.headers['content-length'] ?? 0) > MAX_FILE_BYTES + FORM_OVERHEAD)
          throw bodyTooLarge(MAX_FILE_BYTES);
        const { file, sha256 } = await receiveFile(context, request);
        const view = viewOf(context, request, file);
        // What the Idempotency-Key is held against. Kept after the upload, since a slow one must not hold a connection.
        request.body = { name: file.name, sha256 };
        let isKept = false;
        return createOnce(request, reply, context, async () => {
          isKept = true;
          return { status: 201, body: view };
        }).finally(() => (isKept ? undefined : dropUpload(context.pool, file.workspaceId, file.id)));
      },
    });
  });
}

function receiveFile(context: Context, request: FastifyRequest): Promise<{ file: StoredFile; sha256: string }> {
  return readUploadedFile(request, async ({ name, bytes, isTruncated }) => {
    const hash = createHash('sha256');
    const file = await saveUpload(context.pool, request.principal.workspaceId, {
      name,
      bytes: hashed(bytes, hash),
      isComplete: () => !isTruncated(),
    });
    if (file.ok) return { file: file.value, sha256: hash.digest('base64url') };
    if (file.error === 'empty') throw invalid([{ path: 'file', code: 'empty' }]);
    throw bodyTooLarge(MAX_FILE_BYTES);
  });
}

async function* hashed(bytes: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const part of bytes) {
    hash.update(part);
    yield part;
  }
}

function viewOf(context: Context, request: FastifyRequest, file: StoredFile) {
  const { id, name, size, mime, createdAt } = file;
  return {
    id,
    name,
    size,
    mime,
    createdAt,
    directUrl: file.revokedAt ? null : directUrl(publicBase(context, request), file),
  };
}
