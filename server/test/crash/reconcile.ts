import type pg from 'pg';
import type { PostedLead } from './post-leads.ts';
import type { Providers, Received } from './providers.ts';

/** A message as the product's books have it. */
export interface BookedMessage {
  id: string;
  phone: string;
  kind: Received['kind'];
  status: string;
  attempt: number;
}

/** What the books and the providers' logs came to. Every list of `problems` must be empty. */
export interface Reconciliation {
  leads: number;
  messages: number;
  received: number;
  uncertain: BookedMessage[];
  uncertainButReceived: number;
  byStatus: Record<string, number>;
  problems: {
    missingLeads: string[];
    doubledLeads: string[];
    unendedLeads: string[];
    receivedTwice: string[];
    receivedWithoutMessage: string[];
    acceptedNotReceived: string[];
    endedYetReceived: string[];
    unsettled: string[];
  };
}

const TAKEN = new Set(['accepted', 'delivered', 'read']);
const NOT_SENT = new Set(['refused', 'failed', 'cancelled']);

/** Holds the product's books against what the providers got, message by message. */
export async function reconcile(
  pool: pg.Pool,
  providers: Providers,
  posted: readonly PostedLead[],
): Promise<Reconciliation> {
  const received = await providers.received();
  const booked = await readBooked(pool);
  const times = countBy(received, (one) => `${one.phone} ${one.kind}`);
  const rows = countBy(booked, (one) => `${one.phone} ${one.kind}`);
  const timesOf = (one: BookedMessage) => times.get(`${one.phone} ${one.kind}`) ?? 0;
  const wrong = (statuses: Set<string>, expected: number) =>
    booked
      .filter((one) => statuses.has(one.status) && timesOf(one) !== expected)
      .map(
        (one) => `${one.id} ${one.phone} ${one.kind} ${one.status} attempt ${one.attempt}, received ${timesOf(one)}`,
      );
  const uncertain = booked.filter((one) => one.status === 'uncertain');
  return {
    leads: posted.length,
    messages: booked.length,
    received: received.length,
    uncertain,
    uncertainButReceived: uncertain.filter((one) => timesOf(one) > 0).length,
    byStatus: Object.fromEntries(countBy(booked, (one) => `${one.kind} ${one.status}`)),
    problems: {
      ...(await findLeadProblems(pool, posted)),
      receivedTwice: [...times].filter(([, count]) => count > 1).map(([what]) => what),
      receivedWithoutMessage: [...times.keys()].filter((what) => !rows.has(what)),
      acceptedNotReceived: wrong(TAKEN, 1),
      endedYetReceived: wrong(NOT_SENT, 0),
      unsettled: booked
        .filter((one) => one.status === 'queued' || one.status === 'sending')
        .map((one) => `${one.id} ${one.phone} ${one.kind} ${one.status}`),
    },
  };
}

async function readBooked(pool: pg.Pool): Promise<BookedMessage[]> {
  const { rows } = await pool.query<BookedMessage>(
    `select id, phone, case when medium = 'sms' then 'sms' else kind end as kind, status, attempt from messages order by id`,
  );
  return rows;
}

async function findLeadProblems(
  pool: pg.Pool,
  posted: readonly PostedLead[],
): Promise<Pick<Reconciliation['problems'], 'missingLeads' | 'doubledLeads' | 'unendedLeads'>> {
  const { rows } = await pool.query<{ id: string; phone: string; status: string | null; open: number; steps: number }>(
    `select l.id, p.value as phone, r.status,
       (select count(*)::int from chains c where c.workspace_id = r.workspace_id and c.run_id = r.id and c.status <> 'finished') as open,
       (select count(*)::int from steps s where s.workspace_id = r.workspace_id and s.run_id = r.id
          and s.status in ('done', 'skipped', 'failed')) as steps
     from leads l join phones p on p.workspace_id = l.workspace_id and p.lead_id = l.id
     left join runs r on r.workspace_id = l.workspace_id and r.lead_id = l.id`,
  );
  const ids = new Map(rows.map((row) => [row.id, row]));
  const SCENARIO_STEPS = 4;
  return {
    missingLeads: posted.filter((lead) => ids.get(lead.id)?.phone !== lead.phone).map((lead) => lead.phone),
    doubledLeads: [...countBy(rows, (row) => row.phone)].filter(([, count]) => count > 1).map(([phone]) => phone),
    unendedLeads: rows
      .filter((row) => row.status !== 'finished' || row.open > 0 || row.steps !== SCENARIO_STEPS)
      .map((row) => `${row.id} ${row.phone}: run ${row.status}, ${row.open} open chains, ${row.steps} ended steps`),
  };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** Waits until every chain has ended and nothing more is expected of any message but what only a person can say. */
export async function waitUntilIdle(pool: pg.Pool, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const open = await countOpen(pool);
    if (open === 0) return;
    if (Date.now() > until)
      throw new Error(`Not idle after ${timeoutMs} ms: ${open} chains or messages, ${await tell(pool)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits until each SMS that the provider accepted is known as delivered: it repeats its receipts until they are answered. */
export async function waitForReceipts(pool: pg.Pool, timeoutMs = 30_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const { rows } = await pool.query<{ id: string; provider_id: string; receipts: unknown }>(
      `select id, provider_id, (select json_agg(r) from receipts r where r.provider_id = m.provider_id) as receipts
       from messages m where medium = 'sms' and status = 'accepted'`,
    );
    if (rows.length === 0) return;
    if (Date.now() > until) throw new Error(`${rows.length} receipts are missing: ${JSON.stringify(rows.slice(0, 5))}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function countOpen(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ open: number }>(
    `select (select count(*)::int from chains where status in ('ready', 'running', 'waiting'))
       + (select count(*)::int from messages where status in ('queued', 'sending')
            or (status = 'uncertain' and medium = 'whatsapp' and kind = 'text')) as open`,
  );
  return rows[0]?.open ?? 0;
}

async function tell(pool: pg.Pool): Promise<string> {
  const chains = await pool.query(
    `select c.id, c.status, c.epoch, c.next_step, c.worker_id, c.wake_at, s.status as step, s.wait_reason, m.status as message, m.medium,
       m.attempt, m.worker_id as sender, j.run_at, j.locked_by, j.attempts,
       (select count(*) from graphile_worker._private_jobs) as jobs
     from chains c left join steps s on s.chain_id = c.id and s.position = c.next_step
     left join messages m on m.chain_id = c.id and m.step_position = c.next_step
     left join graphile_worker._private_jobs j on j.key = 'chain:' || c.id
     where c.status in ('ready', 'running', 'waiting') limit 10`,
  );
  const workers = await pool.query('select * from workers');
  const lines = await pool.query('select id, channel, state, state_detail, owner_worker_id from lines');
  return JSON.stringify({ chains: chains.rows, workers: workers.rows, lines: lines.rows }, null, 1);
}
