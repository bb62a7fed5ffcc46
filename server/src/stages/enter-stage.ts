import type { Tx } from '../db/pool.ts';
import { type LeadId, newId, type StageId, type WorkspaceId } from '../lib/id.ts';
import { chainsOf } from '../robots/chains.ts';
import type { Robot } from '../robots/robot.ts';

export type EntryCause = 'create' | 'move' | 'robot' | 'import';

/** One lead entering one stage. */
export interface StageEntry {
  workspaceId: WorkspaceId;
  leadId: LeadId;
  stageId: StageId;
  cause: EntryCause;
  /** False: the lead only stands there, no robot acts (an import that was not asked to). */
  startRobots: boolean;
}

const READ_ROBOTS = `
select s.workspace_id, s.id as stage_id, s.robots_version, l.robots
from json_to_recordset($1::json) as x(workspace_id text, stage_id text)
join stages s on s.workspace_id = x.workspace_id and s.id = x.stage_id
left join robot_lists l on l.workspace_id = s.workspace_id and l.stage_id = s.id and l.version = s.robots_version`;

const WRITE_ENTRIES = `
with new_visits as (
  insert into visits (workspace_id, id, lead_id, stage_id, cause)
  select * from json_to_recordset($1::json) as x(workspace_id text, id text, lead_id text, stage_id text, cause text)
), new_runs as (
  insert into runs (workspace_id, id, visit_id, lead_id, stage_id, robots_version, open_chains)
  select * from json_to_recordset($2::json) as x(
    workspace_id text, id text, visit_id text, lead_id text, stage_id text, robots_version int, open_chains int)
), chain_rows as (
  select * from json_to_recordset($3::json) as x(
    workspace_id text, id text, run_id text, visit_id text, lead_id text, position int, delay_seconds float8)
), new_chains as (
  insert into chains (workspace_id, id, run_id, visit_id, lead_id, position, wake_at)
  select workspace_id, id, run_id, visit_id, lead_id, position, now() + delay_seconds * interval '1 second' from chain_rows
)
select graphile_worker.add_jobs(array_agg(row(
  'chain', json_build_object('workspaceId', workspace_id, 'chainId', id), null,
  now() + delay_seconds * interval '1 second', 25, 'chain:' || id, null, null)::graphile_worker.job_spec))
from chain_rows having count(*) > 0`;

/**
 * The one door to a stage: whatever brings a lead there (created, dragged, changed, imported, moved by a robot) comes through here.
 * Opens the visits and, where the stage has robots, the runs pinned to their present version, with a job for each chain: all in the
 * caller's transaction. The unique index on open visits makes a second entry fail unless the lead has left first.
 */
export async function enterStages(tx: Tx, entries: readonly StageEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const robots = await readRobots(tx, entries);
  const visits: object[] = [];
  const runs: object[] = [];
  const chains: object[] = [];
  for (const entry of entries) {
    const { workspaceId: workspace_id, leadId: lead_id, stageId: stage_id } = entry;
    const visit_id = newId('visit');
    visits.push({ workspace_id, id: visit_id, lead_id, stage_id, cause: entry.cause });
    const pinned = robots.get(`${workspace_id} ${stage_id}`);
    if (!entry.startRobots || pinned === undefined || pinned.delays.length === 0) continue;
    const run_id = newId('run');
    runs.push({
      workspace_id,
      id: run_id,
      visit_id,
      lead_id,
      stage_id,
      robots_version: pinned.version,
      open_chains: pinned.delays.length,
    });
    pinned.delays.forEach((delay_seconds, position) => {
      chains.push({ workspace_id, id: newId('chain'), run_id, visit_id, lead_id, position, delay_seconds });
    });
  }
  await tx.query({
    name: 'enter-stages',
    text: WRITE_ENTRIES,
    values: [JSON.stringify(visits), JSON.stringify(runs), JSON.stringify(chains)],
  });
}

interface Pinned {
  version: number;
  /** The first robot's delay of each chain. */
  delays: number[];
}

async function readRobots(tx: Tx, entries: readonly StageEntry[]): Promise<Map<string, Pinned>> {
  const keys = new Map(
    entries.map((entry) => [
      `${entry.workspaceId} ${entry.stageId}`,
      { workspace_id: entry.workspaceId, stage_id: entry.stageId },
    ]),
  );
  const { rows } = await tx.query<{
    workspace_id: string;
    stage_id: string;
    robots_version: number;
    robots: Robot[] | null;
  }>({
    name: 'read-entry-robots',
    text: READ_ROBOTS,
    values: [JSON.stringify([...keys.values()])],
  });
  return new Map(
    rows.map((row) => [
      `${row.workspace_id} ${row.stage_id}`,
      { version: row.robots_version, delays: delaysOf(row.robots ?? []) },
    ]),
  );
}

function delaysOf(robots: readonly Robot[]): number[] {
  return chainsOf(robots).map((chain) => robots[chain[0] as number]?.delaySeconds ?? 0);
}
