import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const STOP_MS = 20_000;

/** A process of the bench: it tells in lines on its output, and is asked in lines on its input. */
export interface BenchProcess extends AsyncDisposable {
  pid: number;
  /** The next line it writes; rejects when it ends instead. */
  nextLine(): Promise<string>;
  write(line: string): void;
  stop(): Promise<void>;
}

/** Starts a TypeScript file as a process of its own; what it complains of goes to stderr. */
export function startProcess(
  file: URL,
  options: { args?: string[]; env?: Record<string, string>; nodeArgs?: string[] } = {},
): BenchProcess {
  const script = fileURLToPath(file);
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), script, ...(options.args ?? [])], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  const lines = createInterface(child.stdout);
  const stop = () => stopChild(child);
  return {
    pid: child.pid ?? 0,
    nextLine: () => nextLine(script, child, lines),
    write: (line) => void child.stdin.write(`${line}\n`),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function nextLine(script: string, child: ChildProcess, lines: Interface): Promise<string> {
  const abort = new AbortController();
  const { signal } = abort;
  try {
    return await Promise.race([
      once(lines, 'line', { signal }).then(([line]) => String(line)),
      once(child, 'exit', { signal }).then(([code, by]) => {
        throw new Error(`${script} ended with ${by ?? code} before it answered`);
      }),
    ]);
  } finally {
    abort.abort();
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = new AbortController();
  await Promise.race([ended, setTimeout(STOP_MS, null, { signal: timer.signal }).catch(() => null)]);
  timer.abort();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await ended;
}
