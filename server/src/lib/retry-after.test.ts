import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.parse('2026-10-01T10:00:00Z');

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Thu, 01 Oct 2026 10:01:00 GMT', 60_000],
  ['Thu, 01 Oct 2026 09:00:00 GMT', 0],
  ['soon', null],
  ['', null],
])('retry-after %j is %j ms', (value, expected) => {
  expect(retryAfterMs({ 'retry-after': value }, now)).toBe(expected);
});

test('no header is null', () => {
  expect(retryAfterMs({}, now)).toBeNull();
});
