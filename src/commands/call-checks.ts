/** `--fail-if-called` and `--fail-unless-called`: a trace that answers yes or no. */
import type { CallCheck } from '../cli/run-request.js';
import { CALLED, NOT_CALLED, OWN_FAILURE } from '../cli/exit-status.js';
import { EventSelection } from '../filter/event-selection.js';
import { callText } from '../output/text/call-line.js';
import { fanOut } from '../output/fan-out.js';
import type { CallEvent, CoverageEvent, TraceEvent } from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';

/** The output, and the verdict behind it. */
export function withChecks(
  output: TraceSink,
  checks: readonly CallCheck[],
  report: (line: string) => void,
): TraceSink {
  return checks.length === 0 ? output : fanOut([output, new CheckSink(checks, report)]);
}

class CheckSink implements TraceSink {
  readonly mayLag = true;
  verdict: number | undefined;
  private readonly checked: readonly CheckedCalls[];

  constructor(
    checks: readonly CallCheck[],
    private readonly report: (line: string) => void,
  ) {
    this.checked = checks.map((check) => new CheckedCalls(check));
  }

  accept(event: TraceEvent): void {
    for (const check of this.checked) check.accept(event);
  }

  flush(): void {
    // Nothing is written before the end.
  }

  finish(): void {
    const failures = this.checked.flatMap((check) => check.failure() ?? []);
    for (const { line } of failures) this.report(line);
    const statuses = failures.map(({ status }) => status);
    this.verdict = [CALLED, NOT_CALLED, OWN_FAILURE].find((status) => statuses.includes(status));
  }
}

interface Failure {
  readonly status: number;
  readonly line: string;
}

class CheckedCalls {
  private readonly selection: EventSelection;
  private first: CallEvent | undefined;
  private calls = 0;
  /** Functions that fit, and could not be watched. */
  private readonly unwatched = new Set<string>();

  constructor(private readonly check: CallCheck) {
    this.selection = new EventSelection({
      // Also what was traced at entry, because nobody imports it.
      filters: { calls: [], libraries: [], functions: [check.filter] },
      selectsSyscall: () => false,
      where: [],
    });
  }

  accept(event: TraceEvent): void {
    if (event.kind === 'coverage') this.look(event);
    else if (this.selection.select(event).some(({ kind }) => kind === 'call')) this.count(event);
  }

  private count(event: TraceEvent): void {
    this.calls++;
    if (event.kind === 'call') this.first ??= event;
  }

  private look({ modules }: CoverageEvent): void {
    for (const { refused } of modules) {
      for (const { symbol } of refused) {
        if (this.check.filter.mayTake({ name: symbol })) this.unwatched.add(symbol);
      }
    }
  }

  failure(): Failure | undefined {
    const { option, text } = this.check;
    const asked = `${option} '${text}'`;
    if (option === '--fail-unless-called') {
      if (this.calls > 0) return undefined;
      return { status: NOT_CALLED, line: `${asked}: no such call was made` };
    }
    if (this.first !== undefined) {
      const count = this.calls === 1 ? '1 call' : `${this.calls} calls, the first`;
      const { pid } = this.first;
      return {
        status: CALLED,
        line: `${asked}: ${count}: ${callText(this.first)} in process ${pid}`,
      };
    }
    const [one] = this.unwatched;
    if (one === undefined) return undefined;
    const others = this.unwatched.size === 1 ? '' : ` and ${this.unwatched.size - 1} more`;
    return {
      status: OWN_FAILURE,
      line: `${asked}: nobody can tell: ${one}${others} could not be watched`,
    };
  }
}
