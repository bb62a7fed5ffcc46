import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { newWorkspaceId, randomText } from './auth-names.ts';
import type { Language } from './principal.ts';

export interface Workspace {
  id: WorkspaceId;
  name: string;
  /** Two letters; how numbers without a country code are read. */
  country: string;
  language: Language;
  /** The same phone posted again within this time updates the lead instead of greeting it twice. */
  duplicateWindowSeconds: number;
  createdAt: Date;
}

export type WorkspaceSettings = Pick<Workspace, 'name' | 'country' | 'language' | 'duplicateWindowSeconds'>;

const COLUMNS = `id, name, country, language, duplicate_window_seconds as "duplicateWindowSeconds", created_at as "createdAt"`;

/** Makes an empty workspace: no stages, no lines, nobody in it. */
export async function createWorkspace(
  db: Db,
  settings: { name: string } & Partial<WorkspaceSettings>,
): Promise<Workspace> {
  const { rows } = await db.query<Workspace>(
    `insert into workspaces (id, name, slug, country, language, duplicate_window_seconds)
     values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
    [
      newWorkspaceId(),
      settings.name,
      randomText(12),
      settings.country ?? 'RU',
      settings.language ?? 'ru',
      settings.duplicateWindowSeconds ?? 600,
    ],
  );
  return rows[0] as Workspace;
}

/** The settings of a workspace; null when there is none. */
export async function readWorkspace(db: Db, id: WorkspaceId): Promise<Workspace | null> {
  const { rows } = await db.query<Workspace>(`select ${COLUMNS} from workspaces where id = $1`, [id]);
  return rows[0] ?? null;
}

/** Every workspace of the installation, the oldest first. */
export async function listWorkspaces(db: Db): Promise<Workspace[]> {
  const { rows } = await db.query<Workspace>(`select ${COLUMNS} from workspaces order by created_at, id`);
  return rows;
}

/** Changes the given settings and leaves the others. */
export async function updateWorkspace(
  db: Db,
  id: WorkspaceId,
  changes: { [Name in keyof WorkspaceSettings]?: WorkspaceSettings[Name] | undefined },
): Promise<Workspace | null> {
  const { rows } = await db.query<Workspace>(
    `update workspaces set name = coalesce($2, name), country = coalesce($3, country), language = coalesce($4, language),
       duplicate_window_seconds = coalesce($5, duplicate_window_seconds)
     where id = $1 returning ${COLUMNS}`,
    [id, changes.name, changes.country, changes.language, changes.duplicateWindowSeconds],
  );
  return rows[0] ?? null;
}
