/** What /proc tells of processes and threads. */
import type { Mapping } from './mapping.js';
import type { Address } from '../base/address.js';
import type { ProcessId, ThreadId } from '../base/ids.js';
import type { TraceeFiles } from './tracee-files.js';

export interface ProcessStatus {
  readonly name: string;
  /** 'R', 'S', 'T', 't', 'Z', …; see proc_pid_status(5). */
  readonly state: string;
  readonly processId: ProcessId;
  readonly parent: number;
  readonly tracer: number;
  readonly uid: number;
  /** Bit masks of signals, bit n-1 for signal n. */
  readonly pending: bigint;
  readonly sharedPending: bigint;
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
}

export type ThreadPlace =
  | { readonly kind: 'running' }
  /** In the kernel, but in no system call. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'syscall'; readonly number: number; readonly args: readonly bigint[] };

/** Where a thread is, as far as can be told without stopping it. */
export interface Standing {
  /** 'R', 'S', 'D', 't', …; see proc_pid_status(5). */
  readonly state: string;
  /** The system call that it waits in; undefined while it runs, or waits for something else. */
  readonly call: WaitingCall | undefined;
  /** Where it waits or goes on; undefined while it runs. */
  readonly pc: Address | undefined;
}

export interface WaitingCall {
  readonly number: number;
  readonly args: readonly bigint[];
}

export interface ProcAccess {
  mappings(pid: ProcessId): readonly Mapping[];
  auxiliaryVector(pid: ProcessId): Uint8Array;
  threads(pid: ProcessId): readonly ThreadId[];
  /** Does the thread only serve the kernel, io_uring say? It executes nothing of the program, and must not be stopped. */
  isKernelWorker(tid: ThreadId): boolean;
  /** undefined when there is no such process. */
  status(id: ProcessId | ThreadId): ProcessStatus | undefined;
  /** undefined when there is no such thread. */
  standing(tid: ThreadId): Standing | undefined;
  /** The function of the kernel in which the thread waits, '' when unknown. */
  kernelFunction(tid: ThreadId): string;
  /** Is the process in a cgroup whose tasks do not run (cgroups(7), freezer)? */
  isFrozen(pid: ProcessId): boolean;
  /**
   * Signals 1 to 31 that the thread blocks, bit by bit as in {@link ProcessStatus.blocked}, and in less time; 0 when it
   * has ended.
   */
  blockedSignals(tid: ThreadId): number;
  /** Path of the program file as the process sees it; its name, at most 15 bytes, where the path is not for us. */
  executablePath(pid: ProcessId): string;
  /**
   * Has the program that begins not got the rights of another user or group that its file gives (set-uid, set-gid)?
   *
   * @param path of the file, should the process not let us see it
   */
  lacksRightsOfFile(pid: ProcessId, path: string): boolean;
  /** Every process that we trace, of which we may not know yet; looks through all that there are. */
  tracees(): readonly ProcessId[];
  /** Other processes that run in the same memory; looks through all that there are. */
  sharers(pid: ProcessId): readonly ProcessId[];
  filesOf(pid: ProcessId): TraceeFiles;
  /** What a descriptor of the process refers to, '' when unknown. */
  descriptorPath(pid: ProcessId, descriptor: number): string;
  /** Where a thread stands that was not stopped; undefined when it has ended, or the system does not say. */
  threadPlace(tid: ThreadId): ThreadPlace | undefined;
  /** CPU time of a thread, ns. */
  cpuTime(tid: ThreadId): number;
}
