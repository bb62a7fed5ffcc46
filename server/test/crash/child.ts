import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process of a test's own that really runs and really dies. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** The last lines it wrote, to be shown when something goes wrong. */
  readonly lines: readonly string[];
  /** Resolves when it has ended, with its code or signal. */
  readonly ended: Promise<string>;
  isAlive(): boolean;
  /** The JSON of the first line that has this key; fails when the process ends before. */
  told<T>(key: string): Promise<T>;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
}

const KEPT_LINES = 400;
const COMPILE_CACHE = path.join(os.tmpdir(), 'otklik-test-compile-cache');

/** Runs a TypeScript file of the tests by the Node of this process. */
export function startChild(script: string, args: string[], env: Record<string, string> = {}): Child {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const process_ = spawn(process.execPath, [file, ...args], {
    // Nothing of the test runner's environment may change how the process behaves. The cache makes the many starts short.
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new RunningChild(process_);
}

class RunningChild implements Child {
  readonly lines: string[] = [];
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(line: string) => void>();
  #isAlive = true;

  constructor(child: ChildProcess) {
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.#keep(line));
    }
    child.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#isAlive = false;
        resolve(signal ?? `code ${code}`);
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  isAlive(): boolean {
    return this.#isAlive;
  }

  async told<T>(key: string): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const look = (line: string) => {
      if (line.startsWith(`{"${key}":`)) resolve(JSON.parse(line) as T);
    };
    this.lines.forEach(look);
    this.#listeners.add(look);
    const died = this.ended.then((how) => {
      throw new ChildEndedError(`The process ended with ${how} before it told its ${key}:\n${this.lines.join('\n')}`);
    });
    return await Promise.race([promise, died]).finally(() => this.#listeners.delete(look));
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}

/** The process ended before it said what was waited for. */
export class ChildEndedError extends Error {
  override name = 'ChildEndedError';
}
