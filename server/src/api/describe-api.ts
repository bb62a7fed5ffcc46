import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { VERSION } from './version.ts';

const DESCRIPTION = `Otklik answers every new lead on the right channel, by itself.

Send \`Authorization: Bearer <API key>\`. Refusals are problem documents (RFC 9457) with a stable \`code\`, in Russian or English
by \`Accept-Language\`. Lists take \`limit\` and \`cursor\` and answer \`{items, nextCursor}\`. Every POST that creates honours
\`Idempotency-Key\`.`;

const PROBLEM: OpenAPIV3_1.SchemaObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; translate by it' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message', 'code'],
        properties: { path: { type: 'string' }, message: { type: 'string' }, code: { type: 'string' } },
      },
    },
  },
};

/** Gathers the description of every route that is registered after this call. */
export function describeApi(app: FastifyInstance): void {
  app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Otklik',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of a workspace' },
          session: { type: 'apiKey', in: 'cookie', name: 'otklik.session_token' },
        },
      },
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route as Parameters<typeof jsonSchemaTransform>[0]);
      const isPublic = route.route.config?.access === 'public';
      return { schema: { ...schema, security: isPublic ? [] : [{ apiKey: [] }, { session: [] }] }, url };
    },
    transformObject: (document) =>
      'openapiObject' in document
        ? addProblems(document.openapiObject as OpenAPIV3_1.Document)
        : document.swaggerObject,
  });
}

/** The document of all routes; the app must be ready. */
export function openApiOf(app: FastifyInstance): OpenAPIV3_1.Document {
  return app.swagger() as OpenAPIV3_1.Document;
}

/** Every operation may answer with a problem. */
function addProblems(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const problem = {
    description: 'A refusal',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {})) {
      if (typeof operation === 'object' && 'responses' in operation)
        operation.responses = { ...operation.responses, default: problem };
    }
  }
  return {
    ...document,
    components: { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM } },
  };
}
