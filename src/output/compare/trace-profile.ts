/** What a trace comes to, whatever the order of its events: which calls, how often, with what. */
import type {
  CallEvent,
  LeftEvent,
  SessionStarted,
  SyscallEvent,
  TraceEvent,
} from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import { describeErrno } from '../../base/errno-names.js';
import { plainName } from '../text/call-line.js';
import type { NameStyle } from '../text/look.js';
import {
  normalisedArguments,
  normalisedText,
  SMALLEST_TELLING_ID,
  type RunFacts,
} from './normalise-value.js';

/** Different arguments (or results) of one function that are told apart; beyond that none are. */
export const MOST_VARIANTS = 500;
const MOST_FUNCTIONS = 100_000;
const NANOSECONDS = 1_000_000_000n;
/** Functions and system calls that give the id of a process or thread, also of some that are not traced. */
const GIVE_IDS: ReadonlySet<string> = new Set([
  ...['getpid', 'getppid', 'gettid', 'getpgid', 'getpgrp', 'getsid', 'setsid', 'tcgetpgrp'],
  ...['fork', '_Fork', 'vfork', 'clone', 'clone3', 'wait', 'wait3', 'wait4', 'waitpid'],
  'set_tid_address',
]);
/** The main program, as filters have it. */
export const MAIN = 'MAIN';
const OTHERS = { caller: '', name: '(others)' };

/** How often each variant occurred. */
export class Variants {
  readonly counts = new Map<string, number>();
  /** There were more than could be told apart: the counts are incomplete. */
  tooMany = false;

  add(variant: string): void {
    const count = this.counts.get(variant);
    if (count === undefined && this.counts.size >= MOST_VARIANTS) this.tooMany = true;
    else this.counts.set(variant, (count ?? 0) + 1);
  }
}

export interface FunctionProfile {
  /** SONAME or file name of the calling module. */
  readonly caller: string;
  readonly name: string;
  calls: number;
  readonly arguments: Variants;
  /** Results, with what was read at return and the errno. */
  readonly results: Variants;
}

/** Feed it the events of a trace; {@link compareProfiles} then tells two of them apart. */
export class TraceProfile implements TraceSink {
  readonly functions = new Map<string, FunctionProfile>();
  calls = 0;
  /** The program that was traced, not those that it started. */
  private mainProgram: string | undefined;
  private readonly ids = new Set<number>();
  private facts: RunFacts = { ids: this.ids, wallSeconds: Infinity, monotonicSeconds: Infinity };

  /** @param names how the profile calls functions; those of two mangled names are two all the same */
  constructor(private readonly names: NameStyle = 'mangled') {}

  accept(event: TraceEvent): void {
    if (event.kind === 'session-started') this.begins(event);
    if (event.kind === 'module-loaded' && event.isMainProgram) this.mainProgram ??= event.module;
    this.learnId(event.pid);
    this.learnId(event.tid);
    if (event.kind === 'call' || event.kind === 'syscall') this.begin(event);
    else if (event.kind === 'return' || event.kind === 'syscall-return') {
      this.profileOf(event.call).results.add(this.resultOf(event));
    } else if (event.kind === 'call-abandoned') {
      this.profileOf(event.call).results.add(`<${event.why}>`);
    }
  }

  flush(): void {
    // Nothing is written.
  }

  finish(): void {
    // Nothing is held open.
  }

  private begins({ wallStart, monotonicStart }: SessionStarted): void {
    this.facts = {
      ids: this.ids,
      wallSeconds: Number(wallStart / NANOSECONDS),
      monotonicSeconds: Number(monotonicStart / NANOSECONDS),
    };
  }

  private begin(event: CallEvent | SyscallEvent): void {
    const profile = this.profileOf(event);
    this.calls++;
    profile.calls++;
    profile.arguments.add(`(${normalisedArguments(event.args, this.facts)})`);
  }

  private resultOf(event: LeftEvent): string {
    const { call, result: value } = event;
    if (value.kind === 'integer' && GIVE_IDS.has('name' in call ? call.name : call.symbol)) {
      this.learnId(Number(value.value));
    }
    const result = normalisedText(event.result, this.facts);
    const out = normalisedArguments(event.outArgs, this.facts);
    const errno = event.errno === undefined ? '' : ` ${describeErrno(event.errno)}`;
    return `${result}${errno}${out === '' ? '' : ` (${out})`}`;
  }

  private profileOf(event: CallEvent | SyscallEvent): FunctionProfile {
    const caller = event.caller.module;
    const symbol = plainName(event, { names: 'mangled' });
    // The same program may go by another name in the other run: python3, venv/bin/python.
    const key = `${caller === this.mainProgram ? MAIN : caller}->${symbol}`;
    const known = this.functions.get(key);
    if (known !== undefined) return known;
    const name = plainName(event, { names: this.names });
    return this.functions.size < MOST_FUNCTIONS
      ? this.addFunction(key, { caller, name })
      : (this.functions.get(OTHERS.name) ?? this.addFunction(OTHERS.name, OTHERS));
  }

  private addFunction(
    key: string,
    { caller, name }: { readonly caller: string; readonly name: string },
  ): FunctionProfile {
    const profile: FunctionProfile = {
      caller,
      name,
      calls: 0,
      arguments: new Variants(),
      results: new Variants(),
    };
    this.functions.set(key, profile);
    return profile;
  }

  private learnId(id: number): void {
    if (id >= SMALLEST_TELLING_ID) this.ids.add(id);
  }
}
