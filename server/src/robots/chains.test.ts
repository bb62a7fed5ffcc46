import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainsOf } from './chains.ts';

const parallel = { after: 'parallel', enabled: true } as const;
const previous = { after: 'previous', enabled: true } as const;

test('robots run side by side by default', () => {
  expect(chainsOf([parallel, parallel])).toEqual([[0], [1]]);
});

test('a robot after the previous one joins its chain, the first one starts a chain in any case', () => {
  expect(chainsOf([previous, previous, parallel, previous])).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test('a disabled robot is transparent', () => {
  expect(chainsOf([parallel, { ...parallel, enabled: false }, previous])).toEqual([[0, 2]]);
  expect(chainsOf([{ ...parallel, enabled: false }, previous])).toEqual([[1]]);
  expect(chainsOf([])).toEqual([]);
});

test('chains hold every enabled robot exactly once, in order', () => {
  const robots = fc.array(
    fc.record({ after: fc.constantFrom('parallel' as const, 'previous' as const), enabled: fc.boolean() }),
  );
  fc.assert(
    fc.property(robots, (list) => {
      const enabled = list.flatMap((robot, index) => (robot.enabled ? [index] : []));
      const chains = chainsOf(list);
      expect(chains.flat()).toEqual(enabled);
      expect(chains.every((chain) => chain.slice(1).every((index) => list[index]?.after === 'previous'))).toBe(true);
      expect(chains.slice(1).every(([first]) => list[first ?? 0]?.after === 'parallel')).toBe(true);
    }),
  );
});
