/** What a thread's stat file says: in less time than its status file. */
import type { ThreadId } from '../../../base/ids.js';
import { tryRead } from './proc-files.js';
import { readStatus } from './procfs.js';

/** Fields of proc_pid_stat(5) that somebody asks for. */
export interface ThreadStat {
  /** 'R', 'S', 'D', 't', …; '' when the text is cut short. */
  readonly state: string;
  /** PF_* of <linux/sched.h>. */
  readonly flags: number;
  /** Signals 1 to 31 that it blocks, bit n-1 for signal n. */
  readonly blocked: number;
}

/** The numbers of the fields in proc_pid_stat(5); the state comes first after the name. */
const AFTER_NAME = 3;
const FLAGS = 9;
const BLOCKED = 32;

/** PF_IO_WORKER since Linux 5.12, and PF_USER_WORKER since 6.4; before, a virtual CPU and a loader of modules had them. */
const WORKER_FLAGS = 0x10 | 0x4000;
/** All but SIGKILL and SIGSTOP: copy_process in kernel/fork.c. No C library lets a program block all those. */
const BLOCKED_BY_WORKERS = 0xfffffffffffbfeffn;

/** Signals 1 to 31 that the thread blocks; 0 when there is no such thread. */
export function readBlockedSignals(tid: ThreadId): number {
  return readThreadStat(tid)?.blocked ?? 0;
}

/**
 * Is this one of the threads by which the kernel works for a process, of io_uring or vhost? They never execute the
 * program's code, and what they do for it fails with EINTR when they are asked to stop.
 */
export function isKernelWorker(tid: ThreadId): boolean {
  const flags = readThreadStat(tid)?.flags ?? 0;
  return (flags & WORKER_FLAGS) !== 0 && readStatus(tid)?.blocked === BLOCKED_BY_WORKERS;
}

export function readThreadStat(tid: ThreadId): ThreadStat | undefined {
  // For /proc/TID/stat the kernel adds up all threads of the process.
  const text = tryRead(`/proc/${tid}/task/${tid}/stat`, 'utf8');
  return text === undefined ? undefined : parseThreadStat(text);
}

/** @param text of a thread's stat file; the name in it is the program's to choose, parentheses and all */
export function parseThreadStat(text: string): ThreadStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const numberAt = (field: number): number => {
    const value = Number.parseInt(fields[field - AFTER_NAME] ?? '', 10);
    return Number.isNaN(value) ? 0 : value;
  };
  return { state: fields[0] ?? '', flags: numberAt(FLAGS), blocked: numberAt(BLOCKED) };
}
