/** For what only a user without privileges meets: runs commands that may not suspend seccomp(2) filters. */
import { isRoot } from './toolchain.js';

/** The words of `setpriv` of util-linux, which root needs to be rid of CAP_SYS_ADMIN. */
const DROP = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];

export function withoutAdmin(command: readonly string[]): readonly string[] {
  return isRoot() ? [...DROP, ...command] : command;
}
