import type { Command } from 'commander';
import { migrate } from '../db/migrate.ts';
import { withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

/** `migrate`. */
export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description(terminal.say({ ru: 'обновить базу данных до этой версии', en: 'bring the database to this version' }))
    .action(() => applyMigrations(terminal));
}

function applyMigrations(terminal: Terminal): Promise<void> {
  return withSession(terminal, { schema: 'any' }, async ({ context }) => {
    const applied = await migrate(context.pool);
    for (const name of applied) terminal.print(name);
    if (applied.length === 0) terminal.note({ ru: 'База данных уже обновлена', en: 'The database is up to date' });
  });
}
