/** Where a thread stands that nobody has stopped: /proc/TID/syscall, proc_pid_syscall(5). */
import type { ThreadId } from '../../../base/ids.js';
import type { ThreadPlace } from '../../proc.js';
import { tryRead } from './proc-files.js';

/** undefined when the thread has ended, or the system does not say. */
export function readThreadPlace(tid: ThreadId): ThreadPlace | undefined {
  const text = tryRead(`/proc/${tid}/syscall`);
  return text === undefined ? undefined : parseThreadPlace(text);
}

/**
 * `running`; or `-1 SP PC` where it is in the kernel but in no system call; or the number of the system call, its six
 * arguments, SP and PC.
 */
export function parseThreadPlace(text: string): ThreadPlace | undefined {
  const words = text.trim().split(' ');
  if (words[0] === 'running') return { kind: 'running' };
  const [number = NaN, ...rest] = words.map(Number);
  if (number === -1) return { kind: 'waiting' };
  // With the first word, the six arguments, SP and PC.
  if (!Number.isInteger(number) || rest.length !== 8) return undefined;
  return { kind: 'syscall', number, args: words.slice(1, 7).map((word) => BigInt(word)) };
}
