/** Writes one JSON object per line for each event: for programs, and as a recording. */
import type { TraceEvent } from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import { jsonEvent } from './json-event.js';
import type { OutputStream } from '../output-stream.js';

export class JsonSink implements TraceSink {
  constructor(private readonly stream: OutputStream) {}

  get mayLag(): boolean {
    return this.stream.mayLag;
  }

  accept(event: TraceEvent): void {
    this.stream.write(`${jsonEvent(event)}\n`);
    this.stream.commit();
  }

  flush(): void {
    this.stream.flush();
  }

  finish(): void {
    this.stream.finish();
  }
}
