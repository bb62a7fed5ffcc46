import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from '../accounts/authenticate.ts';
import { isAllowed } from '../accounts/permissions.ts';
import type { Context } from '../context.ts';
import { listMigrations } from '../db/migrate.ts';
import { metrics } from '../metrics.ts';
import { authenticate } from './principal.ts';
import { forbidden, unavailable } from './problem.ts';
import { refreshWorkGauges } from './work-gauges.ts';

/**
 * For whoever watches the installation: `/health` (this process lives), `/ready` (it can work: the database answers and is
 * migrated) and `/metrics` (Prometheus; from this machine, or with an API key that may read the API keys' list).
 */
export function registerHealth(app: FastifyInstance, context: Context, authenticator: Authenticator): void {
  app.get('/health', { schema: { hide: true } }, async () => ({ status: 'ok' }));
  app.get('/ready', { schema: { hide: true } }, async () => {
    const problem = await findUnreadiness(context);
    if (problem !== null) throw unavailable(problem);
    return { status: 'ready' };
  });
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!isFromThisMachine(request)) {
      const principal = await authenticate(request, reply, authenticator);
      if (!isAllowed(principal.role, 'api-key.read')) throw forbidden(principal.role, 'api-key.read');
    }
    await refreshWorkGauges(context);
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
}

async function findUnreadiness(context: Context): Promise<string | null> {
  const newest = (await listMigrations()).at(-1)?.number ?? 0;
  try {
    const { rows } = await context.pool.query<{ number: number | null }>(
      'select max(number) as number from migrations',
    );
    const current = rows[0]?.number ?? 0;
    return current >= newest ? null : `The database is at migration ${current}, this version needs ${newest}`;
  } catch (error) {
    context.logger.warn({ err: error }, 'The database did not answer the readiness check');
    return 'The database does not answer';
  }
}

/** Whether the request was made on this machine and not only handed on by a proxy here. */
function isFromThisMachine(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
  return isLoopback && !request.headers['x-forwarded-for'] && !request.headers.forwarded && !request.headers.via;
}
