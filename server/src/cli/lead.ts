import { type Command, Option } from 'commander';
import { DUPLICATES } from '../leads/import/plan-import.ts';
import { addLead, type LeadOptions } from './add-lead.ts';
import { type ImportOptions, importFile } from './import-file.ts';
import { gather, workspaceOption } from './options.ts';
import type { Terminal } from './terminal.ts';

/** `lead add|import`. */
export function addLeadCommands(program: Command, terminal: Terminal): void {
  const group = program.command('lead').description(terminal.say({ ru: 'лиды', en: 'leads' }));
  addAdd(group, terminal);
  addImport(group, terminal);
}

function addAdd(group: Command, terminal: Terminal): void {
  group
    .command('add')
    .description(terminal.say({ ru: 'добавить лид и напечатать его id', en: 'add a lead and print its id' }))
    .option(
      '--phone <number>',
      terminal.say({ ru: 'телефон; можно несколько', en: 'a phone; may be repeated' }),
      gather,
    )
    .option('--name <name>', terminal.say({ ru: 'имя', en: 'name' }))
    .option('--title <title>', terminal.say({ ru: 'название лида', en: 'title of the lead' }))
    .option('--email <address>', terminal.say({ ru: 'e-mail', en: 'e-mail' }))
    .option('--source <source>', terminal.say({ ru: 'источник', en: 'source' }))
    .option('--stage <stage>', terminal.say({ ru: 'стадия, имя или id', en: 'stage, by name or id' }))
    .option(
      '--field <code=value>',
      terminal.say({ ru: 'своё поле; можно несколько', en: 'an own field; may be repeated' }),
      gather,
    )
    .addOption(workspaceOption(terminal))
    .action((options: LeadOptions) => addLead(terminal, options));
}

function addImport(group: Command, terminal: Terminal): void {
  group
    .command('import <file>')
    .description(terminal.say({ ru: 'загрузить лиды из файла CSV', en: 'import leads from a CSV file' }))
    .option('--start-robots', terminal.say({ ru: 'запустить роботов стадии', en: 'start the robots of the stage' }))
    .addOption(
      new Option(
        '--duplicates <how>',
        terminal.say({ ru: 'что делать с уже известным телефоном', en: 'what to do with a known phone' }),
      )
        .choices(DUPLICATES)
        .default('skip'),
    )
    .option('--stage <stage>', terminal.say({ ru: 'стадия, имя или id', en: 'stage, by name or id' }))
    .option('--preview', terminal.say({ ru: 'только показать, что будет', en: 'only tell what would happen' }))
    .option('--yes', terminal.say({ ru: 'не спрашивать', en: 'do not ask' }))
    .addOption(workspaceOption(terminal))
    .action((file: string, options: ImportOptions) => importFile(terminal, file, options));
}
