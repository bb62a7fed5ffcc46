import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { isConnectionLoss, isRetryable } from '../db/transaction.ts';
import { backoffMs } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { statusesBefore, statusOfOutcome } from '../messages/status.ts';
import type { OutcomeWrite, Transition, TransitionResult } from './transition.ts';

/**
 * One statement for the transitions of many chains. `owned` locks the chains in the order of their ids and keeps those whose
 * epoch is still the writer's: a move of the lead locks the same rows, so an intent lies clearly before or after it. Outcomes
 * and reachability are written without that condition, since they are facts; a step that was acting when its lead left still
 * gets its end (`late`).
 */
const WRITE_TRANSITIONS = `
with chain_rows as (
  select * from json_to_recordset($1::json) as x(
    workspace_id text, chain_id text, run_id text, lead_id text, epoch int, status text, next_step int,
    wake_in_ms float8, answered boolean, unanswered boolean)
), owned as (
  select c.workspace_id, c.id, c.status, x.status as new_status
  from chains c join chain_rows x on c.workspace_id = x.workspace_id and c.id = x.chain_id
  where c.epoch = x.epoch and c.status in ('running', 'cancelled')
  order by c.id
  for update of c
), moved as (
  update chains c
  set status = x.status, next_step = x.next_step,
      worker_id = case when x.status = 'running' then c.worker_id end,
      wake_at = case when x.status = 'waiting' then now() + x.wake_in_ms * interval '1 millisecond' end
  from owned o join chain_rows x on x.workspace_id = o.workspace_id and x.chain_id = o.id
  where c.workspace_id = o.workspace_id and c.id = o.id and o.status = 'running'
    -- A transition that keeps the chain running on the same robot changes nothing that anybody reads.
    and (c.status <> x.status or c.next_step <> x.next_step or x.status = 'waiting')
), step_rows as (
  select * from json_to_recordset($2::json) as x(
    workspace_id text, chain_id text, position int, run_id text, ref text, kind text, status text, due_at_ms float8,
    attempts int, wait_reason text, compared jsonb, results jsonb, error text, ended boolean, acting boolean)
), written_steps as (
  insert into steps (workspace_id, chain_id, position, run_id, ref, kind, status, due_at, attempts, wait_reason, compared,
    results, error, started_at, finished_at)
  select x.workspace_id, x.chain_id, x.position, x.run_id, x.ref, x.kind, x.status,
    to_timestamp(x.due_at_ms / 1000), x.attempts, x.wait_reason, x.compared, x.results, x.error,
    case when x.status <> 'waiting' or x.attempts > 0 then now() end, case when x.ended then now() end
  from step_rows x join owned o on o.workspace_id = x.workspace_id and o.id = x.chain_id
  where o.status = 'running'
  on conflict (workspace_id, chain_id, position) do update
  set status = excluded.status, due_at = excluded.due_at, attempts = excluded.attempts,
      wait_reason = excluded.wait_reason, compared = excluded.compared, results = steps.results || excluded.results, error = excluded.error,
      started_at = coalesce(steps.started_at, excluded.started_at), finished_at = excluded.finished_at
  where steps.status in ('waiting', 'acting')
), late_steps as (
  update steps s
  set status = x.status, wait_reason = null, compared = x.compared, results = s.results || x.results, error = x.error, finished_at = now()
  from step_rows x join owned o on o.workspace_id = x.workspace_id and o.id = x.chain_id
  where o.status = 'cancelled' and x.ended
    and s.workspace_id = x.workspace_id and s.chain_id = x.chain_id and s.position = x.position and s.status = 'acting'
), intent_rows as (
  select * from json_to_recordset($3::json) as x(
    workspace_id text, id text, chain_id text, lead_id text, line_id text, step_position int, recipient int, medium text,
    kind text, phone text, text text, file_id text, file_url text, file_name text, status text, attempt int,
    provider_id text, worker_id text)
), written_intents as (
  insert into messages (workspace_id, id, lead_id, line_id, chain_id, step_position, recipient, medium, kind, phone, text,
    file_id, file_url, file_name, status, attempt, provider_id, worker_id, sending_at)
  select x.workspace_id, x.id, x.lead_id, x.line_id, x.chain_id, x.step_position, x.recipient, x.medium, x.kind, x.phone,
    x.text, x.file_id, x.file_url, x.file_name, x.status, x.attempt, x.provider_id, x.worker_id,
    case when x.status = 'sending' then now() end
  from intent_rows x join owned o on o.workspace_id = x.workspace_id and o.id = x.chain_id
  where o.status = 'running'
  on conflict (workspace_id, id) do update
  set status = excluded.status, attempt = excluded.attempt, worker_id = excluded.worker_id,
      provider_id = coalesce(excluded.provider_id, messages.provider_id), sending_at = excluded.sending_at, error = null
  where messages.status = 'queued' and messages.attempt = excluded.attempt - 1
  returning workspace_id, chain_id
), outcome_rows as (
  select * from json_to_recordset($4::json) as x(
    workspace_id text, message_id text, attempt int, status text, provider_id text, reason text, error text,
    look_up_in_ms float8, parts text[], before text[])
), written_outcomes as (
  update messages m
  set status = x.status, provider_id = coalesce(x.provider_id, m.provider_id), reason = x.reason, error = x.error,
      worker_id = null,
      accepted_at = case when x.status = 'accepted' then now() else m.accepted_at end,
      finished_at = case when x.status = 'refused' then now() end,
      look_up_at = now() + x.look_up_in_ms * interval '1 millisecond'
  from outcome_rows x
  where m.workspace_id = x.workspace_id and m.id = x.message_id and m.attempt = x.attempt and m.status = any (x.before)
  returning m.workspace_id, m.line_id, m.id, x.parts
), written_parts as (
  insert into message_parts (workspace_id, line_id, provider_id, message_id, part)
  select m.workspace_id, m.line_id, p.provider_id, m.id, p.part
  from written_outcomes m, unnest(m.parts) with ordinality as p(provider_id, part)
  on conflict do nothing
), written_timeline as (
  insert into timeline (workspace_id, id, lead_id, kind, data)
  select x.workspace_id, x.id, x.lead_id, x.kind, x.data
  from json_to_recordset($5::json) as x(workspace_id text, id text, chain_id text, lead_id text, kind text, data jsonb)
  join owned o on o.workspace_id = x.workspace_id and o.id = x.chain_id
  where o.status = 'running'
  on conflict do nothing
), written_reachabilities as (
  insert into reachabilities (workspace_id, phone, medium, verdict, source)
  select distinct on (x.workspace_id, x.phone, x.medium) x.workspace_id, x.phone, x.medium, x.verdict, x.source
  from json_to_recordset($6::json) as x(workspace_id text, phone text, medium text, verdict text, source text)
  order by x.workspace_id, x.phone, x.medium
  on conflict (workspace_id, phone, medium) do update
  set verdict = excluded.verdict, source = excluded.source, learned_at = now()
), run_changes as (
  select x.workspace_id, x.run_id, x.lead_id, count(*) filter (where x.status = 'finished') as closed,
    bool_or(x.answered) as answered, bool_or(x.unanswered) as unanswered
  from chain_rows x join owned o on o.workspace_id = x.workspace_id and o.id = x.chain_id
  where o.status = 'running' and (x.status = 'finished' or x.answered or x.unanswered)
  group by x.workspace_id, x.run_id, x.lead_id
), written_runs as (
  update runs r
  set open_chains = r.open_chains - c.closed, answered = r.answered or c.answered, unanswered = r.unanswered or c.unanswered,
      status = case when r.open_chains = c.closed then 'finished' else r.status end,
      finished_at = case when r.open_chains = c.closed then now() end
  from run_changes c
  where r.workspace_id = c.workspace_id and r.id = c.run_id and r.status = 'active'
  returning r.workspace_id, r.lead_id, r.status, r.answered, r.unanswered
), written_leads as (
  update leads l set unanswered_at = case when r.answered then null else now() end
  from written_runs r
  where l.workspace_id = r.workspace_id and l.id = r.lead_id
    and ((r.answered and l.unanswered_at is not null)
      or (r.status = 'finished' and r.unanswered and not r.answered and l.unanswered_at is null))
), jobs as (
  select graphile_worker.add_jobs(array_agg(row(
    'chain', json_build_object('workspaceId', x.workspace_id, 'chainId', x.chain_id), null,
    now() + x.wake_in_ms * interval '1 millisecond', 25, 'chain:' || x.chain_id, null, null)::graphile_worker.job_spec))
  from chain_rows x join owned o on o.workspace_id = x.workspace_id and o.id = x.chain_id
  where o.status = 'running' and x.status = 'waiting'
  having count(*) > 0
)
select o.id, o.status, (select count(*) from jobs) as jobs,
  exists (select from written_intents w where w.workspace_id = o.workspace_id and w.chain_id = o.id)
    -- Or written before: this statement was committed once and its answer got lost.
    or exists (select from intent_rows x join messages m on m.workspace_id = x.workspace_id and m.id = x.id
      where x.workspace_id = o.workspace_id and x.chain_id = o.id and m.status = 'sending' and m.attempt = x.attempt
        and m.worker_id = x.worker_id) as intent
from owned o`;

