import { hashPassword, verifyPassword } from 'better-auth/crypto';
import type { Db, Tx } from '../db/pool.ts';
import { newId } from '../lib/id.ts';
import { randomText } from './auth-names.ts';

/** How better-auth marks the credential that is a password. */
const PASSWORD_PROVIDER = 'credential';

export interface User {
  id: string;
  name: string;
  email: string;
}

/** The user of an e-mail, upper and lower case being the same; null when there is none. */
export async function findUserByEmail(db: Db, email: string): Promise<User | null> {
  const { rows } = await db.query<User>('select id, name, email from users where email = $1', [email.toLowerCase()]);
  return rows[0] ?? null;
}

/** The user of an id. */
export async function readUser(db: Db, id: string): Promise<User | null> {
  const { rows } = await db.query<User>('select id, name, email from users where id = $1', [id]);
  return rows[0] ?? null;
}

/** Makes a user who signs in with e-mail and password; null when the e-mail is taken. Hash the password first. */
export async function createUser(
  tx: Tx,
  user: { name: string; email: string; passwordHash: string },
): Promise<User | null> {
  const { rows } = await tx.query<User>(
    `insert into users (id, name, email, email_verified) values ($1, $2, $3, true)
     on conflict (email) do nothing returning id, name, email`,
    [newId('user'), user.name, user.email.toLowerCase()],
  );
  const [created] = rows;
  if (!created) return null;
  await setPassword(tx, created.id, user.passwordHash);
  return created;
}

/** Sets a user's password, also for one who had none. */
export async function setPassword(tx: Tx, userId: string, passwordHash: string): Promise<void> {
  await tx.query(
    `insert into credentials (id, user_id, account_id, provider_id, password) values ($1, $2, $2, $3, $4)
     on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`,
    [randomText(26), userId, PASSWORD_PROVIDER, passwordHash],
  );
}

/** Whether the password is that of the user. */
export async function isPasswordOf(db: Db, userId: string, password: string): Promise<boolean> {
  const { rows } = await db.query<{ password: string | null }>(
    'select password from credentials where provider_id = $1 and account_id = $2',
    [PASSWORD_PROVIDER, userId],
  );
  const hash = rows[0]?.password;
  return hash ? verifyPassword({ hash, password }) : false;
}

/** Signs a user out everywhere. */
export async function endSessions(db: Db, userId: string): Promise<void> {
  await db.query('delete from sessions where user_id = $1', [userId]);
}

/** The hash that is stored of a password; slow on purpose, so never inside a transaction. */
export function hashUserPassword(password: string): Promise<string> {
  return hashPassword(password);
}
