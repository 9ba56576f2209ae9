/** What stands before a line: thread, time, instruction pointer. */
import type { CallSite, SessionStarted } from '../../trace/event.js';
import { escapeName } from './escape.js';
import type { TextOptions } from './text-options.js';

const NS_PER_US = 1000;
const NS_PER_S = 1_000_000_000;

export type PrefixOptions = Pick<TextOptions, 'pid' | 'time' | 'instructionPointer'>;

/** Shown where no instruction pointer is known, as ltrace does for threads that are gone. */
const NO_ADDRESS = '0xffffffffffffffff';

/** Remembers when the previous line began, for `-r`. */
export class LinePrefix {
  /** Nothing at all is shown, not even for several threads. */
  private readonly empty: boolean;
  private readonly hasColumns: boolean;
  private readonly bracketed: boolean;
  private showsPid: boolean;
  private firstThread: number | undefined;
  private previousAt: number | undefined;
  private wallSeconds = 0;
  private wallRestNs = 0;
  private clockSecond = -1;
  private clockText = '';

  constructor(private readonly options: PrefixOptions) {
    const { pid, time, instructionPointer } = options;
    this.hasColumns = time !== 'none' || instructionPointer !== 'none';
    this.empty = pid === 'none' && !this.hasColumns;
    this.showsPid = pid === 'bracket' || pid === 'plain';
    this.bracketed = pid === 'bracket' || pid === 'bracket-if-several';
  }

  /** Wall-clock times count from here. */
  setStart(session: SessionStarted): void {
    const start = session.wallStart;
    this.wallSeconds = Number(start / BigInt(NS_PER_S));
    this.wallRestNs = Number(start % BigInt(NS_PER_S));
  }

  /**
   * @param at nanoseconds since the session started
   * @param site where the thread is, undefined when it is nowhere any more
   */
  format(tid: number, at: number, site: CallSite | undefined): string {
    if (this.empty) return '';
    const pid = this.pid(tid);
    return this.hasColumns ? pid + this.time(at) + this.instructionPointer(site) : pid;
  }

  private pid(tid: number): string {
    if (!this.showsPid) {
      this.firstThread ??= tid;
      if (tid === this.firstThread || this.options.pid === 'none') return '';
      this.showsPid = true;
    }
    return this.bracketed ? `[pid ${tid}] ` : `${tid} `;
  }

  private time(at: number): string {
    switch (this.options.time) {
      case 'none':
        return '';
      case 'relative':
        return this.sincePrevious(at);
      case 'clock':
      case 'clock-us':
      case 'epoch':
        return this.wallTime(at, this.options.time);
    }
  }

  private sincePrevious(at: number): string {
    const elapsed = Math.max(0, at - (this.previousAt ?? at));
    this.previousAt = at;
    const seconds = Math.floor(elapsed / NS_PER_S);
    return `${String(seconds).padStart(3)}.${microseconds(elapsed % NS_PER_S)} `;
  }

  private wallTime(at: number, style: 'clock' | 'clock-us' | 'epoch'): string {
    const sinceFullSecond = this.wallRestNs + at;
    const second = this.wallSeconds + Math.floor(sinceFullSecond / NS_PER_S);
    const fraction = microseconds(sinceFullSecond % NS_PER_S);
    if (style === 'epoch') return `${second}.${fraction} `;
    return style === 'clock' ? `${this.clock(second)} ` : `${this.clock(second)}.${fraction} `;
  }

  /** Local time; converting is slow, so one answer serves a whole second. */
  private clock(second: number): string {
    if (second !== this.clockSecond) {
      const date = new Date(second * 1000);
      const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
      this.clockText = parts.map((part) => String(part).padStart(2, '0')).join(':');
      this.clockSecond = second;
    }
    return this.clockText;
  }

  private instructionPointer(site: CallSite | undefined): string {
    if (this.options.instructionPointer === 'none') return '';
    if (site === undefined) return `[${NO_ADDRESS}] `;
    const address = `0x${site.returnAddress.toString(16)}`;
    if (this.options.instructionPointer === 'address' || site.module === '') return `[${address}] `;
    const { source } = site;
    const line = source === undefined ? '' : ` ${escapeName(source.file)}:${source.line}`;
    return `[${address} ${escapeName(site.module)}+0x${site.offset.toString(16)}${line}] `;
  }
}

/** Six digits, cut off, not rounded. */
function microseconds(nanoseconds: number): string {
  return String(Math.floor(nanoseconds / NS_PER_US)).padStart(6, '0');
}

/** Seconds with six decimals, as `-T` and the tables show them. */
export function formatSeconds(nanoseconds: number): string {
  const whole = Math.max(0, nanoseconds);
  return `${Math.floor(whole / NS_PER_S)}.${microseconds(whole % NS_PER_S)}`;
}
