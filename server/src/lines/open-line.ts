import type pg from 'pg';
import type { Language } from '../accounts/principal.ts';
import type { Channel, LineState, Medium } from '../channels/channel.ts';
import { channels } from '../channels/registry.ts';
import type { Context } from '../context.ts';
import type { LineId, WorkspaceId } from '../lib/id.ts';
import { joinSecrets } from './line-store.ts';

/** A line ready for calls: its channel, and its config with the secrets. Never leaves the process. */
export interface OpenLine {
  workspaceId: WorkspaceId;
  /** The language of the workspace. */
  language: Language;
  id: LineId;
  name: string;
  medium: Medium;
  state: LineState;
  stateDetail: string | null;
  paused: boolean;
  paceIntervalMs: number;
  channel: Channel;
  config: unknown;
}

type LineContext = Pick<Context, 'pool' | 'secrets' | 'logger'>;

/** How long another process's change of a line may go unseen. */
const KEEP_MS = 3_000;

type Kept = { until: number; lines: Promise<Map<string, OpenLine>> };
const keptByPool = new WeakMap<pg.Pool, Map<string, Kept>>();

/** The line with what calls need; null when it is not there, deleted, or of a channel that this version does not know. */
export async function openLine(
  context: LineContext,
  workspaceId: WorkspaceId,
  lineId: string,
): Promise<OpenLine | null> {
  const known = (await linesOf(context, workspaceId)).get(lineId);
  if (known) return known;
  forgetLines(context, workspaceId);
  return (await linesOf(context, workspaceId)).get(lineId) ?? null;
}

/** The line to check numbers on when a robot names none: one that works before one that does not. */
export async function findCheckLine(context: LineContext, workspaceId: WorkspaceId): Promise<OpenLine | null> {
  const lines = [...(await linesOf(context, workspaceId)).values()];
  const able = lines.filter(
    (line) => line.medium === 'whatsapp' && line.channel.describe.abilities.check && !line.paused,
  );
  return (
    able.find((line) => line.state === 'working') ?? able.find((line) => line.state === 'unknown') ?? able[0] ?? null
  );
}

/** The line of a webhook address; null when the address is not one of ours. */
export async function openLineByHook(context: LineContext, hookToken: string): Promise<OpenLine | null> {
  const { rows } = await context.pool.query<{ workspaceId: WorkspaceId; id: string }>(
    'select workspace_id as "workspaceId", id from lines where hook_token = $1 and deleted_at is null',
    [hookToken],
  );
  return rows[0] ? openLine(context, rows[0].workspaceId, rows[0].id) : null;
}

/** Makes this process read the workspace's lines anew; called after every change of one. */
export function forgetLines(context: Pick<Context, 'pool'>, workspaceId: WorkspaceId): void {
  keptByPool.get(context.pool)?.delete(workspaceId);
}

function linesOf(context: LineContext, workspaceId: WorkspaceId): Promise<Map<string, OpenLine>> {
  const kept = keptByPool.get(context.pool) ?? new Map<string, Kept>();
  keptByPool.set(context.pool, kept);
  const now = performance.now();
  const known = kept.get(workspaceId);
  if (known && known.until > now) return known.lines;
  for (const [key, other] of kept) if (other.until <= now) kept.delete(key);
  const lines = loadLines(context, workspaceId);
  kept.set(workspaceId, { until: now + KEEP_MS, lines });
  // A failed reading is not kept.
  lines.catch(() => kept.delete(workspaceId));
  return lines;
}

interface LineRow extends Omit<OpenLine, 'channel' | 'config'> {
  channel: string;
  config: Record<string, unknown>;
  secrets: Buffer | null;
}

async function loadLines(context: LineContext, workspaceId: WorkspaceId): Promise<Map<string, OpenLine>> {
  const { rows } = await context.pool.query<LineRow>(
    `select l.workspace_id as "workspaceId", w.language, l.id, l.name, l.medium, l.state, l.state_detail as "stateDetail",
       l.paused, l.pace_interval_ms as "paceIntervalMs", l.channel, l.config, l.secrets
     from lines l join workspaces w on w.id = l.workspace_id
     where l.workspace_id = $1 and l.deleted_at is null order by l.id`,
    [workspaceId],
  );
  return new Map(rows.flatMap((row) => openRow(context, row)).map((line) => [line.id, line]));
}

function openRow(context: LineContext, row: LineRow): OpenLine[] {
  const { secrets: _sealed, ...rest } = row;
  const channel = Object.hasOwn(channels, row.channel) ? channels[row.channel] : undefined;
  const config = channel?.config.safeParse(openConfig(context, row));
  if (!channel || !config?.success) {
    context.logger.error(
      { lineId: row.id, channel: row.channel },
      'The config of a line cannot be read: enter it again',
    );
    return [];
  }
  return [{ ...rest, channel, config: config.data }];
}

/** Secrets sealed with another key do not open: the line is then as good as one without them. */
function openConfig(context: LineContext, row: LineRow): unknown {
  try {
    return joinSecrets(context.secrets, row.id, row);
  } catch {
    return null;
  }
}
