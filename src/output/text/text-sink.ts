/** Prints events as lines in ltrace's format. Hot path: runs at every call. */
import { assertNever } from '../../base/assert-never.js';
import { signalName, signalText } from '../../base/signal-names.js';
import type {
  CallAbandoned,
  CallSite,
  CoverageEvent,
  EnteredEvent,
  Frame,
  LeftEvent,
  NoticeEvent,
  SignalEvent,
  ThreadEnded,
  TraceEvent,
  Where,
} from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import type { OutputStream } from '../output-stream.js';
import {
  failed,
  formatEntry,
  formatFrame,
  formatName,
  formatOutArguments,
  formatResult,
  formatOrigin,
  formatThreadState,
} from './call-line.js';
import { colored, plain, visibleLength, type Paint, type Role } from './color.js';
import { gapBeforeResult, spaces } from './columns.js';
import type { Look } from './look.js';
import { noticeLines } from './notice-lines.js';
import { LinePrefix } from './prefix.js';
import { formatSiginfo } from './siginfo.js';
import type { TextOptions } from './text-options.js';
import { abandonedMark, NO_RETURN, OpenLine, UNFINISHED } from './unfinished.js';

/** Events that are not about a call. */
type Happening = Exclude<
  TraceEvent,
  | EnteredEvent
  | LeftEvent
  | CallAbandoned
  | NoticeEvent
  | CoverageEvent
  | { kind: 'session-started' }
>;

export class TextSink implements TraceSink {
  private readonly paint: Paint;
  private readonly look: Look;
  private readonly prefix: LinePrefix;
  private readonly openLine = new OpenLine();

  constructor(
    private readonly stream: OutputStream,
    private readonly options: TextOptions,
  ) {
    this.paint = options.color === 'always' ? colored : plain;
    const { names, argumentNames } = options;
    this.look = { paint: this.paint, names, argumentNames };
    this.prefix = new LinePrefix(options);
  }

  get mayLag(): boolean {
    return this.stream.mayLag;
  }

  accept(event: TraceEvent): void {
    this.print(event);
    this.stream.commit();
  }

  flush(): void {
    this.stream.flush();
  }

  finish(): void {
    this.interrupt();
    this.stream.finish();
  }

  private print(event: TraceEvent): void {
    if (event.kind === 'call' || event.kind === 'syscall') this.enter(event);
    else if (event.kind === 'return' || event.kind === 'syscall-return') this.leave(event);
    else if (event.kind === 'call-abandoned') this.abandon(event);
    else if (event.kind === 'session-started') this.prefix.setStart(event);
    else if (event.kind === 'notice' || event.kind === 'coverage') this.notice(event);
    else this.printHappening(event);
  }

  private enter(event: EnteredEvent): void {
    if (this.options.status !== 'all') return;
    this.interrupt();
    const text = this.callPrefix(event, event) + formatEntry(event, this.options, this.look);
    this.openLine.begin(event, visibleLength(text, this.paint));
    this.stream.write(text);
  }

  private leave(event: LeftEvent): void {
    if (this.options.status === 'all') this.finishLine(event);
    else if (failed(event) === (this.options.status === 'failed')) this.wholeLine(event);
    else return;
    if (event.kind === 'return') this.frames(event.call.backtrace);
  }

  private finishLine(event: LeftEvent): void {
    const out = formatOutArguments(event, this.look);
    if (this.isOnOpenLine(event)) {
      const column = this.openLine.column + visibleLength(out, this.paint);
      this.openLine.end();
      this.closeCall(out, column, event);
      return;
    }
    this.interrupt();
    const start = this.callPrefix(event.call, event);
    const text = `${start}<... ${this.name(event.call)} resumed> ${out}`;
    this.closeCall(text, visibleLength(text, this.paint), event);
  }

  /** For lines that were held back until their result was known; the times are those of the entry. */
  private wholeLine(event: LeftEvent): void {
    this.interrupt();
    const text =
      this.callPrefix(event.call, event.call) +
      formatEntry(event.call, this.options, this.look) +
      formatOutArguments(event, this.look);
    this.closeCall(text, visibleLength(text, this.paint), event);
  }

  private closeCall(text: string, column: number, event: LeftEvent): void {
    const gap = gapBeforeResult(column + 1, this.options.align);
    const result = formatResult(event, this.options, this.look);
    this.stream.write(`${text})${gap}= ${result}\n`);
  }

