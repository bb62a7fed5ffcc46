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

export interface PoolOptions {
  connectionString: string;
  max?: number;
  applicationName?: string;
  /** Settings of the session, as `-c name=value`. */
  options?: string;
}

/** The pool for ordinary statements. Idle clients that break are dropped; the next statement gets a fresh one. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max ?? 20,
    application_name: options.applicationName ?? 'otklik',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types,
    ...(options.options === undefined ? {} : { options: options.options }),
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}
