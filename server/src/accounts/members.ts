import type { Db, Tx } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { randomText } from './auth-names.ts';
import { isAllowed, mayManage, ROLES, type Role } from './permissions.ts';

/** Somebody who belongs to a workspace. */
export interface Member {
  id: string;
  userId: string;
  name: string;
  email: string;
  role: Role;
  createdAt: Date;
}

/** Why a change of members is refused. */
export type MemberProblem = 'not-found' | 'last-owner' | 'outranked';

const SELECT = `select members.id, user_id as "userId", users.name, email, role, members.created_at as "createdAt"
  from members join users on users.id = user_id`;

/** Everybody in a workspace, who came first first. */
export async function listMembers(db: Db, workspaceId: WorkspaceId): Promise<Member[]> {
  const { rows } = await db.query<Member>(`${SELECT} where workspace_id = $1 order by members.created_at, members.id`, [
    workspaceId,
  ]);
  return rows;
}

/** Makes a user a member; one who is already keeps the role they have. */
export async function addMember(
  tx: Tx,
  member: { workspaceId: WorkspaceId; userId: string; role: Role },
): Promise<void> {
  await tx.query(
    `insert into members (id, workspace_id, user_id, role) values ($1, $2, $3, $4)
     on conflict (workspace_id, user_id) do nothing`,
    [randomText(26), member.workspaceId, member.userId, member.role],
  );
}

/** Gives a member another role. Must run in a transaction: changes of one workspace's members take turns. */
export async function changeRole(
  tx: Tx,
  change: { workspaceId: WorkspaceId; memberId: string; role: Role; by: Role },
): Promise<Result<Member, MemberProblem>> {
  const found = await lockMember(tx, change);
  if (!found.ok) return found;
  const member = found.value;
  if (!mayManage(change.by, change.role)) return fail('outranked');
  if (change.role !== 'owner' && (await isLastOwner(tx, change.workspaceId, member))) return fail('last-owner');
  await tx.query('update members set role = $3 where workspace_id = $1 and id = $2', [
    change.workspaceId,
    member.id,
    change.role,
  ]);
  await endInvitations(tx, change.workspaceId, member.userId, rolesInviting(change.role));
  return ok({ ...member, role: change.role });
}

/** Takes somebody out of a workspace. Must run in a transaction. */
export async function removeMember(
  tx: Tx,
  removal: { workspaceId: WorkspaceId; memberId: string; by: Role },
): Promise<Result<Member, MemberProblem>> {
  const found = await lockMember(tx, removal);
  if (!found.ok) return found;
  if (await isLastOwner(tx, removal.workspaceId, found.value)) return fail('last-owner');
  await tx.query('delete from members where workspace_id = $1 and id = $2', [removal.workspaceId, removal.memberId]);
  await tx.query('update sessions set active_workspace_id = null where user_id = $1 and active_workspace_id = $2', [
    found.value.userId,
    removal.workspaceId,
  ]);
  await endInvitations(tx, removal.workspaceId, found.value.userId, []);
  return found;
}

/** Ends what somebody offered and could not offer any more, so that nobody comes back by their own invitation. */
async function endInvitations(tx: Tx, workspaceId: WorkspaceId, inviterId: string, kept: Role[]): Promise<void> {
  await tx.query(
    `update invitations set status = 'canceled'
     where workspace_id = $1 and inviter_id = $2 and status = 'pending' and role <> all($3)`,
    [workspaceId, inviterId, kept],
  );
}

function rolesInviting(role: Role): Role[] {
  return isAllowed(role, 'member.write') ? ROLES.filter((other) => mayManage(role, other)) : [];
}

async function lockMember(
  tx: Tx,
  { workspaceId, memberId, by }: { workspaceId: WorkspaceId; memberId: string; by: Role },
): Promise<Result<Member, MemberProblem>> {
  // Two owners who demote each other at once would otherwise leave a workspace without any.
  await tx.query('select 1 from workspaces where id = $1 for no key update', [workspaceId]);
  const { rows } = await tx.query<Member>(`${SELECT} where workspace_id = $1 and members.id = $2`, [
    workspaceId,
    memberId,
  ]);
  const [member] = rows;
  if (!member) return fail('not-found');
  return mayManage(by, member.role) ? ok(member) : fail('outranked');
}

async function isLastOwner(tx: Tx, workspaceId: WorkspaceId, member: Member): Promise<boolean> {
  if (member.role !== 'owner') return false;
  const { rows } = await tx.query<{ others: number }>(
    `select count(*)::int as others from members where workspace_id = $1 and role = 'owner' and id <> $2`,
    [workspaceId, member.id],
  );
  return rows[0]?.others === 0;
}
