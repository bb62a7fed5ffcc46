/**
 * The pause before try `attempt` (1 is the first retry), in milliseconds: exponential with full jitter, so that many that failed
 * together do not come back together. A provider's Retry-After is a floor.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(
  attempt: number,
  options: { baseMs?: number; maxMs?: number; retryAfterMs?: number | undefined; random?: () => number } = {},
): number {
  const { baseMs = 1_000, maxMs = 60_000, retryAfterMs = 0, random = Math.random } = options;
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(retryAfterMs, Math.ceil(ceiling * (0.2 + 0.8 * random())));
}
