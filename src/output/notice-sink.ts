/** Tells the person at the terminal what the tracer has to say while the trace itself goes elsewhere. */
import type { TraceEvent } from '../trace/event.js';
import { OutputClosed, type TraceSink } from '../trace/sink.js';
import type { OutputStream } from './output-stream.js';
import { noticeLines } from './text/notice-lines.js';

export class NoticeSink implements TraceSink {
  readonly mayLag = true;

  constructor(private readonly stream: OutputStream) {}

  accept(event: TraceEvent): void {
    if (event.kind !== 'notice' && event.kind !== 'coverage') return;
    unlessClosed(() => {
      for (const line of noticeLines(event)) this.stream.write(line);
      this.stream.flush();
    });
  }

  /** There is nothing in them to be told. */
  takeTotals(): void {}

  flush(): void {
    // Every notice is written at once.
  }

  finish(): void {
    unlessClosed(() => this.stream.finish());
  }
}

/** Nobody reads the notices: no reason to end a trace that goes to a file. */
function unlessClosed(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
}
