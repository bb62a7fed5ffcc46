import { randomBytes } from 'node:crypto';
import type { Db, Tx } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { hashToken } from './authenticate.ts';
import type { Role } from './permissions.ts';

/**
 * A link that lets somebody in once. It is told when it is made; the database keeps only a hash of its token. Opening the
 * page does not use it up (mail programs and messengers open links to preview them), sending the form does.
 */
export type SignInLink =
  | { purpose: 'first-start'; workspaceId: WorkspaceId }
  | { purpose: 'reset'; workspaceId: WorkspaceId; userId: string }
  | { purpose: 'invite'; workspaceId: WorkspaceId; invitationId: string };

/** A link that may still be used, with what its page shows. */
export interface OpenLink {
  workspaceId: WorkspaceId;
  workspaceName: string;
  purpose: SignInLink['purpose'];
  userId: string | null;
  invitationId: string | null;
  /** Who it is for; null for the first owner, who chooses. */
  email: string | null;
  /** What an invitation gives. */
  role: Role | null;
}

const HOUR_SECONDS = 60 * 60;
const LIFETIMES: Record<SignInLink['purpose'], number> = {
  'first-start': 30 * 24 * HOUR_SECONDS,
  reset: 24 * HOUR_SECONDS,
  invite: 7 * 24 * HOUR_SECONDS,
};

/** Makes a link and returns its address, `<origin>/sign-in?token=…`. */
export async function createSignInLink(db: Db, link: SignInLink, origin: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await db.query(
    `insert into sign_in_links (token_hash, workspace_id, purpose, user_id, invitation_id, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
    [
      hashToken(token),
      link.workspaceId,
      link.purpose,
      link.purpose === 'reset' ? link.userId : null,
      link.purpose === 'invite' ? link.invitationId : null,
      LIFETIMES[link.purpose],
    ],
  );
  return `${origin}/sign-in?token=${token}`;
}

/** The link of a token, when it may still be used. */
export async function readSignInLink(db: Db, token: string): Promise<OpenLink | null> {
  const { rows } = await db.query<OpenLink>(
    `select links.workspace_id as "workspaceId", workspaces.name as "workspaceName", purpose,
       links.user_id as "userId", invitation_id as "invitationId", coalesce(users.email, invitations.email) as email,
       invitations.role
     from sign_in_links links join workspaces on workspaces.id = links.workspace_id
       left join users on users.id = links.user_id
       left join invitations on invitations.workspace_id = links.workspace_id and invitations.id = invitation_id
     where token_hash = $1 and used_at is null and links.expires_at > now()
       and (invitation_id is null or invitations.status = 'pending')`,
    [hashToken(token)],
  );
  return rows[0] ?? null;
}

/**
 * Uses the link up, and with it every other that was made for the same: once there is an owner, no older link may make another.
 * False when somebody was faster. In the transaction of what the link does.
 */
export async function consumeSignInLink(tx: Tx, token: string, link: OpenLink): Promise<boolean> {
  const { rows } = await tx.query<{ token_hash: string }>(
    `update sign_in_links set used_at = now()
     where workspace_id = $1 and purpose = $2 and user_id is not distinct from $3 and invitation_id is not distinct from $4
       and used_at is null and expires_at > now() returning token_hash`,
    [link.workspaceId, link.purpose, link.userId, link.invitationId],
  );
  return rows.some((row) => row.token_hash === hashToken(token));
}
