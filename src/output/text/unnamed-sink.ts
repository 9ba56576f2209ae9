/** `--names`: says at the end of which functions no names of arguments are known. */
import type { EnteredEvent, LeftEvent, TraceEvent } from '../../trace/event.js';
import type { Argument } from '../../trace/value.js';
import type { TraceSink } from '../../trace/sink.js';
import { formatName } from './call-line.js';
import { PLAIN_LOOK } from './look.js';

/** Of more nobody reads the names. */
const MOST_NAMED = 5;
/** A program may make up names. */
const MOST_KEPT = 10_000;

export class UnnamedSink implements TraceSink {
  readonly mayLag = true;
  private readonly functions = new Set<string>();

  /** @param report one line on standard error */
  constructor(private readonly report: (line: string) => void) {}

  accept(event: TraceEvent): void {
    if (event.kind === 'call' || event.kind === 'syscall') this.look(event, event.args);
    else if (event.kind === 'return' || event.kind === 'syscall-return') this.lookLate(event);
  }

  flush(): void {
    // Nothing is written before the end.
  }

  finish(): void {
    const all = [...this.functions];
    if (all.length === 0) return;
    const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : '';
    const shown = all.slice(0, MOST_NAMED).join(', ');
    this.report(
      `--names: the arguments of ${shown}${more} have no known names; -F FILE gives prototypes that have them`,
    );
  }

  private lookLate({ call, outArgs }: LeftEvent): void {
    if (call.args.length === 0) this.look(call, outArgs);
  }

  private look(event: EnteredEvent, args: readonly Argument[]): void {
    if (!args.some(isShown) || args.some(({ name }) => name !== undefined)) return;
    if (this.functions.size < MOST_KEPT) this.functions.add(formatName(event, PLAIN_LOOK));
  }
}

function isShown({ value }: Argument): boolean {
  return value.kind !== 'hidden' && value.kind !== 'elided';
}
