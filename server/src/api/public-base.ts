import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';

/** The address to hand out: the configured one, else the one this request came to. */
export function publicBase(context: Pick<Context, 'config'>, request: FastifyRequest): string {
  return context.config.publicUrl ?? `${request.protocol}://${request.host}`;
}
