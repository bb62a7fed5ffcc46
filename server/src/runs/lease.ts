import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import pg from 'pg';
import type { Logger } from 'pino';
import { leaseLost } from '../events.ts';
import { newId, type WorkerId } from '../lib/id.ts';

const HEARTBEAT_MS = 500;

/** A worker without an answered heartbeat for this long stops sending by itself. */
const TRUSTED_MS = 2_200;

/** Others take its work over after this long; more than `TRUSTED_MS`, so that it has stopped before. */
export const EXPIRED_MS = 3_000;

/** A database that is silent for this long, while a lease is taken or kept, is as good as gone. */
const ANSWER_MS = 5_000;

/**
 * A worker's right to send. It holds an advisory lock on a connection of its own and writes a heartbeat over it. Lost are: the
 * connection, the row (somebody took the work over), or the time (the process was stopped and woke up). The epoch on each chain
 * protects the writes; the lease keeps requests from leaving in the first place.
 */
export interface Lease {
  readonly workerId: WorkerId;
  /** Asked right before a request is written; reads clocks that go on while the process or its machine is stopped. */
  isValid(): boolean;
  /** Whether it is over for good; one that is only late with its heartbeat may become valid again. */
  isLost(): boolean;
  /** Tells under which id graphile-worker locks jobs for this worker. */
  setPool(poolId: string): Promise<void>;
  /** Resolves once, when the lease is lost; never when it is released. */
  readonly lost: Promise<string>;
  /** Loses it on purpose: the worker can not do its work under it any more. */
  giveUp(reason: string): void;
  /** Gives the lease back; the work of a released worker is free at once. */
  release(): Promise<void>;
}

export async function takeLease(connectionString: string, logger: Logger): Promise<Lease> {
  const workerId = newId('wrk');
  const lockKey = randomInt(2 ** 47);
  const client = new pg.Client({
    connectionString,
    application_name: 'otklik lease',
    keepAlive: true,
    keepAliveInitialDelayMillis: 1_000,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  });
  // Without a listener a connection that breaks right now would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await client.query('insert into workers (id, hostname, process_id, lock_key) values ($1, $2, $3, $4)', [
      workerId,
      hostname(),
      process.pid,
      lockKey,
    ]);
    return new HeldLease(workerId, client, logger);
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

class HeldLease implements Lease {
  readonly workerId: WorkerId;
  readonly lost: Promise<string>;
  readonly #client: pg.Client;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #tellLost: (reason: string) => void = () => undefined;
  #trustedUntil = performance.now() + TRUSTED_MS;
  /** The same by the clock on the wall: the other one stands still while a machine sleeps. */
  #trustedUntilDate = Date.now() + TRUSTED_MS;
  #ended = false;
  #beating = false;

  constructor(workerId: WorkerId, client: pg.Client, logger: Logger) {
    this.workerId = workerId;
    this.#client = client;
    this.#logger = logger;
    this.lost = new Promise((resolve) => {
      this.#tellLost = resolve;
    });
    client.on('error', () => this.#lose('its database connection broke'));
    client.on('end', () => this.#lose('its database connection ended'));
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS);
  }

  isValid(): boolean {
    return !this.#ended && performance.now() < this.#trustedUntil && Date.now() < this.#trustedUntilDate;
  }

  isLost(): boolean {
    return this.#ended;
  }

  giveUp(reason: string): void {
    this.#lose(reason);
  }

  async setPool(poolId: string): Promise<void> {
    await this.#client.query('update workers set pool_id = $2 where id = $1', [this.workerId, poolId]);
  }

  async release(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#client.query('delete from workers where id = $1', [this.workerId]).catch(() => undefined);
    await this.#client.end().catch(() => undefined);
  }

  async #beat(): Promise<void> {
    if (this.#ended) return;
    if (performance.now() >= this.#trustedUntil + (EXPIRED_MS - TRUSTED_MS))
      return this.#lose('its heartbeat came too late');
    if (this.#beating) return;
    this.#beating = true;
    const sentAt = performance.now();
    const sentAtDate = Date.now();
    try {
      const { rowCount } = await this.#client.query('update workers set heartbeat_at = now() where id = $1', [
        this.workerId,
      ]);
      if (rowCount === 0) this.#lose('another worker took its work over');
      else {
        this.#trustedUntil = sentAt + TRUSTED_MS;
        this.#trustedUntilDate = sentAtDate + TRUSTED_MS;
      }
    } catch (error) {
      this.#lose((error as Error).message);
    } finally {
      this.#beating = false;
    }
  }

  #lose(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    leaseLost(this.#logger, { workerId: this.workerId, reason });
    // The lock goes with the connection, so that others need not wait for the heartbeat to expire.
    this.#client.end().catch(() => undefined);
    this.#tellLost(reason);
  }
}
