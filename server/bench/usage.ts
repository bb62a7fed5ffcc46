import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

/** Clock ticks a second in /proc; Linux has had 100 on every machine we run on. */
const TICKS = 100;

/** CPU seconds a process has used, with those of children that have ended; null where there is no /proc. */
export async function cpuSeconds(pid: number): Promise<number | null> {
  const stat = await readStat(pid);
  return stat && stat.ticks / TICKS;
}

/** CPU seconds of PostgreSQL: its first process and all that it started. */
export async function cpuSecondsOfTree(pid: number): Promise<number | null> {
  const own = await readStat(pid);
  if (own === null) return null;
  const children = (await allStats()).filter((stat) => stat.parent === pid);
  return (own.ticks + children.reduce((sum, stat) => sum + stat.ticks, 0)) / TICKS;
}

/** Resident megabytes of a process; null where there is no /proc. */
export async function residentMegabytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  const kilobytes = status && /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return kilobytes ? Number(kilobytes) / 1024 : null;
}

/** Megabytes of a process and those it started, memory they share counted once. */
export async function proportionalMegabytesOfTree(pid: number): Promise<number | null> {
  const pids = [pid, ...(await allStats()).filter((stat) => stat.parent === pid).map((stat) => stat.pid)];
  const sizes = await Promise.all(
    pids.map(async (one) => {
      const rollup = await readFile(`/proc/${one}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    }),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return total === 0 ? null : total / 1024;
}

/** What the database has done so far. */
export interface DatabaseCounters {
  commits: number;
  walBytes: number;
}

/** Reads the counters. Each of these statements commits once itself; the caller takes that off. */
export async function readCounters(db: pg.Client): Promise<DatabaseCounters> {
  const { rows } = await db.query<{ commits: string; wal: string }>(
    `select xact_commit as commits, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal
     from pg_stat_database where datname = current_database()`,
  );
  return { commits: Number(rows[0]?.commits), walBytes: Number(rows[0]?.wal) };
}

interface Stat {
  pid: number;
  parent: number;
  ticks: number;
}

async function allStats(): Promise<Stat[]> {
  const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(names.map((name) => readStat(Number(name))))).filter((stat) => stat !== null);
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function readStat(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The command in brackets may hold spaces; what follows it is field 3.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent = 0] = fields.slice(1, 2);
  const ticks = fields.slice(11, 15).reduce((sum, one) => sum + one, 0);
  return { pid, parent, ticks };
}
