import type pg from 'pg';
import type { ChainId, WorkspaceId } from '../lib/id.ts';
import { chainsOf } from '../robots/chains.ts';
import type { LeadView, PhoneView, Results } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import type { ClaimedChain, StepMessage, StepRow } from './chain.ts';
import type { RobotListCache } from './robot-list-cache.ts';

export interface ChainKey {
  workspaceId: WorkspaceId;
  chainId: ChainId;
}

/** `busy`: another claim holds it (a job key is no mutex). `gone`: it has ended, or never was. */
export type Claim =
  | { claim: 'claimed'; chain: ClaimedChain }
  | { claim: 'busy'; holder: string | null }
  | { claim: 'gone' };

const CLAIM_CHAINS = `
with picked as (
  select x.workspace_id, x.chain_id as id, c.status, c.worker_id
  from (
    select * from json_to_recordset($1::json) as x(workspace_id text, chain_id text) order by chain_id
  ) x, lateral (
    select c.status, c.worker_id from chains c where c.workspace_id = x.workspace_id and c.id = x.chain_id for update
  ) c
), claimed as (
  update chains c set status = 'running', epoch = c.epoch + 1, worker_id = $2, wake_at = null
  from picked p
  where c.workspace_id = p.workspace_id and c.id = p.id and p.status in ('ready', 'waiting')
  returning c.workspace_id, c.id, c.run_id, c.visit_id, c.lead_id, c.position, c.epoch, c.next_step
)
select p.workspace_id, p.id, p.status as found, p.worker_id as holder, c.run_id, c.visit_id, c.lead_id, c.position, c.epoch, c.next_step,
  r.stage_id, r.robots_version, v.entered_at, s.name as stage, w.language,
  l.title, l.name, l.email, l.source, l.created_at, l.fields,
  extract(epoch from clock_timestamp()) * 1000 as now_ms,
  (select json_agg(json_build_object('value', ph.value, 'type', ph.type) order by ph.position)
   from phones ph where ph.workspace_id = c.workspace_id and ph.lead_id = c.lead_id) as phones,
  (select json_agg(json_build_object('position', st.position, 'status', st.status, 'dueAt', st.due_at, 'attempts', st.attempts,
     'waitReason', st.wait_reason,
     'compared', st.compared, 'results', st.results, 'startedAt', st.started_at, 'finishedAt', st.finished_at) order by st.position)
   from steps st where st.workspace_id = c.workspace_id and st.chain_id = c.id) as steps,
  (select json_agg(json_build_object('id', m.id, 'recipient', m.recipient, 'phone', m.phone, 'status', m.status,
     'attempt', m.attempt, 'reason', m.reason, 'error', m.error, 'sendingAt', m.sending_at) order by m.recipient)
   from messages m where m.workspace_id = c.workspace_id and m.chain_id = c.id and m.step_position = c.next_step) as messages
from picked p
left join claimed c on c.workspace_id = p.workspace_id and c.id = p.id
left join runs r on r.workspace_id = c.workspace_id and r.id = c.run_id
left join visits v on v.workspace_id = c.workspace_id and v.id = c.visit_id
left join leads l on l.workspace_id = c.workspace_id and l.id = c.lead_id
left join stages s on s.workspace_id = l.workspace_id and s.id = r.stage_id
left join workspaces w on w.id = c.workspace_id`;

interface ClaimRow {
  workspace_id: WorkspaceId;
  id: ChainId;
  found: string;
  holder: string | null;
  run_id: ClaimedChain['runId'] | null;
  visit_id: ClaimedChain['visitId'];
  lead_id: ClaimedChain['leadId'];
  position: number;
  epoch: number;
  next_step: number;
  stage_id: ClaimedChain['stageId'];
  robots_version: number;
  entered_at: Date;
  stage: string;
  language: 'ru' | 'en';
  title: string;
  name: string | null;
  email: string | null;
  source: string | null;
  created_at: Date;
  fields: LeadView['fields'];
  now_ms: string;
  phones: PhoneView[] | null;
  steps: JsonStep[] | null;
  messages: JsonMessage[] | null;
}

type JsonStep = Omit<StepRow, 'dueAt' | 'startedAt' | 'finishedAt'> &
  Record<'dueAt' | 'startedAt' | 'finishedAt', string | null>;
type JsonMessage = Omit<StepMessage, 'sendingAt'> & { sendingAt: string | null };

/**
 * Takes the chains for this worker and reads all it takes to carry them on. Each claim bumps the epoch, so whatever an earlier
 * holder still writes is without effect.
 */
export async function claimChains(
  pool: pg.Pool,
  robotLists: RobotListCache,
  workerId: string,
  keys: readonly ChainKey[],
): Promise<Claim[]> {
  const wanted = keys.map((key) => ({ workspace_id: key.workspaceId, chain_id: key.chainId }));
  const { rows } = await pool.query<ClaimRow>({
    name: 'claim-chains',
    text: CLAIM_CHAINS,
    values: [JSON.stringify(wanted), workerId],
  });
  const readAt = Date.now();
  const found = new Map(rows.map((row) => [row.id, row]));
  // Two jobs of one chain may meet in one batch: the first has it.
  const given = new Set<ChainId>();
  return Promise.all(
    keys.map(async (key): Promise<Claim> => {
      const row = found.get(key.chainId);
      if (row === undefined) return { claim: 'gone' };
      if (row.run_id === null)
        return row.found === 'running' ? { claim: 'busy', holder: row.holder } : { claim: 'gone' };
      if (given.has(row.id)) return { claim: 'busy', holder: workerId };
      given.add(row.id);
      const list = await robotLists.read(row.workspace_id, row.stage_id, row.robots_version);
      return { claim: 'claimed', chain: toChain(row, list.robots, list.fieldNames, readAt) };
    }),
  );
}

function toChain(row: ClaimRow, robots: Robot[], fieldNames: Record<string, string>, readAt: number): ClaimedChain {
  const own = (chainsOf(robots)[row.position] ?? []).map((index) => robots[index] as Robot);
  const steps = (row.steps ?? []).map(toStep);
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    runId: row.run_id as ClaimedChain['runId'],
    visitId: row.visit_id,
    leadId: row.lead_id,
    stageId: row.stage_id,
    robotsVersion: row.robots_version,
    position: row.position,
    epoch: row.epoch,
    nextStep: row.next_step,
    enteredAt: row.entered_at,
    robots: own,
    steps,
    messages: (row.messages ?? []).map((message) => ({ ...message, sendingAt: toDate(message.sendingAt) })),
    view: toView(row, own, steps),
    fieldNames,
    clockOffsetMs: Number(row.now_ms) - readAt,
  };
}

function toView(row: ClaimRow, robots: Robot[], steps: StepRow[]): LeadView {
  const results: Record<string, Results> = {};
  for (const step of steps) {
    const ref = robots[step.position]?.ref;
    if (ref !== undefined) results[ref] = step.results;
  }
  return {
    language: row.language,
    lead: {
      id: row.lead_id,
      title: row.title,
      name: row.name,
      email: row.email,
      source: row.source,
      stage: row.stage,
      createdAt: row.created_at,
    },
    phones: row.phones ?? [],
    fields: row.fields,
    results,
  };
}

function toStep(step: JsonStep): StepRow {
  return { ...step, dueAt: toDate(step.dueAt), startedAt: toDate(step.startedAt), finishedAt: toDate(step.finishedAt) };
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
