/** `-u USER`: the ids that /etc/passwd and /etc/group give a user. */
import { readFileSync } from 'node:fs';
import { UserError } from '../base/errors.js';
import { onOneLine } from '../filter/pattern-error.js';

export interface UserIdentity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The text of passwd(5) and group(5). */
export interface UserDatabase {
  readonly passwd: string;
  readonly group: string;
}

export function readUserDatabase(): UserDatabase {
  return { passwd: readOrEmpty('/etc/passwd'), group: readOrEmpty('/etc/group') };
}

/** By name or by number. Throws UserError when the database does not know the user. */
export function findUser(user: string, database: UserDatabase): UserIdentity {
  const rows = database.passwd.split('\n').map((line) => line.split(':'));
  // passwd(5): name:password:uid:gid:comment:home:shell
  const row =
    rows.find(([name]) => name === user && user !== '') ??
    rows.find(([, , uid]) => uid === user && /^[0-9]+$/.test(user));
  const [name, , uid, gid] = row ?? [];
  if (name === undefined || !isId(uid) || !isId(gid)) {
    throw new UserError(`-u: cannot find user '${onOneLine(user)}' in /etc/passwd`);
  }
  return { uid: Number(uid), gid: Number(gid), groups: groupsOf(name, Number(gid), database) };
}

/** As initgroups(3): the groups that list the user, and the user's own. */
function groupsOf(name: string, gid: number, database: UserDatabase): readonly number[] {
  const groups = new Set([gid]);
  for (const line of database.group.split('\n')) {
    // group(5): name:password:gid:members
    const [, , id, members] = line.split(':');
    if (isId(id) && members?.split(',').includes(name) === true) groups.add(Number(id));
  }
  return [...groups];
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^[0-9]{1,10}$/.test(text);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
