import { type Command, Option } from 'commander';
import { createApiKey, listApiKeys, revokeApiKey } from '../accounts/api-keys.ts';
import { ROLES, type Role } from '../accounts/permissions.ts';
import { CommandError } from './command-error.ts';
import { requireText, workspaceOption } from './options.ts';
import { chooseWorkspace, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

/** `api-key create|list|revoke`. */
export function addApiKeyCommands(program: Command, terminal: Terminal): void {
  const group = program
    .command('api-key')
    .description(terminal.say({ ru: 'ключи для REST API', en: 'keys to the REST API' }));
  group
    .command('create')
    .description(terminal.say({ ru: 'создать ключ и напечатать только его', en: 'make a key and print only it' }))
    .requiredOption('--name <name>', terminal.say({ ru: 'для чего ключ', en: 'what the key is for' }))
    .addOption(
      new Option('--role <role>', terminal.say({ ru: 'что ключу можно', en: 'what the key may do' }))
        .choices(ROLES)
        .default('admin'),
    )
    .addOption(workspaceOption(terminal))
    .action((options: { name: string; role: Role; workspace?: string }) => create(terminal, options));
  group
    .command('list')
    .description(terminal.say({ ru: 'показать ключи', en: 'show the keys' }))
    .addOption(workspaceOption(terminal))
    .action((options: { workspace?: string }) => list(terminal, options));
  group
    .command('revoke <id>')
    .description(terminal.say({ ru: 'отозвать ключ', en: 'end a key' }))
    .addOption(workspaceOption(terminal))
    .action((id: string, options: { workspace?: string }) => revoke(terminal, id, options));
}

function create(terminal: Terminal, options: { name: string; role: Role; workspace?: string }): Promise<void> {
  const name = requireText('--name', options.name, 100);
  return withSession(terminal, {}, async (session) => {
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    const { key } = await createApiKey(session.context.pool, { workspaceId: workspace.id, name, role: options.role });
    terminal.print(key);
  });
}

function list(terminal: Terminal, options: { workspace?: string }): Promise<void> {
  return withSession(terminal, {}, async (session) => {
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    for (const key of await listApiKeys(session.context.pool, workspace.id)) {
      terminal.print(
        [key.id, `${key.start}…`, key.role, key.createdAt.toISOString().slice(0, 10), key.name].join('\t'),
      );
    }
  });
}

function revoke(terminal: Terminal, id: string, options: { workspace?: string }): Promise<void> {
  return withSession(terminal, {}, async (session) => {
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    if (await revokeApiKey(session.context.pool, workspace.id, id)) return;
    throw new CommandError({
      ru: `Ключа ${id} нет: смотрите api-key list`,
      en: `There is no key ${id}: see api-key list`,
    });
  });
}