/** Writes the transitions of a batch; answers for each whether the chain was still the writer's. */
export async function writeTransitions(
  pool: pg.Pool,
  workerId: string,
  transitions: readonly Transition[],
): Promise<TransitionResult[]> {
  const values = [
    JSON.stringify(transitions.map(chainRow)),
    JSON.stringify(transitions.flatMap(stepRows)),
    JSON.stringify(transitions.flatMap((one) => intentRows(one, workerId))),
    JSON.stringify(transitions.flatMap(outcomeRows)),
    JSON.stringify(transitions.flatMap(timelineRows)),
    JSON.stringify(transitions.flatMap(reachabilityRows)),
  ];
  const { rows } = await queryPatiently(pool, values);
  const written = new Map(rows.map((row) => [row.id, row]));
  return transitions.map((one) => {
    const row = written.get(one.chainId);
    if (row?.status !== 'running') return 'lost';
    return one.intents.length > 0 && !row.intent ? 'lost' : 'kept';
  });
}

interface WrittenRow {
  id: string;
  status: string;
  intent: boolean;
}

/** How long outcomes are kept in hand while the database cannot be reached: what came of a send must not be forgotten. */
const KEEP_TRYING_MS = 60_000;

/**
 * The statement may be run again: a repeat of one that was committed, its answer lost, changes nothing more, since the epoch, the
 * attempt and the ids of timeline entries are the same.
 */
