import type pg from 'pg';
import { patiently } from '../db/patiently.ts';
import { newId } from '../lib/id.ts';
import { statusesBefore, statusOfOutcome } from '../messages/status.ts';
import type {
  IntentWrite,
  OutcomeWrite,
  StepWrite,
  TimelineWrite,
  Transition,
  TransitionResult,
} from './transition.ts';

/**
 * One statement for the transitions of many chains. `owned` locks the chains in the order of their ids and keeps those whose
 * epoch is still the writer's: a move of the lead locks the same rows, so an intent lies clearly before or after it. Outcomes
 * and reachability are written without that condition, since they are facts; a step that was acting when its lead left still
 * gets its end (`late`).
 *
 * What belongs to a chain lies inside its row and is unfolded from there. Joining lists by the chain's id would compare each row of a
 * batch with each other one, since PostgreSQL knows nothing of the lists' sizes.
 */
const WRITE_TRANSITIONS = `
with owned as (
  select x.workspace_id, x.chain_id as id, c.status, x.status as new_status, x.next_step, x.wake_in_ms, x.run_id, x.lead_id,
    x.answered, x.unanswered, x.steps, x.intents, x.timeline
  from (
    select * from json_to_recordset($1::json) as x(
      workspace_id text, chain_id text, run_id text, lead_id text, epoch int, status text, next_step int,
      wake_in_ms float8, answered boolean, unanswered boolean, steps json, intents json, timeline json)
    order by chain_id
  ) x, lateral (
    -- One by one: joined, the chains at work would be looked through for each row while there are few of them.
    select c.status from chains c
    where c.workspace_id = x.workspace_id and c.id = x.chain_id and c.epoch = x.epoch and c.status in ('running', 'cancelled')
    for update
  ) c
), moved as (
  update chains c
  set status = o.new_status, next_step = o.next_step,
      worker_id = case when o.new_status = 'running' then c.worker_id end,
      wake_at = case when o.new_status = 'waiting' then now() + o.wake_in_ms * interval '1 millisecond' end
  from owned o
  where c.workspace_id = o.workspace_id and c.id = o.id and o.status = 'running'
    -- A transition that keeps the chain running on the same robot changes nothing that anybody reads.
    and (c.status <> o.new_status or c.next_step <> o.next_step or o.new_status = 'waiting')
), step_rows as (
  select o.workspace_id, o.id as chain_id, o.run_id, o.status as chain_status, x.*
  from owned o, json_to_recordset(o.steps) as x(
    position int, ref text, kind text, status text, due_at_ms float8, attempts int, wait_reason text, compared jsonb,
    results jsonb, error text, ended boolean)
), written_steps as (
  insert into steps (workspace_id, chain_id, position, run_id, ref, kind, status, due_at, attempts, wait_reason, compared,
    results, error, started_at, finished_at)
  select x.workspace_id, x.chain_id, x.position, x.run_id, x.ref, x.kind, x.status,
    to_timestamp(x.due_at_ms / 1000), x.attempts, x.wait_reason, x.compared, x.results, x.error,
    case when x.status <> 'waiting' or x.attempts > 0 then now() end, case when x.ended then now() end
  from step_rows x
  where x.chain_status = 'running'
  on conflict (workspace_id, chain_id, position) do update
  set status = excluded.status, due_at = excluded.due_at, attempts = excluded.attempts,
      wait_reason = excluded.wait_reason, compared = excluded.compared, results = steps.results || excluded.results, error = excluded.error,
      started_at = coalesce(steps.started_at, excluded.started_at), finished_at = excluded.finished_at
  where steps.status in ('waiting', 'acting')
), late_steps as (
  update steps s
  set status = x.status, wait_reason = null, compared = x.compared, results = s.results || x.results, error = x.error, finished_at = now()
  from step_rows x
  where x.chain_status = 'cancelled' and x.ended
    and s.workspace_id = x.workspace_id and s.chain_id = x.chain_id and s.position = x.position and s.status = 'acting'
), intent_rows as (
  select o.workspace_id, o.id as chain_id, x.*
  from owned o, json_to_recordset(o.intents) as x(
    id text, lead_id text, line_id text, step_position int, recipient int, medium text,
    kind text, phone text, text text, file_id text, file_url text, file_name text, status text, attempt int,
    provider_id text, worker_id text)
  where o.status = 'running'
), written_intents as (
  insert into messages (workspace_id, id, lead_id, line_id, chain_id, step_position, recipient, medium, kind, phone, text,
    file_id, file_url, file_name, status, attempt, provider_id, worker_id, sending_at)
  select x.workspace_id, x.id, x.lead_id, x.line_id, x.chain_id, x.step_position, x.recipient, x.medium, x.kind, x.phone,
    x.text, x.file_id, x.file_url, x.file_name, x.status, x.attempt, x.provider_id, x.worker_id,
    case when x.status = 'sending' then now() end
  from intent_rows x
  on conflict (workspace_id, id) do update
  set status = excluded.status, attempt = excluded.attempt, worker_id = excluded.worker_id,
      provider_id = coalesce(excluded.provider_id, messages.provider_id), sending_at = excluded.sending_at, error = null
  where messages.status = 'queued' and messages.attempt = excluded.attempt - 1
  returning chain_id
), outcome_rows as (
  select * from json_to_recordset($2::json) as x(
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
  select o.workspace_id, x.id, o.lead_id, x.kind, x.data
  from owned o, json_to_recordset(o.timeline) as x(id text, kind text, data jsonb)
  where o.status = 'running'
  on conflict do nothing
), written_reachabilities as (
  insert into reachabilities (workspace_id, phone, medium, verdict, source)
  select distinct on (x.workspace_id, x.phone, x.medium) x.workspace_id, x.phone, x.medium, x.verdict, x.source
  from json_to_recordset($3::json) as x(workspace_id text, phone text, medium text, verdict text, source text)
  order by x.workspace_id, x.phone, x.medium
  on conflict (workspace_id, phone, medium) do update
  set verdict = excluded.verdict, source = excluded.source, learned_at = now()
), run_changes as (
  select o.workspace_id, o.run_id, o.lead_id, count(*) filter (where o.new_status = 'finished') as closed,
    bool_or(o.answered) as answered, bool_or(o.unanswered) as unanswered
  from owned o
  where o.status = 'running' and (o.new_status = 'finished' or o.answered or o.unanswered)
  group by o.workspace_id, o.run_id, o.lead_id
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
    'chain', json_build_object('workspaceId', o.workspace_id, 'chainId', o.id), null,
    now() + o.wake_in_ms * interval '1 millisecond', 25, 'chain:' || o.id, null, null)::graphile_worker.job_spec))
  from owned o
  where o.status = 'running' and o.new_status = 'waiting'
  having count(*) > 0
), intents as (
  select chain_id from written_intents
  union all
  -- Written before: this statement was committed once and its answer got lost. Looked for in repeats only.
  select x.chain_id from intent_rows x join messages m on m.workspace_id = x.workspace_id and m.id = x.id
  where $4::boolean and m.status = 'sending' and m.attempt = x.attempt and m.worker_id = x.worker_id
)
select coalesce((select array_agg(id) from owned where status = 'running'), '{}') as kept,
  coalesce((select array_agg(chain_id) from intents), '{}') as intents,
  (select count(*) from jobs) as jobs`;

