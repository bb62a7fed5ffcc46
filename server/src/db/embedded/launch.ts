import { spawn } from 'node:child_process';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { OperatorError } from '../../lib/operator-error.ts';
import { commandOptions } from './command.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import type { ServerUser } from './server-user.ts';

const PORT_ATTEMPTS = 5;
const READY_MS = 5 * 60_000;
const TAIL_LINES = 15;

export interface LaunchOptions {
  dataDir: string;
  clusterDir: string;
  postgres: string;
  user: ServerUser | null;
  logger: Logger;
  /** Overrides of this run, `{ fsync: 'off' }`. */
  settings: Record<string, string>;
}

/** Starts the server, on the wanted port when that is free, and returns once it takes connections. */
export async function launch(options: LaunchOptions, wantedPort: number | null): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? wantedPort : null);
    const failure = await launchOn(port, options);
    if (!failure) return await expectPostmaster(options.clusterDir);
    // Between the look and the start something else may have taken the port.
    const isPortTaken = /could not bind|Address already in use/i.test(failure);
    if (!isPortTaken || attempt === PORT_ATTEMPTS) throw didNotStart(options, failure);
  }
}

/** Waits until a server that is starting takes connections; returns the reason when it ended instead. */
async function launchOn(port: number, options: LaunchOptions): Promise<string | null> {
  const logFile = startLog(options.dataDir);
  const log = await open(logFile, 'w', 0o600);
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // A session of its own: Ctrl-C in the terminal must reach Otklik, which still needs its database to end its work.
  const child = spawn(options.postgres, ['-D', options.clusterDir, ...flags], {
    ...commandOptions(options.user),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `code ${code}`}`;
  });
  await log.close();
  const deadline = Date.now() + READY_MS;
  while ((await findPostmaster(options.clusterDir))?.status !== 'ready') {
    if (ended) return `${ended}\n${await tail(options)}`;
    if (Date.now() > deadline) return `it is still not ready after ${READY_MS / 1000} s\n${await tail(options)}`;
    await sleep(20);
  }
  return null;
}

/** Otklik opens this file itself, so its folder need not be open to PostgreSQL's user. */
function startLog(dataDir: string): string {
  return path.join(dataDir, 'postgres-start.log');
}

/** The port if nothing listens there, else one that the system chooses. */
async function freePort(wanted: number | null): Promise<number> {
  const port = await new Promise<number | null>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    probe.listen({ host: '127.0.0.1', port: wanted ?? 0, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
  return port ?? freePort(null);
}

async function expectPostmaster(clusterDir: string): Promise<Postmaster> {
  const postmaster = await findPostmaster(clusterDir);
  if (!postmaster)
    throw new OperatorError(`PostgreSQL ended right after its start: see the logs in ${clusterDir}/log.`);
  return postmaster;
}

function didNotStart(options: LaunchOptions, reason: string): OperatorError {
  return new OperatorError(
    `The built-in PostgreSQL did not start (database folder ${options.clusterDir}): ${reason.trim()}\nPut right what the last lines say, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

/** What the server said last: before its log collector started, and after. */
async function tail({ dataDir, clusterDir }: LaunchOptions): Promise<string> {
  const logDir = path.join(clusterDir, 'log');
  const names = await readdir(logDir).catch(() => []);
  const logs = await Promise.all(
    names.map(async (name) => ({ file: path.join(logDir, name), at: (await stat(path.join(logDir, name))).mtimeMs })),
  );
  const newest = logs.filter((log) => Date.now() - log.at < READY_MS).sort((a, b) => b.at - a.at)[0];
  const files = [startLog(dataDir), ...(newest ? [newest.file] : [])];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.join('').trim().split('\n').slice(-TAIL_LINES).join('\n');
}
