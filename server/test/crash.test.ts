import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFailed } from 'vitest';
import type { PausePoint } from '../src/lib/pause-point.ts';
import { furnish } from './crash/furnish.ts';
import { createLeadPoster, type LeadPoster } from './crash/post-leads.ts';
import { type CrashableProduct, createCrashableProduct } from './crash/product.ts';
import { type Providers, startProviders } from './crash/providers.ts';
import { createRandom } from './crash/random.ts';
import { type Reconciliation, reconcile, waitForReceipts, waitUntilIdle } from './crash/reconcile.ts';

/** CRASH_SEED repeats a run, CRASH_KILLS and CRASH_LEADS make it longer. */
const SEED = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 1e9));
const KILLS = Number(process.env['CRASH_KILLS'] ?? 20);
const LEADS = Number(process.env['CRASH_LEADS'] ?? 500);

const POINTS: readonly PausePoint[] = ['before-intent', 'after-intent', 'after-answer', 'after-outcome'];
/** Kills while a request has left and was not answered: arrived or not, over WAHA and over SMPP. */
const REQUEST_LEFT = ['waha-text', 'waha-text-lost', 'waha-file', 'smpp'] as const;
const RESTART_LEADS = 60;
const MINUTE = 60_000;

describe('the product with its own PostgreSQL', () => {
  it('killed at random and at named moments it loses no lead and sends nothing twice', {
    timeout: 6 * MINUTE,
  }, async () => {
    await using providers = await startProviders();
    await using product = await createCrashableProduct();
    const { key } = await furnish(product.pool, product.address ?? '', providers);
    const poster = createLeadPoster({ key, address: () => product.address });
    onTestFailed(() => tellLog(product));
    try {
      const moments = POINTS.length + REQUEST_LEFT.length;
      const perKill = Math.floor(LEADS / (KILLS + moments + 1));
      await killAtRandom(product, poster, perKill);
      for (const point of POINTS) {
        poster.release(perKill);
        await dieAt(product, point);
      }
      for (const moment of REQUEST_LEFT) {
        poster.release(perKill);
        await killWhenRequestLeft(product, providers, moment);
      }
      await product.start();
      poster.release(LEADS - perKill * (KILLS + moments));
      await poster.done();
      await waitUntilIdle(product.pool, 3 * MINUTE);
      await waitForReceipts(product.pool);
      const result = await reconcile(product.pool, providers, poster.posted);
      tell(`killed (seed ${SEED})`, product, poster, result);
      expectSound(result, product);
      expect(await providers.unexpected()).toEqual([]);
      expect(poster.posted).toHaveLength(LEADS);
    } finally {
      poster.stop();
    }
  });

  it('goes on by itself when PostgreSQL is restarted under load, and keeps every outcome', {
    timeout: 5 * MINUTE,
  }, async () => {
    await using providers = await startProviders();
    await using product = await createCrashableProduct();
    const { key } = await furnish(product.pool, product.address ?? '', providers);
    const poster = createLeadPoster({ key, address: () => product.address });
    onTestFailed(() => tellLog(product));
    try {
      const { pid } = product.child;
      for (const how of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
        poster.release(RESTART_LEADS);
        await product.untilSending(10_000);
        await setTimeout(300);
        await product.endPostgres(how);
        note(`${how} to PostgreSQL`);
      }
      await poster.done();
      await waitUntilIdle(product.pool, 2 * MINUTE);
      await waitForReceipts(product.pool);
      const result = await reconcile(product.pool, providers, poster.posted);
      tell('PostgreSQL restarted: fast, immediate, killed', product, poster, result);
      expect(product.child.isAlive() && product.child.pid === pid).toBe(true);
      expectSound(result, product);
      expect(await providers.unexpected()).toEqual([]);
    } finally {
      poster.stop();
    }
  });
});

/** Kills at moments drawn from the seed: mostly soon after messages begin to leave, now and then while the process starts. */
async function killAtRandom(product: CrashableProduct, poster: LeadPoster, perKill: number): Promise<void> {
  const random = createRandom(SEED);
  for (let kill = 0; kill < KILLS; kill += 1) {
    poster.release(perKill);
    const started = kill === 0 ? Promise.resolve() : product.start();
    if (random() < 0.2) {
      started.catch(() => undefined);
      await setTimeout(random() * 2_000);
    } else {
      await started;
      await product.untilSending(5_000);
      await setTimeout(random() * 300);
    }
    note(`kill ${kill}: ${await product.die('kill')} under way`);
  }
}

async function dieAt(product: CrashableProduct, point: PausePoint): Promise<void> {
  await product.start(point, 5);
  note(`${point}: ${await product.die('by-itself')} under way`);
}

/** The provider holds a request and does not answer; the test sees that it has it, and kills. */
async function killWhenRequestLeft(
  product: CrashableProduct,
  providers: Providers,
  moment: (typeof REQUEST_LEFT)[number],
): Promise<void> {
  await product.start();
  if (moment === 'smpp') {
    const before = (await providers.received()).length;
    await providers.controlSmsc({ faults: [{ kind: 'hang', recorded: true, times: 1 }] });
    await until(async () => (await providers.received()).length > before);
    await setTimeout(200);
  } else {
    const route = moment === 'waha-file' ? 'send-file' : 'send-text';
    const before = await providers.wahaRequests(route);
    const kind = moment === 'waha-text-lost' ? 'hang-before' : 'hang-after';
    await providers.controlWaha({ faults: [{ route, kind, times: 1 }] });
    await until(async () => (await providers.wahaRequests(route)) > before);
    await setTimeout(200);
  }
  const underWay = await product.die('kill');
  note(`${moment}: ${underWay} under way`);
  expect(underWay).toBeGreaterThan(0);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('What the test waited for did not come in 30 s');
    await setTimeout(10);
  }
}

function expectSound(result: Reconciliation, product: CrashableProduct): void {
  expect(result.problems).toEqual({
    missingLeads: [],
    doubledLeads: [],
    unendedLeads: [],
    receivedTwice: [],
    receivedWithoutMessage: [],
    acceptedNotReceived: [],
    endedYetReceived: [],
    unsettled: [],
  });
  expect(result.uncertain.filter((one) => one.kind === 'text')).toEqual([]);
  expect(result.uncertain.filter((one) => !product.inFlight.has(one.id))).toEqual([]);
}

function tell(title: string, product: CrashableProduct, poster: LeadPoster, result: Reconciliation): void {
  const repeated = poster.posted.filter((lead) => lead.tries > 1).length;
  const rows: [string, unknown][] = [
    ['kills', product.kills],
    ['leads', result.leads],
    ['leads posted more than once', repeated],
    ['messages', result.messages],
    ['received by the providers', result.received],
    ['under way at the kills', product.inFlight.size],
    ['uncertain at the end', `${result.uncertain.length} (${result.uncertainButReceived} of them received)`],
    ['uncertain texts over WAHA', result.uncertain.filter((one) => one.kind === 'text').length],
    ['received twice', result.problems.receivedTwice.length],
    ['by status', JSON.stringify(result.byStatus)],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(30)} ${value}`);
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}

function note(what: string): void {
  if (process.env['CRASH_LOG']) process.stdout.write(`${what}\n`);
}

/** What the process said last, for whoever has to find out. */
function tellLog(product: CrashableProduct): void {
  const lines = product.child.lines.slice(-50).map((line) => line.slice(0, 500));
  process.stdout.write(`\nThe product's last words (seed ${SEED}):\n${lines.join('\n')}\n`);
}
