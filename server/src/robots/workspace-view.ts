import type { Medium } from '../channels/channel.ts';
import { channels } from '../channels/registry.ts';
import type { Db } from '../db/pool.ts';
import { listFields } from '../leads/fields.ts';
import type { WorkspaceId } from '../lib/id.ts';
import type { LineView, WorkspaceView } from './kind.ts';

/** Which files are looked up: a workspace may have very many, a list of robots names a few. */
export interface FilesWanted {
  ids: string[];
  names: string[];
}

/** Everything that the validation of robots may ask about a workspace. */
export async function readWorkspaceView(
  db: Db,
  workspaceId: WorkspaceId,
  options: { publicUrl: boolean; files: FilesWanted },
): Promise<WorkspaceView> {
  const fields = await listFields(db, workspaceId);
  return {
    lines: await readLines(db, workspaceId),
    stages: await readStages(db, workspaceId),
    fields: new Map(fields.map(({ code, name, type, options: values }) => [code, { name, type, options: values }])),
    files: await readFiles(db, workspaceId, options.files),
    publicUrl: options.publicUrl,
  };
}

/** The files that robots name by id or, in YAML, by name; takes unchecked input. */
export function filesNamedBy(robots: unknown): FilesWanted {
  const settings = Array.isArray(robots)
    ? robots.map((robot: unknown) => (isObject(robot) ? robot['settings'] : null))
    : [];
  const values = (key: string) =>
    settings.flatMap((one) => (isObject(one) && typeof one[key] === 'string' ? [one[key]] : []));
  return { ids: values('fileId'), names: values('file') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

async function readLines(db: Db, workspaceId: WorkspaceId): Promise<Map<string, LineView>> {
  const { rows } = await db.query<{ id: string; name: string; medium: Medium; channel: string }>(
    'select id, name, medium, channel from lines where workspace_id = $1 and deleted_at is null order by id',
    [workspaceId],
  );
  return new Map(
    rows.map(({ id, name, medium, channel }) => {
      const abilities = channels[channel]?.describe.abilities;
      const { check = false, file = false, fileBytes = false } = abilities ?? {};
      return [id, { name, medium, channel, check, file, fileBytes }];
    }),
  );
}

async function readStages(db: Db, workspaceId: WorkspaceId): Promise<Map<string, { name: string }>> {
  const { rows } = await db.query<{ id: string; name: string }>(
    'select id, name from stages where workspace_id = $1 order by position, id',
    [workspaceId],
  );
  return new Map(rows.map(({ id, name }) => [id, { name }]));
}

async function readFiles(
  db: Db,
  workspaceId: WorkspaceId,
  wanted: FilesWanted,
): Promise<Map<string, { name: string }>> {
  if (wanted.ids.length === 0 && wanted.names.length === 0) return new Map();
  // A name is only of use where it is unique, so the files that share one with a wanted id are read as well.
  const { rows } = await db.query<{ id: string; name: string }>(
    `select id, name from files where workspace_id = $1 and status = 'ready'
       and (id = any($2) or name = any($3)
         or name in (select name from files where workspace_id = $1 and id = any($2)))
     order by id limit 1000`,
    [workspaceId, wanted.ids, wanted.names],
  );
  return new Map(rows.map(({ id, name }) => [id, { name }]));
}
