/** What code is called that belongs to no module: made by a JIT, in the vdso, in a file that was mapped by hand. */
import { posix } from 'node:path';
import type { ModuleIdentity } from '../../filter/symbol-filter.js';
import type { Mapping } from '../../kernel/mapping.js';

const ANONYMOUS: ModuleIdentity = { name: '[anon]', path: '', isMainProgram: false };
const UNKNOWN: ModuleIdentity = { name: '', path: '', isMainProgram: false };

/** The kernel's words for a file that has no name any more, and for shared memory without one: proc_pid_maps(5). */
const DELETED = / \(deleted\)$/;
const SHARED_ANONYMOUS = '/dev/zero';
/** memfd_create(2); the name behind it may hold slashes. */
const MEMFD = '/memfd:';

/** @param mapping that the code lies in; undefined where there is none */
export function identityOfMemory(mapping: Mapping | undefined): ModuleIdentity {
  if (mapping === undefined) return UNKNOWN;
  const path = mapping.path.replace(DELETED, '');
  if (path === '' || path === SHARED_ANONYMOUS) return ANONYMOUS;
  if (path.startsWith(MEMFD)) return { name: path.slice(1), path, isMainProgram: false };
  if (!path.startsWith('/')) return { name: path, path: '', isMainProgram: false };
  return { name: posix.basename(path), path, isMainProgram: false };
}
