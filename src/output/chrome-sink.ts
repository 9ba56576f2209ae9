/**
 * Writes the Trace Event Format that Perfetto, chrome://tracing and speedscope open: threads as tracks,
 * calls as nested slices. The array is written event by event; its readers accept a missing `]`, so a
 * trace that is cut off opens as well.
 */
import { describeErrno } from '../base/errno-names.js';
import { signalName } from '../base/signal-names.js';
import type {
  CallAbandoned,
  CallEvent,
  ReturnEvent,
  SyscallEvent,
  SyscallReturn,
  TraceEvent,
  Where,
} from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';
import type { Argument } from '../trace/value.js';
import { quote } from './recording/json-text.js';
import { shortText } from './recording/json-value.js';
import type { OutputStream } from './output-stream.js';
import { formatScript, plainName } from './text/call-line.js';

type Entered = CallEvent | SyscallEvent;
type Left = ReturnEvent | SyscallReturn;

interface Label {
  readonly name: string;
  readonly category: string;
}

interface Slice extends Label {
  readonly call: number;
}

export class ChromeSink implements TraceSink {
  private separator = '[\n';
  /** The open slices of each thread, outermost first: an end closes the innermost. */
  private readonly openSlices = new Map<number, Slice[]>();

  constructor(
    private readonly stream: OutputStream,
    private readonly names: 'mangled' | 'demangled',
  ) {}

  get mayLag(): boolean {
    return this.stream.mayLag;
  }

  accept(event: TraceEvent): void {
    if (event.kind === 'call' || event.kind === 'syscall') this.begin(event);
    else if (event.kind === 'return' || event.kind === 'syscall-return') {
      this.end(event, resultArgs(event));
    } else if (event.kind === 'call-abandoned') {
      this.end(event, `"abandoned":"${event.why}"`);
    } else this.acceptHappening(event);
    this.stream.commit();
  }

  flush(): void {
    this.stream.flush();
  }

  finish(): void {
    this.stream.write(this.separator === '[\n' ? '[]\n' : '\n]\n');
    this.stream.finish();
  }

  private begin(event: Entered): void {
    const category = event.kind === 'syscall' ? 'system call' : event.library;
    const slice = {
      call: event.call,
      name: plainName(event, { names: this.names }),
      category: category === '' ? 'call' : category,
    };
    const slices = this.openSlices.get(event.tid);
    if (slices === undefined) this.openSlices.set(event.tid, [slice]);
    else slices.push(slice);
    const caller = event.caller.module === '' ? '' : `"caller":${quote(event.caller.module)}`;
    const from = joined(caller, origin(event));
    this.write(event, 'B', slice, joined(from, argumentList(event.args)));
  }

  private end(event: Left | CallAbandoned, args: string): void {
    const track = this.trackOf(event);
    const slices = this.openSlices.get(track.tid) ?? [];
    if (!slices.some((slice) => slice.call === event.call.call)) return;
    for (let slice = slices.pop(); slice !== undefined; slice = slices.pop()) {
      const itself = slice.call === event.call.call;
      // Calls within it that have not ended (coroutines leave them open) cannot outlast it here.
      this.write(track, 'E', slice, itself ? args : '');
      if (itself) return;
    }
  }

  /** A goroutine may return on another thread than it called on; a forked child ends its own copy of the call. */
  private trackOf(event: Left | CallAbandoned): Where {
    const { pid, at, call } = event;
    return pid === call.pid ? { pid, tid: call.tid, at } : event;
  }

  // eslint-disable-next-line complexity -- one arm for each kind of event
  private acceptHappening(event: Exclude<TraceEvent, Entered | Left | CallAbandoned>): void {
    switch (event.kind) {
      case 'process-started':
      case 'exec':
        this.nameTrack(event, 'process_name', event.program);
        break;
      case 'thread-started':
      case 'thread-state':
        this.nameTrack(event, 'thread_name', `thread ${event.tid}`);
        break;
      case 'signal':
        this.instant(event, signalName(event.signal));
        break;
      case 'exited':
        this.endThread(event, `exited (status ${event.code})`);
        break;
      case 'killed':
        this.endThread(event, `killed by ${signalName(event.signal)}`);
        break;
      case 'thread-ended':
        this.endThread(event, 'thread ended');
        break;
      case 'notice':
        this.instant(event, event.text);
        break;
      case 'session-started':
      case 'detached':
      case 'module-loaded':
      case 'module-unloaded':
      case 'coverage':
        break;
    }
  }

  /** Closes what is open: exit_group and its like never return. */
  private endThread(event: Where, how: string): void {
    const slices = this.openSlices.get(event.tid) ?? [];
    for (const slice of slices.reverse()) this.write(event, 'E', slice, '');
    this.openSlices.delete(event.tid);
    this.instant(event, how);
  }

  private nameTrack(event: Where, kind: 'process_name' | 'thread_name', name: string): void {
    this.write(event, 'M', { name: kind, category: '__metadata' }, `"name":${quote(name)}`);
  }

  /** A mark on the track of the thread. */
  private instant(event: Where, name: string): void {
    this.write(event, 'i', { name, category: 'event' }, '');
  }

  /** Chrome's own tools expect name, cat and args in every event, even where they say nothing. */
  private write(event: Where, phase: string, label: Label, args: string): void {
    const scope = phase === 'i' ? ',"s":"t"' : '';
    const what = `"name":${quote(label.name)},"cat":${quote(label.category)},"ph":"${phase}"${scope}`;
    // Timestamps are microseconds; three decimals keep the nanoseconds.
    const where = `"pid":${event.pid},"tid":${event.tid},"ts":${event.at / 1000}`;
    this.stream.write(`${this.separator}{${what},${where},"args":{${args}}}`);
    this.separator = ',\n';
  }
}

/** The line that made the call: where argument names are shown, and so never that of one. */
function origin({ script, caller: { source } }: Entered): string {
  const [frame] = script ?? [];
  if (frame !== undefined) return `"origin":${quote(formatScript(frame))}`;
  return source === undefined ? '' : `"origin":${quote(`${source.file}:${source.line}`)}`;
}

function resultArgs(event: Left): string {
  const errno = event.errno === undefined ? '' : `"errno":${quote(describeErrno(event.errno))}`;
  const result = `"result":${quote(shortText(event.result))}`;
  return joined(joined(argumentList(event.outArgs, event.call.args.length), result), errno);
}

/** @param before how many arguments stand left of these */
function argumentList(args: readonly Argument[], before = 0): string {
  return args
    .map(({ name, value }, index) => {
      const key = name ?? `arg${before + index + 1}`;
      return value.kind === 'hidden' ? '' : `${quote(key)}:${quote(shortText(value))}`;
    })
    .filter((text) => text !== '')
    .join(',');
}

function joined(left: string, right: string): string {
  return left === '' || right === '' ? left + right : `${left},${right}`;
}
