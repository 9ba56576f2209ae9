/** Which calls of a recording have begun and not ended, thread by thread. */
import type { CallEvent, SyscallEvent, TraceEvent } from '../../trace/event.js';

type OpenCall = CallEvent | SyscallEvent;

interface ThreadCalls {
  readonly pid: number;
  readonly calls: Map<number, OpenCall>;
}

export class OpenCalls {
  private readonly threads = new Map<number, ThreadCalls>();

  begin(call: OpenCall): void {
    const thread = this.threads.get(call.tid);
    if (thread === undefined) {
      this.threads.set(call.tid, { pid: call.pid, calls: new Map([[call.call, call]]) });
    } else thread.calls.set(call.call, call);
  }

  /** Takes the call out; undefined when it never began. */
  end(tid: number, pid: number, id: number): OpenCall | undefined {
    const own = this.threads.get(tid);
    // A thread that calls exec takes over the id of the first thread of its process.
    const holder =
      own?.calls.has(id) === true ? own : this.ofProcess(pid).find(({ calls }) => calls.has(id));
    const call = holder?.calls.get(id);
    holder?.calls.delete(id);
    return call;
  }

  /** Follows processes that begin and end. */
  accept(event: TraceEvent): void {
    if (event.kind === 'process-started' && event.parent !== undefined) {
      this.inherit(event.pid, event.tid, event.parent);
    } else if (event.kind === 'thread-ended') {
      this.threads.delete(event.tid);
    } else if (event.kind === 'exited' || event.kind === 'killed' || event.kind === 'detached') {
      // exit_group and its like never return: without this they would be kept for ever.
      for (const [tid, thread] of this.threads) {
        if (thread.pid === event.pid) this.threads.delete(tid);
      }
    }
  }

  /** A child returns from the calls in which its parent forked. */
  private inherit(pid: number, tid: number, parent: number): void {
    const calls = new Map(this.ofProcess(parent).flatMap((thread) => [...thread.calls]));
    this.threads.set(tid, { pid, calls });
  }

  private ofProcess(pid: number): readonly ThreadCalls[] {
    return [...this.threads.values()].filter((thread) => thread.pid === pid);
  }
}
