import type { Product } from './product.ts';

const CHUNK = 100_000;
const LOAD_LIMIT_MS = 15 * 60_000;

/**
 * Ids of n, time-ordered like ours, so that they lie in the indexes as a million earlier leads would: milliseconds, version, variant,
 * number.
 */
const HEX = `lpad(to_hex(1735689600000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0')`;
const NUMBERS = `(select n, ${HEX} as hex from generate_series($2::int, $3::int) as n) as numbers`;

/** One lead with everything a sleeping timer of it has: phone, claim, visit, run, chain, step, timeline, and a job of the queue. */
const STATEMENTS = [
  `insert into leads (workspace_id, id, title, name, source, stage_id)
   select $1, 'lead_' || hex, 'Иван', 'Иван', 'bench', $4 from ${NUMBERS}`,
  `insert into phones (workspace_id, lead_id, position, value)
   select $1, 'lead_' || hex, 0, '+7925' || lpad(n::text, 7, '0') from ${NUMBERS} where $4 <> ''`,
  `insert into phone_claims (workspace_id, phone, lead_id)
   select $1, '+7925' || lpad(n::text, 7, '0'), 'lead_' || hex from ${NUMBERS} where $4 <> ''`,
  `insert into visits (workspace_id, id, lead_id, stage_id, cause)
   select $1, 'visit_' || hex, 'lead_' || hex, $4, 'create' from ${NUMBERS}`,
  `insert into runs (workspace_id, id, visit_id, lead_id, stage_id, robots_version, open_chains)
   select $1, 'run_' || hex, 'visit_' || hex, 'lead_' || hex, $4, 1, 1 from ${NUMBERS}`,
  `insert into chains (workspace_id, id, run_id, visit_id, lead_id, position, status, epoch, wake_at)
   select $1, 'chain_' || hex, 'run_' || hex, 'visit_' || hex, 'lead_' || hex, 0, 'waiting', 1,
     now() + interval '30 days' + n * interval '1 second' from ${NUMBERS} where $4 <> ''`,
  `insert into steps (workspace_id, chain_id, position, run_id, ref, kind, status, due_at, wait_reason)
   select $1, 'chain_' || hex, 0, 'run_' || hex, 'check', 'whatsapp.check', 'waiting',
     now() + interval '30 days' + n * interval '1 second', 'delay' from ${NUMBERS} where $4 <> ''`,
  `insert into timeline (workspace_id, id, lead_id, kind, data)
   select $1, 'tl_' || hex, 'lead_' || hex, 'lead.created', '{"cause": "create", "source": "bench"}' from ${NUMBERS}
   where $4 <> ''`,
  `insert into graphile_worker._private_jobs (task_id, payload, run_at, key)
   select task.id, json_build_object('workspaceId', $1::text, 'chainId', 'chain_' || hex),
     now() + interval '30 days' + n * interval '1 second', 'chain:chain_' || hex
   from ${NUMBERS}, graphile_worker._private_tasks task where task.identifier = 'chain' and $4 <> ''`,
];

/**
 * Loads that many leads, each with a timer that sleeps for a month and more, straight into the tables, past the foreign keys; then
 * has PostgreSQL look at its tables, as autovacuum would have by then.
 */
export async function preload(product: Product, count: number, tell: (text: string) => void): Promise<void> {
  const until = Date.now() + LOAD_LIMIT_MS;
  const stage = await product.db.query<{ id: string }>(
    'select id from stages where workspace_id = $1 order by position limit 1',
    [product.workspaceId],
  );
  await product.asSuperuser(async (client) => {
    await client.query(`set session_replication_role = replica; set synchronous_commit = off`);
    for (let from = 1; from <= count; from += CHUNK) {
      const to = Math.min(count, from + CHUNK - 1);
      for (const statement of STATEMENTS)
        await client.query(statement, [product.workspaceId, from, to, stage.rows[0]?.id]);
      tell(`${to} of ${count} leads with a sleeping timer loaded`);
      if (Date.now() > until && to < count)
        throw new Error(`Loading took longer than ${LOAD_LIMIT_MS / 60_000} minutes`);
    }
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
}