async function queryPatiently(pool: pg.Pool, values: string[]): Promise<pg.QueryResult<WrittenRow>> {
  const until = performance.now() + KEEP_TRYING_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pool.query<WrittenRow>({ name: 'write-transitions', text: WRITE_TRANSITIONS, values });
    } catch (error) {
      const again = isRetryable(error) || (isConnectionLoss(error) && performance.now() < until);
      if (!again) throw error;
      await setTimeout(backoffMs(attempt, { baseMs: 50, maxMs: 2_000 }));
    }
  }
}

function chainRow(one: Transition): object {
  return {
    workspace_id: one.workspaceId,
    chain_id: one.chainId,
    run_id: one.runId,
    lead_id: one.leadId,
    epoch: one.epoch,
    status: one.status,
    next_step: one.nextStep,
    wake_in_ms: one.wakeInMs,
    answered: one.answers.includes('answered'),
    unanswered: one.answers.includes('silent'),
  };
}

function stepRows(one: Transition): object[] {
  return one.steps.map((step) => ({
    workspace_id: one.workspaceId,
    chain_id: one.chainId,
    run_id: one.runId,
    position: step.position,
    ref: step.ref,
    kind: step.kind,
    status: step.status,
    due_at_ms: step.dueAtMs,
    attempts: step.attempts,
    wait_reason: step.waitReason,
    compared: step.compared,
    results: step.results,
    error: step.error,
    ended: step.status !== 'waiting' && step.status !== 'acting',
  }));
}

function intentRows(one: Transition, workerId: string): object[] {
  return one.intents.map((intent) => ({
    workspace_id: one.workspaceId,
    chain_id: one.chainId,
    id: intent.id,
    lead_id: intent.leadId,
    line_id: intent.lineId,
    step_position: intent.stepPosition,
    recipient: intent.recipient,
    medium: intent.medium,
    kind: intent.kind,
    phone: intent.phone,
    text: intent.text,
    file_id: intent.fileId,
    file_url: intent.fileUrl,
    file_name: intent.fileName,
    status: intent.status,
    attempt: intent.attempt,
    provider_id: intent.providerId,
    worker_id: intent.status === 'sending' ? workerId : null,
  }));
}

function outcomeRows(one: Transition): object[] {
  return one.outcomes.map((write) => outcomeRow(one.workspaceId, write));
}

/** The row of one outcome, as the statements that write outcomes take it. */
export function outcomeRow(workspaceId: string, write: OutcomeWrite): object {
  const { outcome } = write;
  const status = statusOfOutcome(outcome.outcome);
  return {
    workspace_id: workspaceId,
    message_id: write.messageId,
    attempt: write.attempt,
    status,
    provider_id: outcome.outcome === 'accepted' ? outcome.providerId : null,
    reason: outcome.outcome === 'refused' ? outcome.reason : null,
    error: outcome.outcome === 'accepted' ? null : outcome.error,
    look_up_in_ms: outcome.outcome === 'uncertain' ? write.lookUpInMs : null,
    parts:
      (outcome.outcome === 'accepted' || outcome.outcome === 'uncertain') && (outcome.parts?.length ?? 0) > 1
        ? outcome.parts
        : null,
    before: statusesBefore(status),
  };
}

function timelineRows(one: Transition): object[] {
  return one.timeline.map((entry) => ({
    workspace_id: one.workspaceId,
    chain_id: one.chainId,
    id: newId('tl'),
    lead_id: one.leadId,
    kind: entry.kind,
    data: entry.data,
  }));
}

function reachabilityRows(one: Transition): object[] {
  return one.reachabilities.map((entry) => ({ workspace_id: one.workspaceId, ...entry }));
}
