/** Where a thread is, and why it may not stop: what /proc tells without stopping it. */
import { toAddress } from '../../../base/address.js';
import type { ProcessId, ThreadId } from '../../../base/ids.js';
import type { Standing, WaitingCall } from '../../proc.js';
import { tryRead } from './proc-files.js';
import { readThreadStat } from './thread-stat.js';

/** undefined when there is no such thread. */
export function readStanding(tid: ThreadId): Standing | undefined {
  const state = readThreadStat(tid)?.state;
  if (state === undefined) return undefined;
  return { state, ...parseSyscall(tryRead(`/proc/${tid}/syscall`) ?? '') };
}

/** '' when it does not wait, or we may not know; proc_pid_wchan(5) */
export function readKernelFunction(tid: ThreadId): string {
  const name = tryRead(`/proc/${tid}/wchan`) ?? '';
  return name === '0' ? '' : name;
}

/**
 * @param text of /proc/TID/syscall, proc_pid_syscall(5): the number, six arguments, stack pointer and program counter;
 *   -1 and the last two where the thread waits outside of a call; "running"
 */
export function parseSyscall(text: string): Pick<Standing, 'call' | 'pc'> {
  const words = text.trim().split(' ');
  const number = Number(words[0]);
  const pc = wordOf(words.at(-1));
  // A program may put anything there, and then jump.
  const isAddress = pc !== undefined && pc <= Number.MAX_SAFE_INTEGER;
  const place = words.length >= 3 && isAddress ? toAddress(Number(pc)) : undefined;
  const args = words.slice(1, -2).map(wordOf);
  const isCall = words.length === 9 && Number.isInteger(number) && number >= 0;
  if (!isCall || !args.every((arg) => arg !== undefined)) return { call: undefined, pc: place };
  const call: WaitingCall = { number, args };
  return { call, pc: place };
}

function wordOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^0x[0-9a-f]+$/.test(text) ? BigInt(text) : undefined;
}

/** Files that tell of it: cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst of the kernel. */
const FREEZERS = [
  { type: 'cgroup', controller: 'freezer', file: 'freezer.state', frozen: /^(FROZEN|FREEZING)/ },
  { type: 'cgroup2', controller: '', file: 'cgroup.events', frozen: /^frozen 1$/m },
] as const;

export function isFrozen(pid: ProcessId): boolean {
  const groups = parseCgroups(tryRead(`/proc/${pid}/cgroup`) ?? '');
  const mounts = parseCgroupMounts(tryRead('/proc/self/mountinfo') ?? '');
  return FREEZERS.some(({ type, controller, file, frozen }) => {
    const group = groups.find(({ controllers }) => controllers.includes(controller));
    const mount = mounts.find(
      (each) => each.type === type && (controller === '' || each.options.includes(controller)),
    );
    if (group === undefined || mount === undefined) return false;
    // In a container the mount shows a part of the tree, and the process is in that.
    const path = group.path.startsWith(mount.root)
      ? group.path.slice(mount.root === '/' ? 0 : mount.root.length)
      : group.path;
    return frozen.test(tryRead(`${mount.point}${path}/${file}`) ?? '');
  });
}

interface Cgroup {
  /** Of version 1; [''] for version 2. */
  readonly controllers: readonly string[];
  readonly path: string;
}

/** @param text of /proc/PID/cgroup, cgroups(7): `number:controllers:path` */
export function parseCgroups(text: string): Cgroup[] {
  return text
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, controllers = '', path = '']) => ({ controllers: controllers.split(','), path }));
}

interface CgroupMount {
  readonly type: string;
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
}

/** @param text of /proc/PID/mountinfo, proc_pid_mountinfo(5) */
export function parseCgroupMounts(text: string): CgroupMount[] {
  return text
    .split('\n')
    .map((line) => /^\d+ \d+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)/.exec(line))
    .filter((match) => match !== null)
    .map(([, root = '', point = '', type = '', options = '']) => ({
      type,
      root,
      point,
      options: options.split(','),
    }));
}
