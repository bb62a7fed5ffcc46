import { execFileSync, spawnSync } from 'node:child_process';
import { OperatorError } from '../../lib/operator-error.ts';

/** The account PostgreSQL runs under when Otklik runs as root, which PostgreSQL refuses to do. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

const ACCOUNT = 'otklik';
const CREATE_COMMANDS = [
  ['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', ACCOUNT],
  ['adduser', '-S', '-D', '-H', '-s', '/sbin/nologin', ACCOUNT],
] as const;

/**
 * null when PostgreSQL can run as this process does. As root: the owner of an existing cluster, so that a folder made by
 * an ordinary user stays theirs; else the system account `otklik`, which is created when missing.
 */
export function chooseServerUser(clusterOwner: number | null): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  if (clusterOwner) {
    const owner = findUser(String(clusterOwner));
    if (owner) return owner;
  }
  return findUser(ACCOUNT) ?? createUser() ?? refuse();
}

function findUser(nameOrId: string): ServerUser | null {
  const ask = (flag: string): string | null => {
    try {
      return execFileSync('id', [flag, nameOrId], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return null;
    }
  };
  const [name, uid, gid] = [ask('-un'), Number(ask('-u')), Number(ask('-g'))];
  return name && uid > 0 ? { name, uid, gid } : null;
}

function createUser(): ServerUser | null {
  for (const [command, ...args] of CREATE_COMMANDS) {
    spawnSync(command, args, { stdio: 'ignore' });
    // Asked again whatever the command said: another start may have created it at the same moment.
    const user = findUser(ACCOUNT);
    if (user) return user;
  }
  return findUser('postgres') ?? findUser('nobody');
}

function refuse(): never {
  throw new OperatorError(
    `PostgreSQL does not run as root, and the account "${ACCOUNT}" could not be created for it: create it (useradd --system ${ACCOUNT}), start Otklik as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}
