import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('the pause grows up to its ceiling, is never nothing and never shorter than the provider asked', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(100_000),
      (attempt, random, retryAfterMs) => {
        const pause = backoffMs(attempt, { retryAfterMs, random: () => random });
        expect(pause).toBeGreaterThanOrEqual(Math.max(200, retryAfterMs));
        expect(pause).toBeLessThanOrEqual(Math.max(60_000, retryAfterMs));
      },
    ),
  );
  expect(backoffMs(1, { random: () => 1 })).toBe(1_000);
  expect(backoffMs(3, { random: () => 1 })).toBe(4_000);
});
