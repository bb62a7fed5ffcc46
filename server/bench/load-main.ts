import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import type { Load, LoadResult } from './load.ts';
import { phoneOf } from './scenario.ts';

/**
 * The load generator: reads one Load as JSON a line, posts its leads over kept-alive connections and prints the LoadResult. It lives
 * through all rounds, so that none of them pays for its warming up.
 */

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as Load))}\n`);
}

async function run(load: Load): Promise<LoadResult> {
  const pool = new Pool(load.origin, { connections: load.connections, pipelining: 1 });
  const result: LoadResult = { postedAt: [], answeredAt: [], failures: 0, failure: null };
  try {
    if (load.rate === null) await saturate(pool, load, result);
    else await keepRate(pool, load, load.rate, result);
  } finally {
    await pool.close();
  }
  return result;
}

/** Each connection posts its next lead as soon as the last one is answered. */
async function saturate(pool: Pool, load: Load, result: LoadResult): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < load.count) await post(pool, load, next++, result);
  };
  await Promise.all(Array.from({ length: load.connections }, work));
}

/** Posts at fixed moments, whether or not earlier ones are answered. */
async function keepRate(pool: Pool, load: Load, rate: number, result: LoadResult): Promise<void> {
  const begin = performance.now();
  const posts: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(load.count, Math.floor(((performance.now() - begin) * rate) / 1_000));
      while (posts.length < due) posts.push(post(pool, load, posts.length, result));
      if (posts.length < load.count) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(posts);
}

function post(pool: Pool, load: Load, index: number, result: LoadResult): Promise<void> {
  const body = JSON.stringify({ name: 'Иван', source: 'bench', phones: [{ value: phoneOf(load.first + index) }] });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${load.apiKey}` };
  result.postedAt[index] = Date.now();
  return new Promise((resolve) => {
    const end = (failure: string | null) => {
      result.answeredAt[index] = Date.now();
      if (failure !== null) {
        result.failures += 1;
        result.failure ??= failure;
      }
      resolve();
    };
    let status = 0;
    let text = '';
    pool.dispatch(
      { method: 'POST', path: load.path, headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, given) => {
          status = given;
        },
        onResponseData: (_controller, chunk) => {
          if (status !== 201) text += chunk.toString('utf8');
        },
        onResponseEnd: () => end(status === 201 ? null : `${status} ${text.slice(0, 300)}`),
        onResponseError: (_controller, error) => end(error.message),
      },
    );
  });
}
