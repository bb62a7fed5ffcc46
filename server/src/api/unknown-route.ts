import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './problem.ts';
import { sendProblem } from './problem-handler.ts';

/**
 * Tells an address that is not there (404) from one that does not know the method (405). `page`, when given, may answer
 * addresses outside `/api/` with a page instead; it says whether it did.
 */
export function answerUnknownRoutes(
  app: FastifyInstance,
  page?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null,
): void {
  const methodsByPattern = new Map<string, Set<string>>();
  app.addHook('onRoute', (route) => {
    const methods = methodsByPattern.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) methods.add(method.toUpperCase());
    methodsByPattern.set(route.url, methods);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = [...methodsByPattern]
      .filter(([pattern]) => matches(pattern, path))
      .flatMap(([, methods]) => [...methods]);
    if (allowed.length === 0) {
      const answered = page?.(request, reply);
      return answered ?? sendProblem(routeNotFound(request.method, path), request, reply);
    }
    const allow = [...new Set(allowed)].join(', ');
    const error = new ApiError({
      status: 405,
      code: 'method-not-allowed',
      params: { allowed: allow },
      headers: { allow },
    });
    return sendProblem(error, request, reply);
  });
}

function routeNotFound(method: string, path: string): ApiError {
  return new ApiError({ status: 404, code: 'route-not-found', params: { method, path: path.slice(0, 300) } });
}

function matches(pattern: string, path: string): boolean {
  if (pattern.includes('*')) return false;
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}
