import { createHash } from 'node:crypto';
import type { Db } from '../db/pool.ts';

export interface RateLimit {
  /** Seconds. */
  window: number;
  /** How many attempts one window allows. */
  max: number;
}

/** Wrong or right, from however many addresses: guessing one user's password is slow, and does not lock them out for long. */
const USER_RULE: RateLimit = { window: 300, max: 20 };

/** How often the rows of ended windows are deleted: at one attempt in this many. */
const CLEAN_UP_EVERY = 200;

/** Counts an attempt at the password of the user of an e-mail, whichever way it is made. */
export function consumeUserAttempt(db: Db, email: string): ReturnType<typeof consumeAttempt> {
  const user = createHash('sha256').update(email.toLowerCase()).digest('base64url');
  return consumeAttempt(db, `user:${user}`, USER_RULE);
}

/**
 * Counts an attempt and tells whether it is allowed; one statement, so that attempts at once in several processes cannot slip
 * past the limit.
 */
export async function consumeAttempt(
  db: Db,
  key: string,
  limit: RateLimit,
): Promise<{ allowed: boolean; retryAfter: number | null }> {
  if (Math.random() < 1 / CLEAN_UP_EVERY) await db.query('delete from rate_limits where ends_at < now()');
  const { rows } = await db.query<{ count: number; seconds_left: number }>(
    `insert into rate_limits as known (key, count, ends_at) values ($1, 1, now() + make_interval(secs => $2))
     on conflict (key) do update set
       count = case when known.ends_at <= now() then 1 else known.count + 1 end,
       ends_at = case when known.ends_at <= now() then excluded.ends_at else known.ends_at end
     returning count, extract(epoch from ends_at - now())::float8 as seconds_left`,
    [key, limit.window],
  );
  const [row] = rows;
  if (!row || row.count <= limit.max) return { allowed: true, retryAfter: null };
  return { allowed: false, retryAfter: Math.max(1, Math.ceil(row.seconds_left)) };
}
