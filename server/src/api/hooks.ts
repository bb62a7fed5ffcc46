import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';
import { receiveWebhook } from '../deliveries/receive-webhook.ts';

const BODY_LIMIT = 2 * 1024 * 1024;

const STATUS = { kept: 200, 'unknown-address': 404, refused: 401 } as const;

/**
 * `POST /hooks/{line token}`: where providers tell what became of messages. The address names the line, the provider's signature is
 * checked on the raw body; the answer is empty, since nobody reads it.
 */
export function registerHooks(app: FastifyInstance, context: Context): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    scope.post<{ Params: { token: string } }>(
      '/hooks/:token',
      { schema: { hide: true }, bodyLimit: BODY_LIMIT },
      async (request, reply) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
        );
        const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const outcome = await receiveWebhook(context, request.params.token, { headers, rawBody });
        return reply.code(STATUS[outcome]).send();
      },
    );
  });
}
