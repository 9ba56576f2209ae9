/** Programs that run with the rights of their file's owner: set-uid and set-gid, execve(2). */
import { statSync, type Stats } from 'node:fs';

import type { ProcessId } from '../../../base/ids.js';
import { fieldOf } from './procfs.js';
import { tryRead } from './proc-files.js';

// inode(7); a file that its group may not execute has the second for another purpose.
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o0010;

/** See Kernel.lacksRightsOfFile. */
export function lacksRightsOfFile(pid: ProcessId, path: string): boolean {
  const text = tryRead(`/proc/${pid}/status`, 'utf8');
  const file = statOf(`/proc/${pid}/exe`) ?? statOf(path);
  if (text === undefined || file === undefined) return false;
  const status = `\n${text}`;
  // It gave such rights up for good (PR_SET_NO_NEW_PRIVS), whoever traces it.
  if (fieldOf(status, 'NoNewPrivs') === '1') return false;
  const setsUser = (file.mode & S_ISUID) !== 0;
  const setsGroup = (file.mode & S_ISGID) !== 0 && (file.mode & S_IXGRP) !== 0;
  return (
    (setsUser && file.uid !== effectiveId(status, 'Uid')) ||
    (setsGroup && file.gid !== effectiveId(status, 'Gid'))
  );
}

/** Real, effective, saved, of the file system: proc_pid_status(5). */
function effectiveId(status: string, name: 'Uid' | 'Gid'): number {
  return Number(fieldOf(status, name)?.split('\t')[1]);
}

/** undefined where we may not look. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
