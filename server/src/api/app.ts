import { randomUUID } from 'node:crypto';
import scalarReference from '@scalar/fastify-api-reference';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Auth } from '../accounts/auth.ts';
import { createAuthenticator } from '../accounts/authenticate.ts';
import type { Context } from '../context.ts';
import type { RegisterNoun } from './api-app.ts';
import { registerAuth } from './auth.ts';
import { describeApi, openApiOf } from './describe-api.ts';
import { registerDirectLinks } from './direct-links.ts';
import { registerHealth } from './health.ts';
import { registerHooks } from './hooks.ts';
import { checkAddressText, readJsonBodies } from './json-body.ts';
import { nouns } from './nouns.ts';
import { guardRoutes } from './principal.ts';
import { answerWithProblems, sendProblem } from './problem-handler.ts';
import { checkBySchema } from './schema-issues.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { answerUnknownRoutes } from './unknown-route.ts';
import { serveWeb } from './web.ts';

const BODY_LIMIT = 1024 * 1024;
/** A file of 100 MB over a slow line. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;

export interface AppParts {
  auth: Auth;
  /** The folder of the built web app, or null to serve none. */
  webRoot: URL | null;
  /** All of them unless said otherwise. */
  nouns?: readonly RegisterNoun[];
}

/** The HTTP server of a process, not listening yet: `/api/v1` with all nouns, sign-in, the reference, health and the web app. */
export function buildApp(context: Context, parts: AppParts): FastifyInstance {
  const app = createServer(context);
  const authenticator = createAuthenticator({ pool: context.pool, auth: parts.auth });
  answerUnknownRoutes(app, parts.webRoot === null ? undefined : serveWeb(parts.webRoot));
  describeApi(app);
  registerHealth(app, context, authenticator);
  registerHooks(app, context);
  registerDirectLinks(app, context);
  registerReference(app);
  registerAuth(app, context, parts.auth, authenticator);
  app.register(
    async (scope) => {
      guardRoutes(scope, authenticator);
      const api = scope.withTypeProvider<ZodTypeProvider>();
      for (const register of parts.nouns ?? nouns) register(api, context, { auth: parts.auth, authenticator });
    },
    { prefix: '/api/v1' },
  );
  return app;
}

function createServer(context: Context): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: context.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Only a proxy on this machine is believed about where a request came from.
    trustProxy: 'loopback',
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply);
    },
  });
  app.setValidatorCompiler(checkBySchema);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('principal');
  setSecurityHeaders(app);
  readJsonBodies(app);
  app.addHook('preValidation', checkAddressText);
  answerWithProblems(app);
  return app;
}

/** `/api/openapi.json` and the readable page of it; nothing of it comes from elsewhere. */
function registerReference(app: FastifyInstance): void {
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => openApiOf(app));
  app.register(scalarReference, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/openapi.json',
      pageTitle: 'Otklik API',
      telemetry: false,
      withDefaultFonts: false,
      hideClientButton: true,
      // Its maker's services are elsewhere.
      agent: { disabled: true },
      mcp: { disabled: true },
      showDeveloperTools: 'never',
      favicon: '/icon.svg',
      authentication: { preferredSecurityScheme: 'apiKey' },
      // So that the examples name the address of this server.
      servers: [{ url: '/' }],
    },
  });
}
