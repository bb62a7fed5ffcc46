import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../lib/operator-error.ts';

const HOLDER_FILE = 'running.json';

/** This process is the only one on its data folder. */
export interface DataDirLock extends AsyncDisposable {
  /** Tells a second start where this one answers. */
  announce(address: string): Promise<void>;
  release(): Promise<void>;
}

/** Another Otklik runs on the same data folder. */
export class DataDirInUseError extends OperatorError {
  override name = 'DataDirInUseError';
}

/**
 * Creates the data folder if needed and takes it for this process. The lock is the operating system's own lock on a file,
 * reached through the SQLite in Node: the kernel drops it with the process however that ends, and keeps it across
 * containers that share the folder. A pid in a file could do neither.
 */
export async function acquireDataDirLock(dataDir: string): Promise<DataDirLock> {
  await createDataDir(dataDir);
  const holderFile = path.join(dataDir, HOLDER_FILE);
  const lock = await tryLock(path.join(dataDir, 'otklik.lock'));
  if (!lock) throw await inUse(dataDir);
  const announce = (address: string | null): Promise<void> =>
    writeFile(holderFile, `${JSON.stringify({ pid: process.pid, address })}\n`, { mode: 0o600 });
  await announce(null);
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    await rm(holderFile, { force: true });
    lock.close();
  };
  return { announce, release, [Symbol.asyncDispose]: release };
}

/** As root others may pass through (PostgreSQL's user must), but not look; secrets in it are closed files. */
async function createDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new OperatorError(
      `The data folder ${dataDir} cannot be created (${code}): set OTKLIK_DATA_DIR to a folder this user may write to.`,
      { cause },
    );
  }
}

/** null when another process holds it. */
async function tryLock(file: string): Promise<DatabaseSync | null> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // Nothing is ever written, so the journal beside the file would be noise in the data folder.
    database.exec('pragma journal_mode = memory; begin exclusive');
    return database;
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw new OperatorError(
      `The lock ${file} cannot be taken (${(cause as Error).message}): make this user the owner of the data folder, or set OTKLIK_DATA_DIR to another one.`,
      { cause },
    );
  }
}

const SQLITE_BUSY = 5;

/** Who holds the folder and where they answer, as they announced it; a killed holder leaves this behind. */
export async function readHolder(dataDir: string): Promise<{ pid?: number; address?: string | null } | null> {
  return readFile(path.join(dataDir, HOLDER_FILE), 'utf8')
    .then((text) => JSON.parse(text) as { pid?: number; address?: string | null })
    .catch(() => null);
}

async function inUse(dataDir: string): Promise<DataDirInUseError> {
  const holder = await readHolder(dataDir);
  const details = [holder?.pid && `process ${holder.pid}`, holder?.address].filter(Boolean).join(', ');
  return new DataDirInUseError(
    `Otklik already runs on the data folder ${dataDir}${details && ` (${details})`}: stop it first, or set OTKLIK_DATA_DIR to another folder.`,
  );
}
