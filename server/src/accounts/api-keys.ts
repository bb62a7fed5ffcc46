import { randomBytes } from 'node:crypto';
import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { randomText } from './auth-names.ts';
import { hashToken } from './authenticate.ts';
import type { Role } from './permissions.ts';

const PREFIX = 'otk_';

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  /** The first characters of the key, to recognise it by. */
  start: string;
  createdAt: Date;
}

export interface NewApiKey {
  workspaceId: WorkspaceId;
  name: string;
  role?: Role;
}

const COLUMNS = 'id, name, role, start, created_at as "createdAt"';

/** Makes a key. It is told here once; the database keeps only its hash, so it works at once in every process. */
export async function createApiKey(db: Db, apiKey: NewApiKey): Promise<ApiKey & { key: string }> {
  const key = PREFIX + randomBytes(30).toString('base64url');
  const { rows } = await db.query<ApiKey>(
    `insert into api_keys (id, workspace_id, name, role, key_hash, start, prefix) values ($1, $2, $3, $4, $5, $6, $7)
     returning ${COLUMNS}`,
    [
      `key_${randomText(16)}`,
      apiKey.workspaceId,
      apiKey.name,
      apiKey.role ?? 'admin',
      hashToken(key),
      key.slice(0, PREFIX.length + 4),
      PREFIX,
    ],
  );
  return { ...(rows[0] as ApiKey), key };
}

/** The keys of a workspace, the newest first. */
export async function listApiKeys(db: Db, workspaceId: WorkspaceId): Promise<ApiKey[]> {
  const { rows } = await db.query<ApiKey>(
    `select ${COLUMNS} from api_keys where workspace_id = $1 order by created_at desc, id`,
    [workspaceId],
  );
  return rows;
}

/** Ends a key; false when the workspace has none of that id. Other processes still know it for up to five seconds. */
export async function revokeApiKey(db: Db, workspaceId: WorkspaceId, id: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from api_keys where workspace_id = $1 and id = $2', [workspaceId, id]);
  return rowCount === 1;
}
