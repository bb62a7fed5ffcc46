import type { FastifyRequest } from 'fastify';
import { ApiError } from './problem.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a change that a browser was led into by another site (CSRF). Browsers say where a request comes from and pages
 * cannot forge it; a request that says nothing is not from a browser and has no business with a cookie.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
 */
export function checkSameOrigin(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { cookie, origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site === undefined && origin === undefined && cookie === undefined) return;
  if (site !== undefined ? site === 'same-origin' : isOwnOrigin(request)) return;
  throw new ApiError({ status: 403, code: 'cross-site-request' });
}

function isOwnOrigin(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
}
