/** Keeps some calls whole: all of a short trace; of a long one its beginning, its end, and what took longest. */
import { describeErrno } from '../../base/errno-names.js';
import type { CallAbandoned, EnteredEvent, LeftEvent } from '../../trace/event.js';
import type { Argument } from '../../trace/value.js';
import { bounded } from '../audit/bounded.js';
import { shortText } from '../recording/json-value.js';
import { formatOrigin, plainName } from '../text/call-line.js';
import { escapeName } from '../text/escape.js';
import type { NameStyle } from '../text/look.js';
import type { CallData, SampleData, ThreadData } from './page-data.js';

interface Kept {
  readonly entered: EnteredEvent;
  left: LeftEvent | CallAbandoned | undefined;
}

const FIRST = 15_000;
const LAST = 5000;
const SLOWEST = 1000;
/** Of arguments and result. */
const MOST_CHARACTERS = 240;
const MOST_THREADS = 2000;

export class CallSample {
  private readonly first = new Map<number, Kept>();
  /** A ring: the place of the next one is `entered` modulo its size. */
  private readonly last: Kept[] = [];
  private readonly openLast = new Map<number, Kept>();
  private slowest: Kept[] = [];
  /** What takes no longer is none of the slowest. */
  private threshold = 0;
  private entered = 0;
  private readonly programs = new Map<number, string>();

  constructor(private readonly names: NameStyle) {}

  program(pid: number, path: string): void {
    if (this.programs.size < MOST_THREADS) this.programs.set(pid, path);
  }

  enter(entered: EnteredEvent): void {
    const kept = { entered, left: undefined };
    if (this.entered < FIRST) this.first.set(entered.call, kept);
    else {
      const place = (this.entered - FIRST) % LAST;
      const gone = this.last[place];
      if (gone !== undefined) this.openLast.delete(gone.entered.call);
      this.last[place] = kept;
      this.openLast.set(entered.call, kept);
    }
    this.entered++;
  }

  leave(left: LeftEvent | CallAbandoned): void {
    const { call } = left;
    if (left.pid !== call.pid) return;
    const kept = this.first.get(call.call) ?? this.openLast.get(call.call);
    if (kept !== undefined) kept.left = left;
    if (this.entered > FIRST && left.at - call.at > this.threshold) this.addSlow(left);
  }

  data(): SampleData {
    const words = new Words();
    const threads = new Threads(this.programs);
    const calls = this.kept().map((one) => this.callData(one, words, threads));
    const what = this.entered <= FIRST + LAST ? '' : this.whatIsKept();
    return { all: this.entered, what, threads: threads.all, words: words.all, calls };
  }

  private whatIsKept(): string {
    return `the first ${FIRST}, the last ${LAST} and the ${this.slowest.length} that took longest`;
  }

  /** Sorts now and then, not each time. */
  private addSlow(left: LeftEvent | CallAbandoned): void {
    this.slowest.push({ entered: left.call, left });
    if (this.slowest.length >= 2 * SLOWEST) this.trimSlowest();
  }

  private trimSlowest(): void {
    this.slowest.sort((one, other) => durationOf(other) - durationOf(one));
    this.slowest = this.slowest.slice(0, SLOWEST);
    this.threshold = durationOf(this.slowest.at(-1));
  }

  private kept(): readonly Kept[] {
    this.trimSlowest();
    const all = new Map(this.first);
    for (const one of [...this.last, ...this.slowest]) {
      if (!all.has(one.entered.call)) all.set(one.entered.call, one);
    }
    return [...all.values()].sort((one, other) => one.entered.at - other.entered.at);
  }

  private callData({ entered, left }: Kept, words: Words, threads: Threads): CallData {
    const name = escapeName(plainName(entered, { names: this.names }));
    const caller = escapeName(entered.caller.module || '[anon]');
    const hasFailed = left !== undefined && 'errno' in left;
    return [
      threads.place(entered.pid, entered.tid),
      entered.at,
      left === undefined ? -1 : left.at - entered.at,
      entered.depth,
      words.place(name),
      words.place(caller),
      hasFailed ? 1 : 0,
      bounded(textOf(entered, left), MOST_CHARACTERS),
      words.place(bounded(formatOrigin(entered), MOST_CHARACTERS)),
    ];
  }
}

function durationOf(kept: Kept | undefined): number {
  return kept?.left === undefined ? 0 : kept.left.at - kept.entered.at;
}

function textOf(entered: EnteredEvent, left: LeftEvent | CallAbandoned | undefined): string {
  if (left === undefined) return `(${valuesOf(entered.args)}) …`;
  if (left.kind === 'call-abandoned') return `(${valuesOf(entered.args)}) abandoned: ${left.why}`;
  const errno = left.errno === undefined ? '' : ` ${describeErrno(left.errno)}`;
  return `(${valuesOf([...entered.args, ...left.outArgs])}) = ${shortText(left.result)}${errno}`;
}

function valuesOf(args: readonly Argument[]): string {
  return args
    .filter(({ value }) => value.kind !== 'hidden')
    .map(({ value }) => shortText(value))
    .join(', ');
}

/** Each word once. */
export class Words {
  private readonly places = new Map<string, number>();

  place(word: string): number {
    let place = this.places.get(word);
    if (place === undefined) this.places.set(word, (place = this.places.size));
    return place;
  }

  get all(): readonly string[] {
    return [...this.places.keys()];
  }
}

class Threads {
  private readonly places = new Map<string, number>();
  readonly all: ThreadData[] = [];

  constructor(private readonly programs: ReadonlyMap<number, string>) {}

  place(pid: number, tid: number): number {
    const key = `${pid}/${tid}`;
    let place = this.places.get(key);
    if (place === undefined) {
      this.places.set(key, (place = this.all.length));
      this.all.push({ pid, tid, program: escapeName(this.programs.get(pid) ?? '') });
    }
    return place;
  }
}
