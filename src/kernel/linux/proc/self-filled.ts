/**
 * Processes whose memory may be filled when it is first touched, by userfaultfd(2): by themselves, or by whom they gave
 * the descriptor. They have such a descriptor (proc_pid_fd(5)), or memory that is marked so (proc_pid_smaps(5)).
 */
import type { ProcessId } from '../../../base/ids.js';
import { readLinkOr, tryRead, tryReaddir } from './proc-files.js';
import { taskWithMemory } from './procfs.js';

const DESCRIPTOR = 'anon_inode:[userfaultfd]';
/** VmFlags of missing pages, and of pages that are there for others only (Documentation/filesystems/proc.rst). */
const MARKED = /^VmFlags:.* u[im]\b/m;
/** A look at a process holds for so long, ms, or for so many times what it took, if that is longer. */
const HOLDS_MS = 100;
const HOLDS_TIMES = 100;

export class SelfFilled {
  /** When to look again, ms since our start; 'filled' once is not asked again. */
  private readonly found = new Map<ProcessId, number | 'filled'>();

  /** Hot path. */
  mayBe(pid: ProcessId): boolean {
    const found = this.found.get(pid);
    if (found === 'filled') return true;
    const now = performance.now();
    if (found !== undefined && now < found) return false;
    const isFilled = hasDescriptor(pid) || hasMarkedMemory(pid);
    const end = performance.now();
    const holds = Math.max(HOLDS_MS, HOLDS_TIMES * (end - now));
    this.found.set(pid, isFilled ? 'filled' : end + holds);
    return isFilled;
  }

  forget(pid: ProcessId): void {
    this.found.delete(pid);
  }
}

function hasDescriptor(pid: ProcessId): boolean {
  const folder = `/proc/${taskWithMemory(pid)}/fd`;
  return (tryReaddir(folder) ?? []).some((one) => readLinkOr(`${folder}/${one}`) === DESCRIPTOR);
}

/** Also where it cannot be told. */
function hasMarkedMemory(pid: ProcessId): boolean {
  const maps = tryRead(`/proc/${taskWithMemory(pid)}/smaps`);
  return maps === undefined || MARKED.test(maps);
}
