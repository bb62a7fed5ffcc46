import { execFileSync } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../lib/operator-error.ts';

/**
 * A PostgreSQL server at work on a cluster, as its postmaster.pid tells:
 * https://www.postgresql.org/docs/18/storage-file-layout.html
 */
export interface Postmaster {
  pid: number;
  port: number;
  /** `starting`, `ready`, `stopping`. */
  status: string;
}

const POLL_MS = 50;
const SMART_STOP_MS = 1000;
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 10_000;

/**
 * The live server of this cluster, or null. The pid in the file proves nothing by itself: after a crash, and in every new
 * container, another process may carry it. A server works in its cluster's folder, which is what is looked at.
 */
export async function findPostmaster(clusterDir: string): Promise<Postmaster | null> {
  const postmaster = await readPostmasterFile(clusterDir);
  return postmaster && (await worksIn(postmaster.pid, clusterDir)) ? postmaster : null;
}

/**
 * Ends the server; everything committed is kept. Sessions that are just closing get a moment, so that they do not log
 * their own end as an error; the others are cut.
 */
export async function stopPostmaster(pid: number, clusterDir: string): Promise<void> {
  signal(pid, 'SIGTERM');
  if (await isGone(pid, clusterDir, SMART_STOP_MS)) return;
  signal(pid, 'SIGINT');
  if (await isGone(pid, clusterDir, FAST_STOP_MS)) return;
  signal(pid, 'SIGQUIT');
  if (await isGone(pid, clusterDir, IMMEDIATE_STOP_MS)) return;
  throw new OperatorError(
    `PostgreSQL (process ${pid}) does not stop: end it with "kill -QUIT ${pid}" and start again.`,
  );
}

/**
 * Makes way for a new server after a crash: processes that outlived their server are ended, since PostgreSQL refuses to
 * start beside them, and a postmaster.pid whose pid now belongs to something else is removed, since PostgreSQL would
 * take that for a running server. The crash recovery that follows needs neither.
 */
export async function clearRemains(clusterDir: string): Promise<void> {
  const deadline = Date.now() + IMMEDIATE_STOP_MS;
  for (let orphans = await findOrphans(clusterDir); orphans.length > 0; orphans = await findOrphans(clusterDir)) {
    const isLate = Date.now() > deadline;
    for (const pid of orphans) signal(pid, isLate ? 'SIGKILL' : 'SIGQUIT');
    await sleep(POLL_MS);
  }
  await rm(path.join(clusterDir, 'postmaster.pid'), { force: true });
}

async function readPostmasterFile(clusterDir: string): Promise<Postmaster | null> {
  const text = await readFile(path.join(clusterDir, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const [pid, , , port, , , , status] = text.split('\n');
  return Number(pid) > 0 ? { pid: Number(pid), port: Number(port), status: status?.trim() || 'starting' } : null;
}

/** Whether the process is a PostgreSQL at work in the folder. */
async function worksIn(pid: number, clusterDir: string): Promise<boolean> {
  const folder = await realpath(clusterDir);
  if (process.platform === 'linux') {
    // Fails for processes that are gone, zombies, and those of other users.
    return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === folder && (await isPostgres(pid));
  }
  try {
    const command = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return command.includes(`-D ${folder}`);
  } catch {
    return false;
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).startsWith('postgres');
}

async function findOrphans(clusterDir: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const mine = await Promise.all(pids.map(async (pid) => ((await worksIn(pid, clusterDir)) ? [pid] : [])));
  return mine.flat();
}

async function isGone(pid: number, clusterDir: string, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await worksIn(pid, clusterDir)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
