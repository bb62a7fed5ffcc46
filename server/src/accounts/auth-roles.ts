import { createAccessControl } from 'better-auth/plugins/access';
import { defaultStatements } from 'better-auth/plugins/organization/access';
import { ROLES } from './permissions.ts';

/**
 * Our roles as better-auth's organisation plugin wants them. None of them may do anything through its own endpoints: members
 * and workspaces are changed through our routes, by `permissions.ts`.
 */
export function organizationRoles() {
  const ac = createAccessControl(defaultStatements);
  return { ac, roles: Object.fromEntries(ROLES.map((role) => [role, ac.newRole({})])), creatorRole: 'owner' };
}
