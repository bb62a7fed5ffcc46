import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Action } from '../accounts/permissions.ts';
import type { Principal } from '../accounts/principal.ts';

/** What a noun registers its routes on: fastify that types handlers by their zod schemas, mounted at `/api/v1`. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who may use a route: whoever the table allows the action, everybody signed in, or everybody. */
export type RouteAccess = { action: Action } | { access: 'signed-in' } | { access: 'public' };

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not public. */
    principal: Principal;
  }
  interface FastifyContextConfig {
    action?: Action;
    access?: 'signed-in' | 'public';
  }
}
