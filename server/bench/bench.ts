import { HELP, type Options, readOptions } from './options.ts';
import { preload } from './preload.ts';
import { type BenchProcess, startProcess } from './process.ts';
import { type Product, startProduct } from './product.ts';
import { type Provider, startProvider } from './provider.ts';
import { type Part, processorRatioOf, ratioOf, tableOf } from './report.ts';
import { type Round, runRound, type Side } from './round.ts';

/**
 * Measures the product against the ceiling, in turns and in the same run, each in processes of their own on this machine: the local
 * provider, the load generator, the product with its PostgreSQL, and the ceiling. The first line of the output is the ratio of leads
 * per second; what goes on meanwhile is told on stderr.
 */

const WARM_UP = 1_000;

const options = readOptions(process.argv.slice(2));
if (options === null) process.stdout.write(`${HELP}\n`);
else await runUntilStopped(options);

/** Ctrl-C and SIGTERM end the processes of the bench and delete its folder, whatever is under way. */
async function runUntilStopped(options: Options): Promise<void> {
  const stack = new AsyncDisposableStack();
  let isStopped = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isStopped = true;
      process.exitCode = 130;
      void stack.disposeAsync();
    });
  }
  try {
    await bench(stack, options);
  } catch (error) {
    // With its processes gone, whatever was under way fails.
    if (!isStopped) throw error;
  } finally {
    await stack.disposeAsync();
  }
}

async function bench(stack: AsyncDisposableStack, options: Options): Promise<void> {
  const provider = await startProvider(stack);
  const load = stack.use(startProcess(new URL('load-main.ts', import.meta.url)));
  const ceiling = stack.use(startProcess(new URL('ceiling-main.ts', import.meta.url), { args: [provider.baseUrl] }));
  const { address } = JSON.parse(await ceiling.nextLine()) as { address: string };
  tell('starting the product');
  const product = await startProduct(stack, provider.baseUrl, options);
  const setting: Setting = {
    options,
    parts: { load, provider, next: { lead: 0 } },
    ceiling: { origin: address, path: '/', apiKey: '', pid: ceiling.pid, product: null },
    product: sideOf(product),
  };
  const empty = await runPart(setting, 'empty database');
  let full: Part | null = null;
  let loadSeconds = 0;
  if (options.sleeping > 0) {
    const begin = Date.now();
    await preload(product, options.sleeping, tell);
    loadSeconds = (Date.now() - begin) / 1_000;
    full = await runPart(setting, `${options.sleeping} sleeping`);
  }
  await checkDatabase(product, setting.parts.next.lead);
  print(options, empty, full, loadSeconds);
}

interface Setting {
  options: Options;
  parts: { load: BenchProcess; provider: Provider; next: { lead: number } };
  ceiling: Side;
  product: Side;
}

function sideOf(product: Product): Side {
  return { origin: product.origin, path: '/api/v1/leads', apiKey: product.apiKey, pid: product.pid, product };
}

async function runPart(setting: Setting, name: string): Promise<Part> {
  const { options, parts, ceiling, product } = setting;
  const part: Part = { ceiling: [], product: [], steadyCeiling: null, steadyProduct: null };
  const run = async (side: Side, size: { count: number; rate: number | null }): Promise<Round> => {
    const round = await runRound(parts, side, size);
    const what = side.product ? 'product' : 'ceiling';
    tell(
      `${name}, ${what}: ${size.count} leads${size.rate ? ` at ${size.rate}/s` : ''}, ${round.leadsPerSecond.toFixed(0)}/s`,
    );
    return round;
  };
  for (const side of [ceiling, product]) await run(side, { count: WARM_UP, rate: null });
  for (let round = 0; round < options.rounds; round += 1) {
    part.ceiling.push(await run(ceiling, { count: options.leads, rate: null }));
    part.product.push(await run(product, { count: options.leads, rate: null }));
  }
  const steady = { count: options.rate * options.seconds, rate: options.rate };
  part.steadyCeiling = await run(ceiling, steady);
  part.steadyProduct = await run(product, steady);
  return part;
}

/** The provider's log was checked lead by lead; the database must tell the same. */
async function checkDatabase(product: Product, posted: number): Promise<void> {
  const { rows } = await product.db.query<{ accepted: number; open: number }>(
    `select (select count(*)::int from messages where status = 'accepted') as accepted,
       (select count(*)::int from chains where status in ('ready', 'running')) as open`,
  );
  const accepted = rows[0]?.accepted ?? 0;
  if (rows[0]?.open !== 0 || accepted % 2 !== 0 || accepted === 0 || accepted > 2 * posted)
    throw new Error(`The database holds ${accepted} accepted messages and ${rows[0]?.open} chains that have not ended`);
}

function print(options: Options, empty: Part, full: Part | null, loadSeconds: number): void {
  const lines = [
    `ratio to ceiling: ${ratioOf(empty).toFixed(2)}`,
    `ratio by processor time: ${processorRatioOf(empty)?.toFixed(2) ?? '-'}`,
    '',
    `${options.leads} leads a round, 64 connections, medians of ${options.rounds}; a lead counts when its file has come to the provider`,
    '',
    tableOf(empty),
  ];
  if (full) {
    const kept = (100 * ratioOf(full)) / ratioOf(empty);
    lines.push(
      '',
      `with ${options.sleeping} leads and ${options.sleeping} sleeping timers (loaded in ${loadSeconds.toFixed(0)} s): ratio to ceiling ${ratioOf(full).toFixed(2)}, ${kept.toFixed(0)} % of the empty database's; by processor time ${processorRatioOf(full)?.toFixed(2) ?? '-'}`,
      '',
      tableOf(full),
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
