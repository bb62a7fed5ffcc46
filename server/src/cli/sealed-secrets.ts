import type { Context } from '../context.ts';
import { checkSecretKey } from '../db/check-secret-key.ts';
import { OperatorError } from '../lib/operator-error.ts';

/** Which lines have secrets that the key of this machine opens or does not open. */
export async function countSealedSecrets(context: Context): Promise<{ total: number; unreadable: string[] }> {
  const { rows } = await context.pool.query<{ id: string; name: string; secrets: Buffer }>(
    'select id, name, secrets from lines where secrets is not null and deleted_at is null order by created_at, id',
  );
  const unreadable = rows.filter((row) => !opens(context, row)).map((row) => `«${row.name}»`);
  return { total: rows.length, unreadable };
}

function opens(context: Context, row: { id: string; secrets: Buffer }): boolean {
  try {
    context.secrets.open(row.secrets, row.id);
    return true;
  } catch {
    return false;
  }
}

/** Whether the installation was set up with this key; also true while no process has left its fingerprint yet. */
export async function isKeyOfInstallation({ pool }: Context, key: Buffer): Promise<boolean> {
  const { rowCount } = await pool.query('select 1 from installation');
  if (rowCount === 0) return true;
  try {
    await checkSecretKey(pool, key);
    return true;
  } catch (error) {
    if (error instanceof OperatorError) return false;
    throw error;
  }
}
