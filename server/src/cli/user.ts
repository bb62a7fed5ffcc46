import type { Command } from 'commander';
import { createSignInLink } from '../accounts/sign-in-links.ts';
import { findUserByEmail } from '../accounts/users.ts';
import { listWorkspaces } from '../accounts/workspaces.ts';
import { hasOwner } from '../first-start.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { badUsage, CommandError } from './command-error.ts';
import { chooseWorkspace, type Session, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

/** `user list|reset-link`. */
export function addUserCommands(program: Command, terminal: Terminal): void {
  const group = program.command('user').description(terminal.say({ ru: 'пользователи', en: 'users' }));
  group
    .command('list')
    .description(terminal.say({ ru: 'показать пользователей', en: 'show the users' }))
    .action(() => list(terminal));
  group
    .command('reset-link [email]')
    .description(
      terminal.say({
        ru: 'напечатать ссылку для выбора нового пароля; пока никто не вошёл, без e-mail: для первого входа',
        en: 'print a link to choose a new password; as long as nobody has signed in, without e-mail: to sign in first',
      }),
    )
    .action((email: string | undefined) => printResetLink(terminal, email));
}

function list(terminal: Terminal): Promise<void> {
  return withSession(terminal, {}, async ({ context }) => {
    const { rows } = await context.pool.query<{ email: string; name: string; role: string | null; workspace: string }>(
      `select email, users.name, role, workspaces.name as workspace
       from users left join members on members.user_id = users.id left join workspaces on workspaces.id = workspace_id
       order by email, workspaces.created_at`,
    );
    for (const { email, name, role, workspace } of rows) {
      terminal.print([email, name, role ?? '-', workspace ?? '-'].join('\t'));
    }
  });
}

function printResetLink(terminal: Terminal, email: string | undefined): Promise<void> {
  return withSession(terminal, {}, async (session) => {
    if (email !== undefined) return terminal.print(await resetLink(session, email.trim()));
    if (await hasOwner(session.context.pool)) {
      throw badUsage({
        ru: 'Укажите e-mail пользователя: смотрите user list',
        en: 'Name the e-mail of the user: see user list',
      });
    }
    const [first] = await listWorkspaces(session.context.pool);
    const workspace = await chooseWorkspace(session, terminal, first?.id);
    const link = { purpose: 'first-start', workspaceId: workspace.id } as const;
    terminal.print(await createSignInLink(session.context.pool, link, originOf(session)));
  });
}

async function resetLink(session: Session, email: string): Promise<string> {
  const { pool } = session.context;
  const user = await findUserByEmail(pool, email);
  const { rows } = await pool.query<{ workspaceId: WorkspaceId }>(
    'select workspace_id as "workspaceId" from members where user_id = $1 order by created_at, id limit 1',
    [user?.id ?? null],
  );
  const workspaceId = rows[0]?.workspaceId;
  if (!user || !workspaceId) {
    throw new CommandError({
      ru: `Пользователя ${email} нет: смотрите user list`,
      en: `There is no user ${email}: see user list`,
    });
  }
  return createSignInLink(pool, { purpose: 'reset', workspaceId, userId: user.id }, originOf(session));
}

/** Where people open Otklik: as configured, as the running server says, else as it will be on this machine. */
function originOf({ context: { config }, serverAddress }: Session): string {
  return config.publicUrl ?? serverAddress ?? `http://localhost:${config.port}`;
}
