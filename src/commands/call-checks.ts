/** `--fail-if-called` and `--fail-unless-called`: a trace that answers yes or no. */
import type { CallCheck } from '../cli/run-request.js';
import { CALLED, NOT_CALLED, OWN_FAILURE } from '../cli/exit-status.js';
import { EventSelection } from '../filter/event-selection.js';
import { callText } from '../output/text/call-line.js';
import { conditionLines } from '../output/text/condition-lines.js';
import type { Visibility } from '../output/text/text-options.js';
import { fanOut } from '../output/fan-out.js';
import type { CallEvent, CoverageEvent, TraceEvent } from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';
import { BlindSpots } from './blind-spots.js';

export interface CheckEquipment {
  /** One line on standard error. */
  readonly report: (line: string) => void;
  /** Does somebody else tell of filters and conditions that fit nothing? */
  readonly notices: Visibility;
  /** What of a recording is missing, in words: looked at when all has come. */
  readonly missing?: readonly string[];
}

/** The output, and the verdict behind it. */
export function withChecks(
  output: TraceSink,
  checks: readonly CallCheck[],
  equipment: CheckEquipment,
): TraceSink {
  return checks.length === 0 ? output : fanOut([output, new CheckSink(checks, equipment)]);
}

class CheckSink implements TraceSink {
  readonly mayLag = true;
  verdict: number | undefined;
  private readonly checked: readonly CheckedCalls[];
  private coverage: CoverageEvent | undefined;

  constructor(
    checks: readonly CallCheck[],
    private readonly equipment: CheckEquipment,
  ) {
    this.checked = checks.map((check) => new CheckedCalls(check));
  }

  accept(event: TraceEvent): void {
    for (const check of this.checked) check.accept(event);
    if (event.kind === 'coverage') this.coverage = event;
  }

  flush(): void {
    // Nothing is written before the end.
  }

  finish(): void {
    const { report, notices, missing = [] } = this.equipment;
    const failures = this.checked.flatMap((check) => check.failure(missing[0]) ?? []);
    const isGreen = failures.length === 0;
    if (isGreen && notices === 'hide' && this.coverage !== undefined) this.warn(this.coverage);
    for (const { line } of failures) report(line);
    const statuses = failures.map(({ status }) => status);
    this.verdict = [CALLED, NOT_CALLED, OWN_FAILURE].find((status) => statuses.includes(status));
  }

  /** A misspelt name would be silently green for ever: the remarks that nobody else makes. */
  private warn(coverage: CoverageEvent): void {
    const { report } = this.equipment;
    for (const check of this.checked) {
      const line = check.warning(coverage);
      if (line !== undefined) report(line);
    }
    conditionLines(coverage.conditions ?? []).forEach(report);
  }
}

interface Failure {
  readonly status: number;
  readonly line: string;
}

class CheckedCalls {
  private readonly selection: EventSelection;
  private readonly blindSpots: BlindSpots;
  private first: CallEvent | undefined;
  private calls = 0;

  constructor(private readonly check: CallCheck) {
    this.blindSpots = new BlindSpots(check.filter);
    this.selection = new EventSelection({
      // Also what was traced at entry, because nobody imports it.
      filters: { calls: [], libraries: [], functions: [check.filter] },
      selectsSyscall: () => false,
      where: [],
    });
  }

  accept(event: TraceEvent): void {
    this.blindSpots.accept(event);
    const selected = this.selection.select(event);
    if (selected.some(({ kind }) => kind === 'call')) this.count(event);
  }

  private count(event: TraceEvent): void {
    this.calls++;
    if (event.kind === 'call') this.first ??= event;
  }

  warning(coverage: CoverageEvent): string | undefined {
    const why = this.calls > 0 ? undefined : this.blindSpots.whyNothingFits(coverage);
    return why === undefined ? undefined : `${this.asked}: ${why}`;
  }

  /** @param missing what of the recording is */
  failure(missing: string | undefined): Failure | undefined {
    const isUnwanted = this.check.option === '--fail-if-called';
    if (this.first !== undefined) {
      if (!isUnwanted) return undefined;
      const count = this.calls === 1 ? '1 call' : `${this.calls} calls, the first`;
      const { pid } = this.first;
      const line = `${this.asked}: ${count}: ${callText(this.first)} in process ${pid}`;
      return { status: CALLED, line };
    }
    const unseen = this.blindSpots.why() ?? missing;
    if (unseen !== undefined) {
      return { status: OWN_FAILURE, line: `${this.asked}: nobody can tell: ${unseen}` };
    }
    if (isUnwanted) return undefined;
    return { status: NOT_CALLED, line: `${this.asked}: no such call was made` };
  }

  private get asked(): string {
    return `${this.check.option} '${this.check.text}'`;
  }
}
