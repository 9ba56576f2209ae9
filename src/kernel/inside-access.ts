/** What calls need that are counted inside of processes. */
import type { ProcessId } from '../base/ids.js';

/** Memory that a process of ours attaches (shmat(2)), and that we look at. It goes with the last who has it. */
export interface SharedMemory {
  readonly id: number;
  /** Part of it. Not to be used after `release`. */
  view(offset: number, bytes: number): DataView;
  release(): void;
}

/** What a process is confined by, where code of ours in it could make a difference. */
export interface Confinement {
  /** Has it a seccomp filter, or the strict mode? */
  readonly seccomp: boolean;
  /** Does the CPU compare its return addresses with copies (x86 shadow stack)? */
  readonly shadowStack: boolean;
  /** RLIMIT_AS is set. */
  readonly addressSpace: boolean;
  /** Pages of it are locked in memory. */
  readonly lockedMemory: boolean;
}

/** For calls that are counted inside of processes. */
export interface InsideAccess {
  /** @param owner the user who may attach it besides us */
  share(bytes: number, owner: number): SharedMemory | undefined;
  /** Waits until no CPU executes instructions any more that it read before; false where that cannot be had. */
  serializeCores(): boolean;
  /** The counter that programs read without a system call: the same on all CPUs, at a constant rate. */
  cycles(): bigint;
  /** undefined when the process has ended. */
  confinement(pid: ProcessId): Confinement | undefined;
}
