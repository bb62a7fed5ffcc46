import { expect, it } from 'vitest';
import { firstLookUpMs, nextLookUpMs } from './look-up-times.ts';

it('an uncertain message is looked up after 5 seconds, 30 seconds, 2 minutes and 10 minutes, then no more', () => {
  let at = firstLookUpMs({ lookUp: async () => ({ outcome: 'not-found' }) });
  const times = [at];
  for (let done = 1; ; done += 1) {
    const next = nextLookUpMs(done);
    if (next === null || at === null) break;
    at += next;
    times.push(at);
  }
  expect(times).toEqual([5_000, 30_000, 120_000, 600_000]);
});

it('a channel without a look-up is not asked', () => {
  expect(firstLookUpMs({})).toBe(null);
});
