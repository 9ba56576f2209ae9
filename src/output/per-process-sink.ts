/** Gives every process a sink of its own (`-ff`, `-o FILE.%p`). */
import type { SessionStarted, TraceEvent } from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';
import { earliest } from './fan-out.js';

/** @param occurrence 0 the first time, more when the kernel gives out a process id again */
export type SinkFactory = (pid: number, occurrence: number) => TraceSink;

export class PerProcessSink implements TraceSink {
  readonly mayLag = true;
  private session: SessionStarted | undefined;
  private readonly open = new Map<number, TraceSink>();
  private readonly occurrences = new Map<number, number>();

  constructor(private readonly makeSink: SinkFactory) {}

  accept(event: TraceEvent): void {
    if (event.kind === 'session-started') {
      this.session = event;
    } else if (event.kind === 'coverage' || event.kind === 'notice') {
      // About the session, not about one process.
      for (const sink of this.open.values()) sink.accept(event);
    } else {
      this.sinkOf(event.pid).accept(event);
      if (endsProcess(event)) this.close(event.pid);
    }
  }

  flush(): void {
    for (const sink of this.open.values()) sink.flush();
  }

  tick(at: number): number | undefined {
    return earliest(this.open.values(), at);
  }

  finish(): void {
    for (const pid of [...this.open.keys()]) this.close(pid);
  }

  private sinkOf(pid: number): TraceSink {
    const known = this.open.get(pid);
    if (known !== undefined) return known;
    const occurrence = this.occurrences.get(pid) ?? 0;
    this.occurrences.set(pid, occurrence + 1);
    const sink = this.makeSink(pid, occurrence);
    this.open.set(pid, sink);
    if (this.session !== undefined) sink.accept(this.session);
    return sink;
  }

  private close(pid: number): void {
    const sink = this.open.get(pid);
    this.open.delete(pid);
    sink?.finish();
  }
}

function endsProcess(event: TraceEvent): boolean {
  return event.kind === 'exited' || event.kind === 'killed' || event.kind === 'detached';
}
