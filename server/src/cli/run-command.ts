import { Command } from 'commander';
import type { Texts } from '../accounts/principal.ts';
import { addApiKeyCommands } from './api-key.ts';
import { addBackupCommand } from './backup.ts';
import { addDoctorCommand } from './doctor.ts';
import { explainError } from './explain-error.ts';
import { addLeadCommands } from './lead.ts';
import { addMigrateCommand } from './migrate.ts';
import { addRestoreCommand } from './restore.ts';
import { addRobotsCommands } from './robots.ts';
import type { Terminal } from './terminal.ts';
import { addUserCommands } from './user.ts';

/** Hangs the commands of one file under the program. */
export type AddCommands = (program: Command, terminal: Terminal) => void;

const COMMANDS: readonly AddCommands[] = [
  addLeadCommands,
  addRobotsCommands,
  addApiKeyCommands,
  addUserCommands,
  addBackupCommand,
  addRestoreCommand,
  addMigrateCommand,
  addDoctorCommand,
];

const TITLES: Record<string, Texts> = {
  'Usage:': { ru: 'Как вызывать:', en: 'Usage:' },
  'Arguments:': { ru: 'Аргументы:', en: 'Arguments:' },
  'Options:': { ru: 'Параметры:', en: 'Options:' },
  'Commands:': { ru: 'Команды:', en: 'Commands:' },
};

/** Runs one command and returns its exit code: 0, 1 when it could not be done, 2 when it was called wrongly. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync([...args], { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    const { texts, exitCode } = explainError(error);
    if (texts) terminal.note(texts);
    if (terminal.env['LOG_LEVEL'] === 'debug' && exitCode === 1) terminal.stderr.write(`${(error as Error).stack}\n`);
    return exitCode;
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('otklik');
  program
    .description(terminal.say({ ru: 'Отклик: команды для сервера', en: 'Otklik: commands for the server' }))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      // The sentence is said by runCommand.
      outputError: () => undefined,
    })
    .configureHelp({ styleTitle: (title) => (TITLES[title] ? terminal.say(TITLES[title]) : title) })
    .helpOption('-h, --help', terminal.say({ ru: 'показать справку', en: 'show help' }))
    .helpCommand(false);
  for (const addCommands of COMMANDS) addCommands(program, terminal);
  return program;
}
