import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { parseRange } from '../files/byte-range.ts';
import { etagOf, fileHeaders, matchesEtag } from '../files/direct-link.ts';
import { readBytes } from '../files/file-bytes.ts';
import { findFileByToken } from '../files/file-store.ts';
import { ApiError, notFound } from './problem.ts';

const Params = z.object({ token: z.string().max(100), name: z.string().max(1000) });

/** `/f/{token}/{name}`: direct links, open to whoever has one; providers and browsers fetch files here. */
export function registerDirectLinks(app: FastifyInstance, context: Context): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/f/:token/:name',
    exposeHeadRoute: false,
    schema: { hide: true, params: Params },
    handler: async (request, reply) => {
      const { token } = request.params as z.infer<typeof Params>;
      const file = await findFileByToken(context.pool, token);
      if (!file) throw notFound();
      if (file.revokedAt) throw new ApiError({ status: 410, code: 'not-found' });
      reply.headers(fileHeaders(file)).removeHeader('x-frame-options');
      if (matchesEtag(request.headers['if-none-match'], etagOf(file))) return reply.code(304).send();
      // A range of other bytes than the reader has would not fit: then it gets all.
      const isStale = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etagOf(file);
      const range = isStale ? null : parseRange(request.headers.range, file.size);
      if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${file.size}`).send();
      const { start, end } = range ?? { start: 0, end: file.size - 1 };
      reply.code(range ? 206 : 200).header('content-length', String(end - start + 1));
      if (range) reply.header('content-range', `bytes ${start}-${end}/${file.size}`);
      if (request.method === 'HEAD') return reply.send();
      return reply.send(Readable.from(readBytes(context.pool, file, start, end), { objectMode: false }));
    },
  });
}
