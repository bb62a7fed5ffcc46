import { setTimeout } from 'node:timers/promises';
import type { Load, LoadResult } from './load.ts';
import type { BenchProcess } from './process.ts';
import type { Product } from './product.ts';
import type { Provider } from './provider.ts';
import { phoneOf } from './scenario.ts';
import { cpuSeconds, cpuSecondsOfTree, proportionalMegabytesOfTree, readCounters, residentMegabytes } from './usage.ts';

/** Who answers the leads in a round. `product` is null for the ceiling. */
export interface Side {
  origin: string;
  path: string;
  apiKey: string;
  pid: number;
  product: Product | null;
}

export interface Round {
  leadsPerSecond: number;
  /** From the post of a lead to its first message at the provider, in milliseconds, sorted. */
  firstMessageMs: number[];
  /** From the post of a lead to its answer. */
  answerMs: number[];
  cpuPerThousand: number | null;
  databaseCpuPerThousand: number | null;
  /** Of the provider and the load generator, which share the machine. */
  otherCpuPerThousand: number | null;
  commitsPerLead: number | null;
  walKilobytesPerLead: number | null;
  residentMegabytes: number | null;
  databaseMegabytes: number | null;
}

const CONNECTIONS = 64;
const PATIENCE_MS = 180_000;
/** After the last arrival its outcome is still written, and PostgreSQL's processes report their counters once a second. */
const SETTLE_MS = 1_500;
/** Of `readCounters` itself, twice: the first is counted in what the second reads. */
const OWN_COMMITS = 1;

/** Posts the leads and waits until the file of each has come to the provider. */
export async function runRound(
  parts: { load: BenchProcess; provider: Provider; next: { lead: number } },
  side: Side,
  size: { count: number; rate: number | null },
): Promise<Round> {
  const first = parts.next.lead;
  parts.next.lead += size.count;
  const others = [parts.load.pid, parts.provider.pid];
  const before = await readUsage(side, others);
  const received = await parts.provider.received();
  const { origin, path, apiKey } = side;
  parts.load.write(JSON.stringify({ origin, path, apiKey, connections: CONNECTIONS, first, ...size } satisfies Load));
  const result = JSON.parse(await parts.load.nextLine()) as LoadResult;
  if (result.failures > 0) throw new Error(`${result.failures} posts were not answered with 201: ${result.failure}`);
  await parts.provider.waitFor(received + 2 * size.count, PATIENCE_MS);
  await setTimeout(SETTLE_MS);
  const after = await readUsage(side, others);
  const arrivals = await parts.provider.arrivals();
  const arrived = result.postedAt.map((_, index) => {
    const arrival = arrivals.get(phoneOf(first + index));
    if (!arrival?.text || !arrival.file) throw new Error(`Lead ${first + index} did not get both messages`);
    return arrival;
  });
  const lastAt = arrived.reduce((last, one) => Math.max(last, one.file), 0);
  const perLead = (key: keyof Usage) => difference(before[key], after[key], size.count);
  const commits = perLead('commits');
  return {
    leadsPerSecond: (size.count * 1_000) / (lastAt - Math.min(...result.postedAt)),
    firstMessageMs: arrived.map((one, index) => one.text - (result.postedAt[index] ?? 0)).sort((a, b) => a - b),
    answerMs: result.answeredAt.map((at, index) => at - (result.postedAt[index] ?? 0)).sort((a, b) => a - b),
    cpuPerThousand: times(perLead('cpu'), 1_000),
    databaseCpuPerThousand: times(perLead('databaseCpu'), 1_000),
    otherCpuPerThousand: times(perLead('otherCpu'), 1_000),
    commitsPerLead: commits === null ? null : commits - OWN_COMMITS / size.count,
    walKilobytesPerLead: times(perLead('walBytes'), 1 / 1_024),
    residentMegabytes: await residentMegabytes(side.pid),
    databaseMegabytes: side.product && (await proportionalMegabytesOfTree(side.product.postmasterPid)),
  };
}

interface Usage {
  cpu: number | null;
  databaseCpu: number | null;
  otherCpu: number | null;
  commits: number | null;
  walBytes: number | null;
}

async function readUsage(side: Side, others: number[]): Promise<Usage> {
  const { product } = side;
  const [load, provider] = await Promise.all(others.map(cpuSeconds));
  return {
    cpu: await cpuSeconds(side.pid),
    databaseCpu: product && (await cpuSecondsOfTree(product.postmasterPid)),
    otherCpu: load == null || provider == null ? null : load + provider,
    ...(product ? await readCounters(product.db) : { commits: null, walBytes: null }),
  };
}

function difference(before: number | null, after: number | null, count: number): number | null {
  return before === null || after === null ? null : (after - before) / count;
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
