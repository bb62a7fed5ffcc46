import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import { OperatorError } from '../../lib/operator-error.ts';
import { type Binaries, SHARED_DIR } from './binaries.ts';
import { type ClusterState, clusterStateFile, readClusterState, writeClusterState } from './cluster-state.ts';
import { complaint, runCommand } from './command.ts';
import type { ServerUser } from './server-user.ts';

const MEGABYTE = 1024 * 1024;

/** Who owns the cluster of this data folder; null when there is none yet. */
export async function clusterOwner(dataDir: string): Promise<number | null> {
  const state = await readClusterState(dataDir);
  const info = state && (await stat(state.clusterDir).catch(() => null));
  return info ? info.uid : null;
}

/** Opens the cluster of the data folder, or makes it; what cannot be opened is refused with a way out. */
export async function prepareCluster(options: {
  dataDir: string;
  binaries: Binaries;
  user: ServerUser | null;
  logger: Logger;
  /** false: not even initdb waits for the disk. */
  isDurable: boolean;
}): Promise<ClusterState> {
  const dataDir = await realpath(options.dataDir);
  const state = (await ownState(dataDir)) ?? (await newState(dataDir, options.user, options.logger));
  if (await isCluster(state.clusterDir)) {
    await checkVersion(state.clusterDir, options.binaries.major);
    await checkOwner(state.clusterDir, options.user);
  } else {
    if (state.initialized) throw lost(state);
    options.logger.info({ clusterDir: state.clusterDir }, 'Creating the database');
    await initialize(state, options.binaries.initdb, options.user, options.isDurable);
  }
  if (!state.initialized) await writeClusterState({ ...state, initialized: true });
  return { ...state, initialized: true };
}

/** A moved data folder takes its cluster along; a copied one must not open the cluster of the original. */
async function ownState(dataDir: string): Promise<ClusterState | null> {
  const state = await readClusterState(dataDir);
  if (!state || state.dataDir === dataDir) return state;
  const isInside = state.clusterDir === path.join(state.dataDir, 'postgres');
  if (!isInside && (await readClusterState(state.dataDir))?.clusterDir === state.clusterDir) {
    throw new OperatorError(
      `${dataDir} is a copy of ${state.dataDir}, and a copy does not hold the database: use "npm run -s otklik -- backup" there and "restore" here.`,
    );
  }
  const moved = { ...state, dataDir, clusterDir: isInside ? path.join(dataDir, 'postgres') : state.clusterDir };
  await writeClusterState(moved);
  return moved;
}

async function newState(dataDir: string, user: ServerUser | null, logger: Logger): Promise<ClusterState> {
  const clusterDir = path.join(await chooseHome(dataDir, user, logger), 'postgres');
  if (await isCluster(clusterDir)) {
    throw new OperatorError(
      `${clusterDir} holds a database, but ${clusterStateFile(dataDir)} with its password is missing: put that file back from your backup, or move the folder away to begin with an empty database.`,
    );
  }
  const secret = () => randomBytes(24).toString('hex');
  const state = { dataDir, clusterDir, initialized: false, port: null, password: secret(), adminPassword: secret() };
  await writeClusterState(state);
  return state;
}

/** The data folder, or a folder of its own under /var/lib when PostgreSQL's user cannot get into that one. */
async function chooseHome(dataDir: string, user: ServerUser | null, logger: Logger): Promise<string> {
  if (!user || runCommand('/bin/sh', ['-c', 'cd "$0"', dataDir], user).status === 0) return dataDir;
  try {
    await mkdir(SHARED_DIR, { recursive: true, mode: 0o755 });
    const home = await mkdtemp(path.join(SHARED_DIR, 'data-'));
    await chmod(home, 0o711);
    logger.warn(
      { dataDir, databaseFolder: home, user: user.name },
      'PostgreSQL cannot enter the data folder as its own user, so the database is kept in another folder',
    );
    return home;
  } catch (cause) {
    throw new OperatorError(
      `PostgreSQL runs as "${user.name}", who can enter neither ${dataDir} nor ${SHARED_DIR}: set OTKLIK_DATA_DIR to a folder that others may enter, such as /srv/otklik.`,
      { cause },
    );
  }
}

