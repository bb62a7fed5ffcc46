import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.ts';

describe('the batcher', () => {
  it('hands items of concurrent callers over together and gives each its own result', async () => {
    const sizes: number[] = [];
    const batcher = new Batcher<number, number>(
      async (items) => {
        sizes.push(items.length);
        await setTimeout(5);
        return items.map((item) => item * 2);
      },
      { maxSize: 10 },
    );
    const results = await Promise.all(Array.from({ length: 25 }, (_, index) => batcher.add(index)));
    expect(results).toEqual(Array.from({ length: 25 }, (_, index) => index * 2));
    expect(sizes).toEqual([10, 10, 5]);
  });

  it('tries the items of a list that failed alone, so that a bad one harms only its own caller', async () => {
    const batcher = new Batcher<string, string>(
      async (items) => {
        if (items.includes('bad')) throw new Error('no');
        return items;
      },
      { maxSize: 3 },
    );
    const results = await Promise.allSettled([batcher.add('a'), batcher.add('bad'), batcher.add('b')]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('lets no more lists be under way than it may', async () => {
    let underWay = 0;
    let most = 0;
    const batcher = new Batcher<number, number>(
      async (items) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await setTimeout(5);
        underWay -= 1;
        return items;
      },
      { maxSize: 2, parallel: 2 },
    );
    await Promise.all(Array.from({ length: 20 }, (_, index) => batcher.add(index)));
    expect(most).toBeLessThanOrEqual(2);
  });
});
