import { createHash } from 'node:crypto';
import { OperatorError } from '../lib/operator-error.ts';
import type { Db } from './pool.ts';

/**
 * Makes sure that all processes of an installation have one and the same secret key: the first that starts leaves its fingerprint in
 * the database, a later one with another key is refused, before it seals or signs anything the others could not read.
 */
export async function checkSecretKey(db: Db, key: Buffer): Promise<void> {
  const fingerprint = createHash('sha256').update('otklik key fingerprint').update(key).digest('hex');
  await db.query('insert into installation (key_fingerprint) values ($1) on conflict do nothing', [fingerprint]);
  const { rows } = await db.query<{ key_fingerprint: string }>('select key_fingerprint from installation');
  if (rows[0]?.key_fingerprint === fingerprint) return;
  throw new OperatorError(
    'This database was set up with another secret key: copy secret.key from the data folder of the first process (or set the same OTKLIK_SECRET_KEY) and start again.',
  );
}
