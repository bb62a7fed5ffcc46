import type pg from 'pg';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { addMember } from './members.ts';
import { consumeUserAttempt } from './rate-limit.ts';
import { consumeSignInLink, type OpenLink, readSignInLink } from './sign-in-links.ts';
import {
  createUser,
  endSessions,
  findUserByEmail,
  hashUserPassword,
  isPasswordOf,
  readUser,
  setPassword,
  type User,
} from './users.ts';

export interface Redemption {
  token: string;
  /** Needed where the link does not say whom it is for. */
  email: string | null;
  name: string | null;
  password: string;
}

export type RedeemProblem =
  | 'link-not-valid'
  | 'email-required'
  | 'email-taken'
  | 'wrong-password'
  | 'too-many-attempts';

/**
 * Does what a sign-in link promises, once: makes the first owner or the invited member, or sets a new password. Somebody
 * invited who has a user already must prove it with their password: a link alone never takes over a user.
 */
export async function redeemLink(pool: pg.Pool, redemption: Redemption): Promise<Result<User, RedeemProblem>> {
  const link = await readSignInLink(pool, redemption.token);
  if (!link) return fail('link-not-valid');
  const email = link.email ?? redemption.email;
  if (email === null) return fail('email-required');
  const known = link.purpose === 'invite' ? await findUserByEmail(pool, email) : null;
  if (known && !(await consumeUserAttempt(pool, email)).allowed) return fail('too-many-attempts');
  if (known && !(await isPasswordOf(pool, known.id, redemption.password))) return fail('wrong-password');
  const passwordHash = known ? '' : await hashUserPassword(redemption.password);
  return rollBackOnFailure(pool, async (tx) => {
    if (!(await consumeSignInLink(tx, redemption.token, link))) return fail('link-not-valid');
    if (link.purpose === 'reset') return resetPassword(tx, link, passwordHash);
    const name = redemption.name ?? email.slice(0, email.indexOf('@'));
    const user = known ?? (await createUser(tx, { name, email, passwordHash }));
    if (!user) return fail('email-taken');
    await join(tx, link, user);
    return ok(user);
  });
}

async function join(tx: Tx, link: OpenLink, user: User): Promise<void> {
  await addMember(tx, { workspaceId: link.workspaceId, userId: user.id, role: link.role ?? 'owner' });
  if (link.invitationId === null) return;
  await tx.query(`update invitations set status = 'accepted' where workspace_id = $1 and id = $2`, [
    link.workspaceId,
    link.invitationId,
  ]);
}

async function resetPassword(tx: Tx, link: OpenLink, passwordHash: string): Promise<Result<User, RedeemProblem>> {
  const user = link.userId === null ? null : await readUser(tx, link.userId);
  if (!user) return fail('link-not-valid');
  await setPassword(tx, user.id, passwordHash);
  await endSessions(tx, user.id);
  return ok(user);
}

/** A refusal must leave the link as it was. */
async function rollBackOnFailure<T, E>(pool: pg.Pool, work: (tx: Tx) => Promise<Result<T, E>>): Promise<Result<T, E>> {
  let refusal: Result<T, E> | null = null;
  try {
    return await inTransaction(pool, async (tx) => {
      const result = await work(tx);
      if (result.ok) return result;
      refusal = result;
      throw new Error('Rolled back');
    });
  } catch (error) {
    if (refusal) return refusal;
    throw error;
  }
}
