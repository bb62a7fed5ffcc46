import { type SpawnOptions, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import type { ServerUser } from './server-user.ts';

/**
 * How every PostgreSQL program is run: as its user, from a folder everyone can enter, and with an environment of its own.
 * LANG and the PG* variables of whoever starts Otklik must not change the database or the language of its messages.
 */
export function commandOptions(user: ServerUser | null): Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return { cwd: '/', env, ...(user && { uid: user.uid, gid: user.gid }) };
}

/** Runs a short program to its end. */
export function runCommand(file: string, args: string[], user: ServerUser | null): SpawnSyncReturns<string> {
  return spawnSync(file, args, { ...commandOptions(user), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What went wrong, in the program's own words. */
export function complaint(result: SpawnSyncReturns<string>): string {
  return (result.error?.message ?? `${result.stderr}${result.stdout}`).trim();
}
