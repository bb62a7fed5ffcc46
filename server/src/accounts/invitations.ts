import type { Db, Tx } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { randomText } from './auth-names.ts';
import type { Role } from './permissions.ts';
import { createSignInLink } from './sign-in-links.ts';

/** Somebody was asked to join and has not answered yet. */
export interface Invitation {
  id: string;
  email: string;
  role: Role;
  createdAt: Date;
  expiresAt: Date;
}

const COLUMNS = 'id, email, role, created_at as "createdAt", expires_at as "expiresAt"';

/** Invites by a link to copy; an earlier invitation of the same e-mail ends. Nothing is sent to anybody. */
export async function createInvitation(
  tx: Tx,
  invitation: { workspaceId: WorkspaceId; email: string; role: Role; inviterId: string | null },
  origin: string,
): Promise<Invitation & { url: string }> {
  const email = invitation.email.toLowerCase();
  await tx.query(
    `update invitations set status = 'canceled' where workspace_id = $1 and email = $2 and status = 'pending'`,
    [invitation.workspaceId, email],
  );
  const { rows } = await tx.query<Invitation>(
    `insert into invitations (id, workspace_id, email, role, inviter_id, expires_at)
     values ($1, $2, $3, $4, $5, now() + interval '7 days') returning ${COLUMNS}`,
    [randomText(26), invitation.workspaceId, email, invitation.role, invitation.inviterId],
  );
  const created = rows[0] as Invitation;
  const link = { purpose: 'invite', workspaceId: invitation.workspaceId, invitationId: created.id } as const;
  return { ...created, url: await createSignInLink(tx, link, origin) };
}

/** The invitations that may still be accepted. */
export async function listInvitations(db: Db, workspaceId: WorkspaceId): Promise<Invitation[]> {
  const { rows } = await db.query<Invitation>(
    `select ${COLUMNS} from invitations where workspace_id = $1 and status = 'pending' and expires_at > now()
     order by created_at desc, id`,
    [workspaceId],
  );
  return rows;
}

/** Ends an invitation, and its link with it; false when there is none to end. */
export async function cancelInvitation(db: Db, workspaceId: WorkspaceId, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update invitations set status = 'canceled' where workspace_id = $1 and id = $2 and status = 'pending'`,
    [workspaceId, id],
  );
  return rowCount === 1;
}
