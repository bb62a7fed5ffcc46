import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A data folder that is deleted with the cluster it may have outside. */
export async function temporaryDataDir(): Promise<{ dataDir: string } & AsyncDisposable> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'otklik-data-'));
  // As a data folder that Otklik makes: PostgreSQL's user can enter it, so nothing lands outside.
  await chmod(dataDir, 0o711);
  return {
    dataDir,
    async [Symbol.asyncDispose]() {
      const state = await readFile(path.join(dataDir, 'postgres.json'), 'utf8').catch(() => null);
      if (state)
        await rm(path.dirname((JSON.parse(state) as { clusterDir: string }).clusterDir), {
          recursive: true,
          force: true,
        });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Another process that holds the data folder, up to its PostgreSQL; `kill` is SIGKILL. */
export interface DataDirHolder extends AsyncDisposable {
  pid: number;
  connectionString: string | null;
  kill(): Promise<void>;
}

/** Starts that process and waits until it holds the folder. */
export async function holdDataDir(dataDir: string, what: 'lock' | 'postgres'): Promise<DataDirHolder> {
  const script = fileURLToPath(new URL('hold-data-dir.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir, what], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => killAndWait(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { connectionString } = JSON.parse(line) as { connectionString: string | null };
  return { pid: child.pid ?? 0, connectionString, kill, [Symbol.asyncDispose]: kill };
}

async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
