import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/cli/run-command.ts';
import { Terminal } from '../../src/cli/terminal.ts';

/** What a command left behind. */
export interface CommandResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

type Environment = Record<string, string>;

/** Runs a command in this process: the same but for its start. */
export async function runInProcess(args: string[], env: Environment, stdin = ''): Promise<CommandResult> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await runCommand(args, new Terminal({ env, stdin: Readable.from([stdin]), stdout, stderr }));
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

/** Runs a command as people do, in a process of its own. */
export async function runAsProcess(args: string[], env: Environment, stdin = ''): Promise<CommandResult> {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'], ...env } });
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
}
