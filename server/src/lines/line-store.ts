import { randomBytes } from 'node:crypto';
import type { Channel, LineState, Medium } from '../channels/channel.ts';
import type { Db, Tx } from '../db/pool.ts';
import { findRobotUses, lockWorkspace } from '../leads/find-robot-uses.ts';
import { type LineId, newId, type WorkspaceId } from '../lib/id.ts';
import type { SecretBox } from '../lib/secret-box.ts';

/** A line without its secrets: what may be shown. */
export interface Line {
  id: LineId;
  workspaceId: WorkspaceId;
  channel: string;
  medium: Medium;
  name: string;
  config: Record<string, unknown>;
  /** Which secrets are set, by name. */
  secrets: Record<string, true>;
  hookToken: string;
  state: LineState;
  stateDetail: string | null;
  stateAt: Date;
  paused: boolean;
  paceIntervalMs: number;
  /** Messages that have not ended yet. */
  queue: { waiting: number; sending: number; uncertain: number };
  createdAt: Date;
}

/** `config` is what the channel's schema gave, secrets included. */
export interface NewLine {
  channel: Channel;
  medium: Medium;
  name: string;
  config: Record<string, unknown>;
  paceIntervalMs: number;
}

export interface LinePatch {
  name?: string | undefined;
  paused?: boolean | undefined;
  paceIntervalMs?: number | undefined;
  config?: { channel: Channel; values: Record<string, unknown> } | undefined;
}

const LINE = `l.id, l.workspace_id as "workspaceId", l.channel, l.medium, l.name, l.config - '$secrets' as config,
  coalesce((select json_object_agg(s.name, true) from jsonb_array_elements_text(l.config -> '$secrets') as s (name)), '{}') as secrets,
  l.hook_token as "hookToken", l.state, l.state_detail as "stateDetail", l.state_at as "stateAt", l.paused,
  l.pace_interval_ms as "paceIntervalMs", l.created_at as "createdAt",
  (select json_build_object('waiting', count(*) filter (where m.status = 'queued'),
      'sending', count(*) filter (where m.status = 'sending'), 'uncertain', count(*) filter (where m.status = 'uncertain'))
   from messages m where m.workspace_id = l.workspace_id and m.line_id = l.id
     and m.status in ('queued', 'sending', 'uncertain')) as queue`;

/** Adds a line; its secrets are sealed for its id. */
export async function createLine(db: Db, secrets: SecretBox, workspaceId: WorkspaceId, line: NewLine): Promise<Line> {
  const lineId = newId('line');
  const { open, sealed } = splitSecrets(secrets, lineId, line.channel, line.config);
  await db.query(
    `insert into lines (workspace_id, id, channel, medium, name, config, secrets, hook_token, pace_interval_ms)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      workspaceId,
      lineId,
      line.channel.describe.id,
      line.medium,
      line.name,
      JSON.stringify(open),
      sealed,
      randomBytes(32).toString('base64url'),
      line.paceIntervalMs,
    ],
  );
  return (await readLine(db, workspaceId, lineId)) as Line;
}

/** Changes a line. A new config makes its state unknown again; null when there is no such line. */
export async function updateLine(
  db: Db,
  secrets: SecretBox,
  workspaceId: WorkspaceId,
  lineId: LineId,
  patch: LinePatch,
): Promise<Line | null> {
  const split = patch.config && splitSecrets(secrets, lineId, patch.config.channel, patch.config.values);
  await db.query(
    `update lines set name = coalesce($3, name), paused = coalesce($4, paused), pace_interval_ms = coalesce($5, pace_interval_ms),
       config = coalesce($6, config), secrets = case when $6::jsonb is null then secrets else $7 end,
       state = case when $6::jsonb is null then state else 'unknown' end,
       state_detail = case when $6::jsonb is null then state_detail end,
       state_at = case when $6::jsonb is null then state_at else now() end
     where workspace_id = $1 and id = $2 and deleted_at is null`,
    [
      workspaceId,
      lineId,
      patch.name ?? null,
      patch.paused ?? null,
      patch.paceIntervalMs ?? null,
      split ? JSON.stringify(split.open) : null,
      split?.sealed ?? null,
    ],
  );
  return readLine(db, workspaceId, lineId);
}

/** The workspace's lines, oldest first. */
export async function listLines(db: Db, workspaceId: WorkspaceId): Promise<Line[]> {
  const { rows } = await db.query<Line>(
    `select ${LINE} from lines l where l.workspace_id = $1 and l.deleted_at is null order by l.id`,
    [workspaceId],
  );
  return rows;
}

/** One line, or null. */
export async function readLine(db: Db, workspaceId: WorkspaceId, lineId: string): Promise<Line | null> {
  const { rows } = await db.query<Line>(
    `select ${LINE} from lines l where l.workspace_id = $1 and l.id = $2 and l.deleted_at is null`,
    [workspaceId, lineId],
  );
  return rows[0] ?? null;
}

/** The full config with the secrets, to lay changes over it; null when there is no such line. */
export async function readLineConfig(
  db: Db,
  secrets: SecretBox,
  workspaceId: WorkspaceId,
  lineId: string,
): Promise<Record<string, unknown> | null> {
  const { rows } = await db.query<{ config: Record<string, unknown>; secrets: Buffer | null }>(
    `select config - '$secrets' as config, secrets from lines where workspace_id = $1 and id = $2 and deleted_at is null`,
    [workspaceId, lineId],
  );
  const row = rows[0];
  if (!row) return null;
  try {
    return joinSecrets(secrets, lineId, row);
  } catch {
    // Sealed with a key that is lost: whoever changes the line enters its secrets again.
    return joinSecrets(secrets, lineId, { ...row, secrets: null });
  }
}

/**
 * Takes a line out of use. The row stays, since messages and receipts point at it. One that robots of some stage send through
 * stays in use: the names of those stages are the answer.
 */
export async function deleteLine(
  tx: Tx,
  workspaceId: WorkspaceId,
  lineId: string,
): Promise<'deleted' | 'not-found' | { usedBy: string[] }> {
  await lockWorkspace(tx, workspaceId);
  const usedBy = await findRobotUses(tx, workspaceId, lineId);
  if (usedBy.length > 0) return { usedBy };
  const { rowCount } = await tx.query(
    `update lines set deleted_at = now(), paused = true, secrets = null where workspace_id = $1 and id = $2 and deleted_at is null`,
    [workspaceId, lineId],
  );
  return rowCount === 1 ? 'deleted' : 'not-found';
}

/** The whole config of a row as the channel's schema gave it. */
export function joinSecrets(
  secrets: SecretBox,
  lineId: string,
  row: { config: Record<string, unknown>; secrets: Buffer | null },
): Record<string, unknown> {
  const { $secrets: _names, ...open } = row.config;
  return row.secrets
    ? { ...open, ...(JSON.parse(secrets.open(row.secrets, lineId)) as Record<string, unknown>) }
    : open;
}

/** `$secrets` in the open part tells which secrets are set, so that showing a line needs no key. */
function splitSecrets(secrets: SecretBox, lineId: LineId, channel: Channel, config: Record<string, unknown>) {
  const isSecret = ([name, value]: [string, unknown]) =>
    channel.secretNames.includes(name) && value !== null && value !== undefined;
  const hidden = Object.entries(config).filter(isSecret);
  const open = Object.entries(config).filter(([name]) => !channel.secretNames.includes(name));
  return {
    open: { ...Object.fromEntries(open), $secrets: hidden.map(([name]) => name) },
    sealed: hidden.length > 0 ? secrets.seal(JSON.stringify(Object.fromEntries(hidden)), lineId) : null,
  };
}
