/** Gathers events into batches of bounded size and sends them; waits while too many are under way. */
import type { TraceEvent } from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';
import type { Argument, Value } from '../trace/value.js';
import type { FlowSender } from './flow-control.js';
import { EventPacker, type WireEvent } from './wire.js';

/** Posting costs about as much as a few dozen events. */
const MOST_EVENTS = 512;
/** A batch whose strings are longer than this in all is sent at once. */
const MOST_BYTES = 1 << 20;

export class BatchSink implements TraceSink {
  readonly mayLag = true;
  private readonly packer = new EventPacker();
  private batch: WireEvent[] = [];
  private bytes = 0;

  constructor(
    private readonly flow: Pick<FlowSender, 'take' | 'isAbandoned'>,
    private readonly send: (events: readonly WireEvent[]) => void,
  ) {}

  accept(event: TraceEvent): void {
    this.batch.push(this.packer.pack(event));
    this.bytes += bytesOfEvent(event);
    if (this.batch.length >= MOST_EVENTS || this.bytes >= MOST_BYTES) this.flush();
  }

  flush(): void {
    const { batch } = this;
    if (batch.length === 0) return;
    this.batch = [];
    this.bytes = 0;
    if (this.flow.take() === 'room') this.send(batch);
  }

  finish(): void {
    this.flush();
  }
}

function bytesOfEvent(event: TraceEvent): number {
  if (event.kind === 'call' || event.kind === 'syscall') return bytesOfArguments(event.args);
  if (event.kind === 'return' || event.kind === 'syscall-return') {
    return bytesOfArguments(event.outArgs) + bytesOf(event.result);
  }
  return 0;
}

function bytesOfArguments(args: readonly Argument[]): number {
  let sum = 0;
  for (const { value } of args) sum += bytesOf(value);
  return sum;
}

/** Of text and payload, which alone have no small bound; nesting is bounded by the lens. */
function bytesOf(value: Value): number {
  if (value.kind === 'string' || value.kind === 'buffer') return value.bytes.length;
  if (value.kind === 'pointer') return value.target === undefined ? 0 : bytesOf(value.target);
  if (value.kind === 'changed') return bytesOf(value.before) + bytesOf(value.after);
  if (value.kind === 'array') {
    return value.elements.reduce((sum, element) => sum + bytesOf(element), 0);
  }
  if (value.kind === 'struct') {
    return value.fields.reduce((sum, field) => sum + bytesOf(field.value), 0);
  }
  return 0;
}
