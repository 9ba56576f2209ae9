/** What a trace comes to, whatever the order of its events: which calls, how often, with what. */
import type { CallEvent, LeftEvent, SyscallEvent, TraceEvent } from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import { describeErrno } from '../../base/errno-names.js';
import { formatName } from '../text/call-line.js';
import { normalisedArguments, normalisedText, SMALLEST_TELLING_ID } from './normalise-value.js';

/** Different arguments (or results) of one function that are told apart; beyond that none are. */
export const MOST_VARIANTS = 500;
const MOST_FUNCTIONS = 100_000;
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
  private readonly ids = new Set<number>();

  accept(event: TraceEvent): void {
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

  private begin(event: CallEvent | SyscallEvent): void {
    const profile = this.profileOf(event);
    this.calls++;
    profile.calls++;
    profile.arguments.add(`(${normalisedArguments(event.args, this.ids)})`);
  }

  private resultOf(event: LeftEvent): string {
    const result = normalisedText(event.result, this.ids);
    const out = normalisedArguments(event.outArgs, this.ids);
    const errno = event.errno === undefined ? '' : ` ${describeErrno(event.errno)}`;
    return `${result}${errno}${out === '' ? '' : ` (${out})`}`;
  }

  private profileOf(event: CallEvent | SyscallEvent): FunctionProfile {
    const caller = event.caller.module;
    const name = formatName(event, { names: 'mangled' });
    const key = `${caller}->${name}`;
    const known = this.functions.get(key);
    if (known !== undefined) return known;
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

/** The profile of a recording, as read by `readTraceBatches`. */
export async function profileOf(
  batches: AsyncIterable<readonly TraceEvent[]>,
): Promise<TraceProfile> {
  const profile = new TraceProfile();
  for await (const events of batches) for (const event of events) profile.accept(event);
  return profile;
}