  private abandon(event: CallAbandoned): void {
    // With -z and -Z nothing was said of the call: whether it would have failed nobody knows.
    if (this.options.status !== 'all') return;
    const { call, why } = event;
    if (this.isOnOpenLine(event)) {
      this.openLine.end();
      this.stream.write(` <${abandonedMark(why)} ...>\n`);
    } else if (why === 'unwound' || why === 'unwatched' || call.backtrace !== undefined) {
      this.interrupt();
      const start = this.callPrefix(call, event);
      this.stream.write(`${start}<... ${this.name(call)} ${abandonedMark(why)}>\n`);
    } else return;
    this.frames(call.backtrace);
  }

  private frames(frames: readonly Frame[] | undefined): void {
    if (frames === undefined) return;
    const lines = frames.map((frame) => formatFrame(frame, this.options.names));
    this.stream.write(`${lines.join('')}\n`);
  }

  private printHappening(event: Happening): void {
    switch (event.kind) {
      case 'signal':
        this.signal(event);
        break;
      case 'exec':
        this.happening(event, '--- Called exec() ---');
        break;
      case 'thread-state':
        this.happening(event, `--- ${formatThreadState(event, this.look)} ---`);
        this.frames(event.backtrace);
        break;
      case 'exited':
        this.ending(event, `exited (status ${event.code})`);
        break;
      case 'killed':
        this.ending(event, `killed by ${signalName(event.signal)}`);
        break;
      case 'thread-ended':
        this.ending(event, describeEnd(event.how));
        break;
      case 'detached':
        this.ending(event, 'detached');
        break;
      case 'process-started':
      case 'thread-started':
      case 'module-loaded':
      case 'module-unloaded':
        // In the recording, not in the text: ltrace has no such lines.
        break;
      default:
        assertNever(event);
    }
  }

  private signal(event: SignalEvent): void {
    if (this.options.signals === 'hide') return;
    const name = `${signalName(event.signal)} (${signalText(event.signal)})`;
    const text = `--- ${name} ${formatSiginfo(event)} ---`;
    this.happening(event, text, event.pc);
  }

  private ending(event: Happening, text: string): void {
    if (this.options.exits === 'show') this.happening(event, `+++ ${text} +++`);
  }

  private happening(event: Happening, text: string, site?: CallSite): void {
    this.interrupt(endsCall(event, this.openLine.call) ? NO_RETURN : UNFINISHED);
    const role: Role = event.kind === 'signal' || event.kind === 'killed' ? 'signal' : 'aside';
    const start = this.painted(this.prefix.format(event.tid, event.at, site));
    this.stream.write(`${start}${this.paint(role, text)}\n`);
  }

  private notice(event: NoticeEvent | CoverageEvent): void {
    if (this.options.notices === 'hide') return;
    for (const line of noticeLines(event)) {
      this.interrupt();
      this.stream.write(line);
    }
  }

  /** Leaves the open line, if there is one, because another must be written. */
  private interrupt(mark = UNFINISHED): void {
    if (this.openLine.call === undefined) return;
    this.openLine.end();
    this.stream.write(mark);
  }

  /** @param when whose thread and time are shown: after a fork the child ends its copy of a call */
  private callPrefix(call: EnteredEvent, when: Where): string {
    const place = this.prefix.format(when.tid, when.at, call.caller) + this.origin(call);
    const start = this.painted(place);
    return this.options.indent === 0 ? start : start + spaces(this.options.indent * call.depth);
  }

  /** The line that made the call, where it was asked for. */
  private origin(call: EnteredEvent): string {
    const { script = [] } = call;
    // -i shows the line of the source itself.
    if (script.length === 0 && this.options.instructionPointer === 'module') return '';
    const origin = formatOrigin(call);
    return origin === '' ? '' : `[${origin}] `;
  }

  private isOnOpenLine(event: LeftEvent | CallAbandoned): boolean {
    const open = this.openLine.call;
    return open?.call === event.call.call && open.tid === event.tid;
  }

  private painted(prefix: string): string {
    return prefix === '' ? '' : this.paint('prefix', prefix);
  }

  private name(call: EnteredEvent): string {
    return this.paint('function', formatName(call, this.options));
  }
}

/** Can the open call no longer return, because its thread is gone or runs another program? */
function endsCall(event: Happening, open: EnteredEvent | undefined): boolean {
  if (event.kind === 'thread-ended') return event.tid === open?.tid;
  const leavesImage = event.kind === 'exec' || event.kind === 'exited' || event.kind === 'killed';
  return leavesImage && event.pid === open?.pid;
}

function describeEnd(how: ThreadEnded['how']): string {
  return how.kind === 'exited'
    ? `exited (status ${how.code})`
    : `killed by ${signalName(how.signal)}`;
}