/** Writes the transitions of a batch; answers for each whether the chain was still the writer's. */
export async function writeTransitions(
  pool: pg.Pool,
  workerId: string,
  transitions: readonly Transition[],
): Promise<TransitionResult[]> {
  const values = [
    JSON.stringify(transitions.map((one) => chainRow(one, workerId))),
    JSON.stringify(transitions.flatMap(outcomeRows)),
    JSON.stringify(transitions.flatMap(reachabilityRows)),
  ];
  const { rows } = await queryPatiently(pool, values);
  const kept = new Set(rows[0]?.kept);
  const intents = new Set(rows[0]?.intents);
  return transitions.map((one) => {
    if (!kept.has(one.chainId)) return 'lost';
    return one.intents.length > 0 && !intents.has(one.chainId) ? 'lost' : 'kept';
  });
}

/** Ids of chains: those still the writer's, and those whose intents are written. */
interface Written {
  kept: string[];
  intents: string[];
}

/**
 * The statement may be run again: a repeat of one that was committed, its answer lost, changes nothing more, since the epoch, the
 * attempt and the ids of timeline entries are the same.
 */
function queryPatiently(pool: pg.Pool, values: string[]): Promise<pg.QueryResult<Written>> {
  return patiently((isRepeat) =>
    pool.query<Written>({ name: 'write-transitions', text: WRITE_TRANSITIONS, values: [...values, isRepeat] }),
  );
}

function chainRow(one: Transition, workerId: string): object {
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
    steps: rowsOf(one.steps, stepRow),
    intents: rowsOf(one.intents, (intent) => intentRow(intent, workerId)),
    timeline: rowsOf(one.timeline, timelineRow),
  };
}

/** Null for none: there is nothing to unfold then. */
function rowsOf<Write>(writes: readonly Write[], toRow: (write: Write) => object): object[] | null {
  return writes.length === 0 ? null : writes.map(toRow);
}

function stepRow(step: StepWrite): object {
  return {
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
  };
}

function intentRow(intent: IntentWrite, workerId: string): object {
  return {
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
  };
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

function timelineRow(entry: TimelineWrite): object {
  return { id: newId('tl'), kind: entry.kind, data: entry.data };
}

function reachabilityRows(one: Transition): object[] {
  return one.reachabilities.map((entry) => ({ workspace_id: one.workspaceId, ...entry }));
}
