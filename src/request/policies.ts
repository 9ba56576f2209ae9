/** Which system calls and which children are wanted. */
import type { FollowPolicy, SyscallPolicy } from '../engine/engine-options.js';
import type { Glob } from '../filter/glob.js';
import type { SyscallSelection } from '../filter/syscall-selection.js';

export const ALL_SYSCALLS: SyscallPolicy = { kind: 'some', programs: 'all', selects: () => true };

/** Those that any of the selections has; none without one. */
export function syscallsIn(selections: readonly SyscallSelection[]): SyscallPolicy {
  if (selections.length === 0) return { kind: 'none' };
  return {
    kind: 'some',
    programs: 'all',
    selects: (name) => selections.some((one) => one.selects(name)),
  };
}

/** Children that execute a program of one of these names. */
export function followPrograms(globs: readonly Glob[]): FollowPolicy {
  return {
    kind: 'programs',
    matches: (program) => {
      const name = program.slice(program.lastIndexOf('/') + 1);
      return globs.some((glob) => glob.matches(name));
    },
  };
}
