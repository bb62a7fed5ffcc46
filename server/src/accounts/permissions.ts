/** From the most to the least powerful. */
export const ROLES = ['owner', 'admin', 'manager', 'agent'] as const;
export type Role = (typeof ROLES)[number];

const EVERYONE: readonly Role[] = ROLES;
const MANAGERS: readonly Role[] = ['owner', 'admin', 'manager'];
const ADMINS: readonly Role[] = ['owner', 'admin'];

/** Who may do what. Every route names its action; the web app disables controls by the same table. */
export const PERMISSIONS = {
  'workspace.read': EVERYONE,
  'workspace.write': ADMINS,
  'member.read': EVERYONE,
  'member.write': ADMINS,
  'api-key.read': ADMINS,
  'api-key.write': ADMINS,
  'catalogue.read': EVERYONE,
  'lead.read': EVERYONE,
  'lead.write': EVERYONE,
  'lead.delete': MANAGERS,
  'lead.import': MANAGERS,
  'stage.read': EVERYONE,
  'stage.write': MANAGERS,
  'field.read': EVERYONE,
  'field.write': MANAGERS,
  'robot.read': EVERYONE,
  'robot.write': MANAGERS,
  'line.read': EVERYONE,
  'line.write': ADMINS,
  'file.read': EVERYONE,
  'file.write': EVERYONE,
  'file.delete': MANAGERS,
  'message.read': EVERYONE,
  'message.resolve': MANAGERS,
  'simulator.read': EVERYONE,
  'simulator.write': EVERYONE,
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof PERMISSIONS;

/** Whether somebody of that role may give, change or take the other: nobody reaches above their own. */
export function mayManage(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(other);
}

/** Whether somebody of that role may do it. */
export function isAllowed(role: Role, action: Action): boolean {
  const roles: readonly Role[] = PERMISSIONS[action];
  return roles.includes(role);
}
