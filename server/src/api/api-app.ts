import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Auth } from '../accounts/auth.ts';
import type { Authenticator } from '../accounts/authenticate.ts';
import type { Action } from '../accounts/permissions.ts';
import type { Principal } from '../accounts/principal.ts';
import type { Context } from '../context.ts';

/** What a noun registers its routes on: fastify that types handlers by their zod schemas, mounted at `/api/v1`. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What nouns may need besides the context. */
export interface NounParts {
  auth: Auth;
  authenticator: Authenticator;
}

/** Adds the routes of one noun under `/api/v1`. */
export type RegisterNoun = (app: ApiApp, context: Context, parts: NounParts) => void;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not public. */
    principal: Principal;
  }
  /** Who may use a route: whoever the table allows the action, everybody signed in, or everybody. */
  interface FastifyContextConfig {
    action?: Action;
    access?: 'signed-in' | 'public';
  }
}
