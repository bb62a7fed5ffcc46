import type { Command } from 'commander';
import { checkDatabase } from './checks/check-database.ts';
import { checkLines } from './checks/check-lines.ts';
import { checkMachine } from './checks/check-machine.ts';
import { checkWork } from './checks/check-work.ts';
import { type Finding, problem } from './checks/finding.ts';
import { explainError } from './explain-error.ts';
import { withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

/** `doctor`. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      terminal.say({ ru: 'проверить, что работает, и сказать, что делать', en: 'tell what is wrong and what to do' }),
    )
    .action(() => examine(terminal));
}

async function examine(terminal: Terminal): Promise<void> {
  try {
    await withSession(terminal, { schema: 'any' }, async (session) => {
      const database = await checkDatabase(session.context);
      tell(terminal, database);
      // The other checks read tables that only a migrated database has.
      if (database.some((finding) => finding.level === 'problem')) return;
      tell(terminal, await checkMachine(session));
      tell(terminal, await checkLines(session.context));
      tell(terminal, await checkWork(session.context));
    });
  } catch (error) {
    const { texts } = explainError(error);
    tell(terminal, [problem(texts?.ru ?? '', texts?.en ?? '')]);
  }
}

function tell(terminal: Terminal, findings: readonly Finding[]): void {
  for (const { level, texts } of findings) {
    terminal.print(`${level.padEnd(8)} ${terminal.say(texts)}`);
    if (level === 'problem') terminal.exitCode = 1;
  }
}
