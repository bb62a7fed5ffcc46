import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, problemOf } from './problem.ts';
import { SchemaIssues } from './schema-issues.ts';
import { pickLanguage } from './texts/texts.ts';

/** Answers every refusal and every surprise with a problem document. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => sendProblem(error, request, reply));
}

/** Sends the problem document of an error; surprises are logged and told apart by the request's id only. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error, request, reply);
  const problem = problemOf(
    refusal,
    pickLanguage(request.headers['accept-language'], request.principal?.language ?? 'ru'),
  );
  return reply
    .code(refusal.status)
    .headers(refusal.headers)
    .header('vary', 'accept-language')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem);
}

function refusalOf(error: unknown, request: FastifyRequest, reply: FastifyReply): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SchemaIssues) return new ApiError({ status: 422, code: 'invalid-input', errors: error.errors });
  const known = isFastifyError(error) ? refusalOfFastify(error, request, reply) : null;
  if (known) return known;
  if (isCutOff(request)) return new ApiError({ status: 400, code: 'malformed-request', cause: error });
  request.log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'A request failed');
  return new ApiError({ status: 500, code: 'internal', params: { requestId: request.id }, cause: error });
}

/** Whether the client went away in the middle of its request: nobody's fault here, and nobody reads the answer. */
function isCutOff({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

/** What fastify itself refuses. https://fastify.dev/docs/latest/Reference/Errors/ */
function refusalOfFastify(error: FastifyError, request: FastifyRequest, reply: FastifyReply): ApiError | null {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return bodyTooLarge(reply.routeOptions.bodyLimit ?? 0);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType(request);
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ApiError({ status: 400, code: 'empty-body' });
    default:
      if (error.statusCode === undefined || error.statusCode < 400 || error.statusCode >= 500) return null;
      return new ApiError({ status: error.statusCode, code: 'malformed-request', cause: error });
  }
}

/** 413, naming the limit. */
export function bodyTooLarge(limitBytes: number): ApiError {
  return new ApiError({ status: 413, code: 'body-too-large', params: { limit: sizeText(limitBytes) } });
}

/** 415, naming what came and what is accepted. */
export function unsupportedMediaType(request: FastifyRequest, expected = 'application/json'): ApiError {
  const received = request.headers['content-type'] ?? '—';
  return new ApiError({ status: 415, code: 'unsupported-media-type', params: { received, expected } });
}

function sizeText(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MB` : `${Math.round(bytes / 1024)} KB`;
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_');
}
