import { hash } from 'node:crypto';
import type pg from 'pg';
import type { WorkspaceId } from '../lib/id.ts';
import type { Auth } from './auth.ts';
import type { Role } from './permissions.ts';
import type { Language, Principal } from './principal.ts';

/** How long a principal is taken from memory: the longest that a revoked key or a changed role still works. */
const CACHE_MS = 5_000;
const CACHE_SIZE = 10_000;

export type SessionAnswer =
  | { type: 'principal'; principal: Principal; cookies: string[] }
  | { type: 'no-session' }
  | { type: 'not-a-member' };

/** Tells who asks. Reads the database at most once in five seconds for one key or cookie, and never writes for a key. */
export interface Authenticator {
  byApiKey(key: string): Promise<Principal | null>;
  /** `cookies` are to be set: a session in use is prolonged once a day. */
  bySession(headers: Headers): Promise<SessionAnswer>;
  /** Forgets everybody, so that what changed in this process holds at once. */
  forgetAll(): void;
}

/** The hash under which random tokens are stored; for API keys it is the one better-auth's plugin makes. */
export function hashToken(key: string): string {
  return hash('sha256', key, 'base64url');
}

/** Makes the authenticator of a process. */
export function createAuthenticator(options: { pool: pg.Pool; auth: Auth }): Authenticator {
  const keys = new Cache<Principal | null>();
  const sessions = new Cache<SessionAnswer>();
  return {
    byApiKey(key) {
      const keyHash = hashToken(key);
      return keys.get(
        keyHash,
        () => readKeyPrincipal(options.pool, keyHash),
        (principal) => principal !== null,
      );
    },
    async bySession(headers) {
      const cookie = sessionCookie(headers.get('cookie') ?? '');
      if (cookie === null) return { type: 'no-session' };
      let fresh: SessionAnswer | null = null;
      const answer = await sessions.get(
        hashToken(cookie),
        async () => {
          fresh = await readSession(options, headers);
          return fresh;
        },
        ({ type }) => type === 'principal',
      );
      // Only the request that asked better-auth hands on its cookies; the cached answer is for others too.
      return answer.type === 'principal' && answer !== fresh ? { ...answer, cookies: [] } : answer;
    },
    forgetAll() {
      keys.clear();
      sessions.clear();
    },
  };
}

async function readKeyPrincipal(pool: pg.Pool, keyHash: string): Promise<Principal | null> {
  const { rows } = await pool.query<{ id: string; workspace_id: WorkspaceId; role: Role; language: Language }>(
    `select api_keys.id, workspace_id, role, language from api_keys join workspaces on workspaces.id = workspace_id
     where key_hash = $1 and enabled and (expires_at is null or expires_at > now())`,
    [keyHash],
  );
  const [row] = rows;
  if (!row) return null;
  return { workspaceId: row.workspace_id, userId: null, apiKeyId: row.id, role: row.role, language: row.language };
}

async function readSession(options: { pool: pg.Pool; auth: Auth }, headers: Headers): Promise<SessionAnswer> {
  const { response, headers: answerHeaders } = await options.auth.api.getSession({ headers, returnHeaders: true });
  if (!response) return { type: 'no-session' };
  const { rows } = await options.pool.query<{ workspace_id: WorkspaceId; role: Role; language: Language }>(
    `select workspace_id, role, language from members join workspaces on workspaces.id = workspace_id
     where user_id = $1 order by (workspace_id = $2) desc nulls last, members.created_at, members.id limit 1`,
    [response.user.id, response.session.activeOrganizationId ?? null],
  );
  const [row] = rows;
  if (!row) return { type: 'not-a-member' };
  const principal = {
    workspaceId: row.workspace_id,
    userId: response.user.id,
    apiKeyId: null,
    role: row.role,
    language: row.language,
  };
  return { type: 'principal', principal, cookies: answerHeaders.getSetCookie() };
}

/** The session cookie alone: other cookies would make another cache entry for the same session. */
function sessionCookie(header: string): string | null {
  const match = /(?:^|;\s*)(?:__Secure-)?otklik\.session_token=([^;]+)/.exec(header);
  return match?.[1] ?? null;
}

/** Answers kept for a few seconds; callers that ask at once share one read. Refusals are not kept. */
class Cache<T> {
  readonly #entries = new Map<string, { answer: Promise<T>; expires: number }>();

  get(key: string, read: () => Promise<T>, isKept: (answer: T) => boolean): Promise<T> {
    const known = this.#entries.get(key);
    if (known && known.expires > performance.now()) return known.answer;
    const answer = read();
    const entry = { answer, expires: performance.now() + CACHE_MS };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > CACHE_SIZE) this.#entries.delete(this.#entries.keys().next().value as string);
    const forget = () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    answer.then((value) => {
      if (!isKept(value)) forget();
    }, forget);
    return answer;
  }

  clear(): void {
    this.#entries.clear();
  }
}
