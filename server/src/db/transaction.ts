import type pg from 'pg';
import type { Tx } from './pool.ts';

/** Serialization failures and deadlocks: PostgreSQL rolled back, the same work may be tried again. */
const RETRYABLE = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/**
 * Runs the work in one transaction and commits it; rolls back when it throws. Deadlocks are tried again, so the work must
 * have no effect besides the database: never a network call.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryTransaction(pool, work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}

/** Whether PostgreSQL undid a statement for no fault of its own. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && RETRYABLE.has(String(error.code));
}

/** Errors that mean the database is away for now: shutting down, restarting, or the connection broke. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(57P0[1-3]|25P03|08...|ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT|ENOENT)$/.test(code) ||
    /connection (terminated|ended)|timeout exceeded|read timeout|client has encountered/i.test(error.message)
  );
}

async function tryTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client as Tx);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
