/** All threads and processes that are held, and children that stopped before their parent told of them. */
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Process, Thread } from './tracee.js';

/** The stop that a child or thread begins life with under a tracer. */
export interface FirstStop {
  /** Status word of waitpid(2). */
  readonly status: number;
  /** What it is a thread of. */
  readonly process: ProcessId;
  /** The process that began it, for a process. */
  readonly parent: ProcessId;
}

/** So many children are remembered for a while, also when they were let go. */
const MOST_BORN = 4096;

export class ProcessTable {
  private readonly threadById = new Map<ThreadId, Thread>();
  private readonly processById = new Map<ProcessId, Process>();
  /** Stopped for the first time; their parent's fork or clone event is still to come. */
  private readonly unclaimed = new Map<ThreadId, FirstStop>();

  private readonly born = new Set<number>();

  get processes(): Iterable<Process> {
    return this.processById.values();
  }

  get threads(): Iterable<Thread> {
    return this.threadById.values();
  }

  get threadCount(): number {
    return this.threadById.size;
  }

  thread(tid: ThreadId): Thread | undefined {
    return this.threadById.get(tid);
  }

  process(pid: ProcessId): Process | undefined {
    return this.processById.get(pid);
  }

  /** The kernel has told us of this child, or thread. */
  noteBirth(child: number): void {
    this.born.add(child);
    const [oldest] = this.born;
    if (oldest !== undefined && this.born.size > MOST_BORN) this.born.delete(oldest);
  }

  /** Do we know of it by the kernel, and not only by its end? */
  wasBorn(child: ProcessId): boolean {
    return this.born.has(child) || this.processById.has(child);
  }

  addProcess(process: Process): void {
    this.processById.set(process.pid, process);
    process.space.processes.push(process.pid);
  }

  removeProcess(process: Process): void {
    this.leaveSpace(process);
    this.forget(process);
  }

  /** Like removeProcess, for one that has left its memory already. */
  forget(process: Process): void {
    this.processById.delete(process.pid);
    for (const tid of process.threads.keys()) this.threadById.delete(tid);
  }

  /** The process runs another program now, in another memory. */
  leaveSpace(process: Process): void {
    const { processes } = process.space;
    const index = processes.indexOf(process.pid);
    if (index !== -1) processes.splice(index, 1);
    if (processes.length === 1) process.space.inline?.resume();
    if (processes.length === 0) process.space.inline?.release();
  }

  addThread(thread: Thread): void {
    this.threadById.set(thread.tid, thread);
    const { threads } = thread.process;
    threads.set(thread.tid, thread);
    if (threads.size > 1) thread.process.mayEndInAFork = true;
  }

  removeThread(thread: Thread): void {
    this.threadById.delete(thread.tid);
    thread.process.threads.delete(thread.tid);
    thread.process.space.places.release(thread.tid);
  }

  leaveUnclaimed(tid: ThreadId, stop: FirstStop): void {
    this.unclaimed.set(tid, stop);
  }

  /** How the child stopped, if it has done so already. Each is given once. */
  claim(tid: ThreadId): FirstStop | undefined {
    const stop = this.unclaimed.get(tid);
    this.unclaimed.delete(tid);
    return stop;
  }

  /** The same for all that fit. */
  claimThose(fits: (stop: FirstStop) => boolean): (readonly [ThreadId, FirstStop])[] {
    const claimed = [...this.unclaimed].filter(([, stop]) => fits(stop));
    for (const [tid] of claimed) this.unclaimed.delete(tid);
    return claimed;
  }

  isUnclaimed(tid: ThreadId): boolean {
    return this.unclaimed.has(tid);
  }
}
