import { expect, it } from 'vitest';
import { dueAt, millisecondsUntil } from './timing.ts';

it('a robot is due its delay after the moment before it, to the millisecond and for months', () => {
  const entered = new Date('2026-01-31T10:00:00.250Z');
  expect(dueAt({ delaySeconds: 0 }, entered)).toEqual(entered);
  expect(dueAt({ delaySeconds: 90 * 86_400 }, entered)).toEqual(new Date('2026-05-01T10:00:00.250Z'));
});

it('what is past is due now', () => {
  const moment = new Date(1_000);
  expect(millisecondsUntil(moment, 400)).toBe(600);
  expect(millisecondsUntil(moment, 5_000)).toBe(0);
});
