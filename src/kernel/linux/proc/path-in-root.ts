/** Paths as a process means them: below its root directory, in its mount namespace. */
import { lstatSync, readlinkSync, statSync } from 'node:fs';

import { readLinkOr } from './proc-files.js';

/** As many as the kernel follows (linux/namei.h, MAXSYMLINKS). */
const LONGEST_LINK_CHAIN = 40;

/** Does the task see the same files at the same paths as we do? */
export function sharesOurRoot(task: number): boolean {
  if (!sharesOurMounts(task)) return false;
  try {
    const theirs = statSync(`/proc/${task}/root/`);
    const ours = statSync('/');
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return true;
  }
}

/** If only its root differs, the paths in its maps are ours and not its own. */
export function sharesOurMounts(task: number): boolean {
  return readLinkOr(`/proc/${task}/ns/mnt`, '?') === readLinkOr('/proc/self/ns/mnt');
}

/** Follows symbolic links by hand: absolute ones would lead out of the process's root into ours. */
export function resolveInside(root: string, path: string): string | undefined {
  const pending = path.split('/');
  const resolved: string[] = [];
  for (let links = 0; pending.length > 0;) {
    const name = pending.shift();
    if (name === undefined || name === '' || name === '.') continue;
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const here = `${root}/${[...resolved, name].join('/')}`;
    const target = linkTarget(here);
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    if (++links > LONGEST_LINK_CHAIN) return undefined;
    if (target.startsWith('/')) resolved.length = 0;
    pending.unshift(...target.split('/'));
  }
  return `${root}/${resolved.join('/')}`;
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