async function initialize(
  state: ClusterState,
  initdb: string,
  user: ServerUser | null,
  isDurable: boolean,
): Promise<void> {
  // Under another name until it is whole: initdb may be killed in the middle.
  const draft = `${state.clusterDir}.new`;
  const passwordFile = `${state.clusterDir}.password`;
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, `${state.adminPassword}\n`, { mode: 0o600 });
    if (user) for (const file of [draft, passwordFile]) await chown(file, user.uid, user.gid);
    const files = [`--pgdata=${draft}`, `--pwfile=${passwordFile}`, ...(isDurable ? [] : ['--no-sync'])];
    const failure = runInitdb(initdb, files, user);
    if (failure) throw new OperatorError(`PostgreSQL could not create its database in ${state.clusterDir}: ${failure}`);
    await rename(draft, state.clusterDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Returns the complaint, or null. */
function runInitdb(initdb: string, files: string[], user: ServerUser | null): string | null {
  const args = [...files, '--username=postgres', '--auth=scram-sha-256'];
  // The built-in provider compares and folds Cyrillic the same on every machine. Some extensions (pg_trgm) still ask the
  // system's locale what a letter is: where it has C.UTF-8 they get it.
  args.push('--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--lc-collate=C');
  args.push('--lc-messages=C', '--lc-monetary=C', '--lc-numeric=C', '--lc-time=C');
  for (const [name, value] of Object.entries(initialSettings())) args.push('--set', `${name}=${value}`);
  const first = runCommand(initdb, [...args, '--lc-ctype=C.UTF-8'], user);
  if (first.status === 0) return null;
  if (!/invalid locale/i.test(complaint(first))) return complaint(first);
  const second = runCommand(initdb, [...args, '--lc-ctype=C'], user);
  return second.status === 0 ? null : complaint(second);
}

/** Written into postgresql.conf once; an operator may change them there. fsync and synchronous_commit stay on. */
function initialSettings(): Record<string, string> {
  const memory = os.totalmem() / MEGABYTE;
  return {
    max_connections: '200',
    shared_buffers: `${Math.max(16, Math.min(256, Math.round(memory / 8)))}MB`,
    effective_cache_size: `${Math.max(64, Math.round(memory / 2))}MB`,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements here are short: compiling them costs more than it saves.
    jit: 'off',
    random_page_cost: '1.1',
    // A week of logs, one file per weekday, each emptied when its day comes again.
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%a.log',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_truncate_on_rotation: 'on',
  };
}

async function isCluster(dir: string): Promise<boolean> {
  return (await stat(path.join(dir, 'PG_VERSION')).catch(ignoreMissing)) !== null;
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  // EACCES: it is there, and checkOwner says whose it is.
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw new OperatorError(
    `The database folder cannot be entered (${error.path}): start Otklik as its owner, or change the owner with chown.`,
    { cause: error },
  );
}

async function checkVersion(dir: string, major: string): Promise<void> {
  const found = (await readFile(path.join(dir, 'PG_VERSION'), 'utf8')).trim();
  if (found === major) return;
  throw new OperatorError(
    `The database in ${dir} was made by PostgreSQL ${found}, this Otklik brings PostgreSQL ${major}: make a backup with the version of Otklik that made it and restore it here.`,
  );
}

async function checkOwner(dir: string, user: ServerUser | null): Promise<void> {
  const { uid } = await stat(dir);
  const wanted = user?.uid ?? process.getuid?.();
  if (wanted === undefined || uid === wanted) return;
  const name = user?.name ?? os.userInfo().username;
  throw new OperatorError(
    `The database folder ${dir} belongs to another user (id ${uid}), PostgreSQL would run as ${name}: start Otklik as the owner, or run "chown -R ${name} ${dir}".`,
  );
}

function lost(state: ClusterState): OperatorError {
  return new OperatorError(
    `The database folder ${state.clusterDir} is gone: put it back (an unmounted disk?), or delete ${clusterStateFile(state.dataDir)} to begin with an empty database.`,
  );
}
