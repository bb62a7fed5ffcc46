import { runCommand } from './run-command.ts';
import { Terminal } from './terminal.ts';

const terminal = new Terminal({
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});

// `otklik … | head` closes the pipe early, which is no fault of the command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCommand(process.argv.slice(2), terminal);
