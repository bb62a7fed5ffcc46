import { Socket } from 'node:net';
import pg from 'pg';

/** Anything that runs one statement: the pool, or a transaction. */
export interface Db {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

/** A client inside a transaction; only `inTransaction` makes one. */
export type Tx = pg.PoolClient & { readonly insideTransaction: true };

/** bigint columns (sizes, counts) stay far below 2^53 here. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

const STOPPED_IN_TRANSACTION_MS = 10_000;

export interface PoolOptions {
  connectionString: string;
  max?: number;
  applicationName?: string;
  /** Settings of the session, as `-c name=value`. */
  options?: string;
  /** For a new connection, or for one of the pool's to be free. */
  connectMs?: number;
  /**
   * A statement without an answer for this long fails and its connection is dropped; by default it may take as long as it wants. With
   * it goes that PostgreSQL ends a transaction whose process was stopped in the middle: its locks would stand as long as that.
   */
  answerMs?: number;
}

/** A pool whose connections can be cut at once, those in the middle of a statement too. */
export interface CuttablePool {
  pool: pg.Pool;
  /** For when the way to the database is broken: waiting for TCP to notice takes a quarter of an hour. New connections may follow. */
  cut(): void;
}

/** The pool for ordinary statements. Idle clients that break are dropped; the next statement gets a fresh one. */
export function createPool(options: PoolOptions & { stream?: () => Socket }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max ?? 20,
    application_name: options.applicationName ?? 'otklik',
    connectionTimeoutMillis: options.connectMs ?? 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types,
    ...(options.options === undefined ? {} : { options: options.options }),
    ...(options.answerMs === undefined
      ? {}
      : { query_timeout: options.answerMs, idle_in_transaction_session_timeout: STOPPED_IN_TRANSACTION_MS }),
    ...(options.stream === undefined ? {} : { stream: options.stream }),
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

export function createCuttablePool(options: PoolOptions): CuttablePool {
  const sockets = new Set<Socket>();
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  return {
    pool: createPool({ ...options, stream }),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
