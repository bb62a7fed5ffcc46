import { Gauge } from 'prom-client';
import type { Context } from '../context.ts';
import { metrics } from '../metrics.ts';

/** Counts are of the whole installation; each is cut here, so that a scrape costs little whatever has piled up. */
const MOST = 100_000;

const READ_WORK = `
select (select count(*)::int from (select from chains where status in ('ready', 'waiting') and wake_at < now() - interval '30 seconds' limit ${MOST}) x) as overdue,
  (select count(*)::int from (select from chains where status = 'running' limit ${MOST}) x) as running,
  (select count(*)::int from (select from messages where status = 'queued' limit ${MOST}) x) as queued,
  (select count(*)::int from (select from messages where status = 'uncertain' limit ${MOST}) x) as uncertain,
  (select count(*)::int from workers where heartbeat_at > now() - interval '10 seconds') as workers`;

type Work = Record<'overdue' | 'running' | 'queued' | 'uncertain' | 'workers', number>;

const HELP: Record<keyof Work, [name: string, help: string]> = {
  overdue: ['otklik_chains_overdue', 'Chains that nobody came for within 30 seconds'],
  running: ['otklik_chains_running', 'Chains in the hands of a worker'],
  queued: ['otklik_messages_queued', 'Messages that wait for their line'],
  uncertain: ['otklik_messages_uncertain', 'Messages of which nobody knows whether they arrived'],
  workers: ['otklik_workers', 'Workers alive'],
};

const gauges = new Map(
  Object.entries(HELP).map(([key, [name, help]]) => [
    key as keyof Work,
    new Gauge({ name, help, registers: [metrics] }),
  ]),
);

/** Brings the gauges of the work that is to be done up to date; called before they are shown. */
export async function refreshWorkGauges(context: Pick<Context, 'pool'>): Promise<void> {
  const { rows } = await context.pool.query<Work>(READ_WORK);
  for (const [key, gauge] of gauges) gauge.set(rows[0]?.[key] ?? 0);
}
