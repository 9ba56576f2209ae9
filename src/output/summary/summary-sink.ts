/** Counts calls and their times instead of printing them (`-c`). */
import type { CallTotals } from '../../trace/call-totals.js';
import type {
  CallAbandoned,
  EnteredEvent,
  ReturnEvent,
  SyscallReturn,
  TraceEvent,
} from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import type { OutputStream } from '../output-stream.js';
import { CallStatistics } from './call-statistics.js';
import { csvHeader, renderCsv, renderJson } from './render-data.js';
import { renderText } from './render-text.js';
import type { SummaryOptions } from './summary-options.js';
import { makeTable, type SummaryTable } from './summary-row.js';
import { plainName, plainSymbol } from '../text/call-line.js';
import { formatSeconds } from '../text/prefix.js';

type Ended = ReturnEvent | SyscallReturn | CallAbandoned;
type Groups = Map<string, CallStatistics>;

const NS_PER_S = 1_000_000_000;
/** A server may start threads without end; the memory for their rows may not grow so. */
const MOST_ROWS = 100_000;
const OTHERS = '(others)';

export class SummarySink implements TraceSink {
  private readonly all: Groups = new Map();
  /** Since the last table; merged into `all` with each. Unused without an interval. */
  private recent: Groups = new Map();
  private tracingCost = 0;
  private insideCost = Infinity;
  private lastAt = 0;
  private intervalStart = 0;
  private readonly intervalNs: number;

  constructor(
    private readonly stream: OutputStream,
    private readonly options: SummaryOptions,
  ) {
    this.intervalNs = options.interval * NS_PER_S;
    if (options.form === 'csv') stream.write(csvHeader(options.groupBy));
  }

  accept(event: TraceEvent): void {
    if (this.intervalNs > 0) this.closeIntervals(event.at);
    this.lastAt = event.at;
    if (event.kind === 'session-started') this.tracingCost = event.tracingCost;
    else if (isEnd(event)) this.count(event);
  }

  /** Sums have no moment, which a table of an interval needs, no place and no library; CPU time is not added up. */
  get takeTotals(): ((totals: CallTotals) => void) | undefined {
    const { clock, groupBy } = this.options;
    if (this.intervalNs > 0 || clock === 'cpu') return undefined;
    if (groupBy === 'site' || groupBy === 'library') return undefined;
    return (totals) => this.addTotals(totals);
  }

  tick(at: number): number | undefined {
    if (this.intervalNs === 0) return undefined;
    this.closeIntervals(at);
    return this.intervalStart + this.intervalNs;
  }

  flush(): void {
    this.stream.flush();
  }

  finish(): void {
    mergeGroups(this.all, this.recent);
    this.recent = new Map();
    this.write(this.table(this.all, 0), 'all');
    this.stream.finish();
  }

  private addTotals(totals: CallTotals): void {
    this.insideCost = Math.min(this.insideCost, totals.min);
    statisticsFor(this.all, this.groupOfTotals(totals)).merge(CallStatistics.of(totals));
  }

  private groupOfTotals({ pid, tid, call }: CallTotals): string {
    switch (this.options.groupBy) {
      case 'function':
        return plainSymbol(call, this.options);
      case 'caller':
        return `${call.caller.module || '?'}->${plainSymbol(call, this.options)}`;
      case 'site':
      case 'library':
        throw new Error('totals were not asked for');
      case 'thread':
        return `${tid}`;
      case 'process':
        return `${pid}`;
    }
  }

  private count(event: Ended): void {
    // After a fork the child ends its copy of the call; it was made once.
    if (event.pid !== event.call.pid) return;
    const groups = this.intervalNs > 0 ? this.recent : this.all;
    const failed = event.kind !== 'call-abandoned' && event.errno !== undefined;
    statisticsFor(groups, this.groupOf(event)).add(
      this.durationOf(event),
      failed ? 'failure' : 'success',
    );
  }

  private durationOf(event: Ended): number {
    if (this.options.clock === 'wall') return event.at - event.call.at;
    return event.kind === 'return' ? (event.cpuTime ?? 0) : 0;
  }

  private groupOf(event: Ended): string {
    switch (this.options.groupBy) {
      case 'function':
        return plainName(event.call, this.options);
      case 'caller':
        return `${event.call.caller.module || '?'}->${plainName(event.call, this.options)}`;
      case 'site':
        return `${siteOf(event.call)}->${plainName(event.call, this.options)}`;
      case 'library':
        return event.call.kind === 'call' ? event.call.library || '?' : KERNEL;
      case 'thread':
        return `${event.tid}`;
      case 'process':
        return `${event.pid}`;
    }
  }

  /** Events and ticks move time on. */
  private closeIntervals(at: number): void {
    if (at < this.intervalStart + this.intervalNs) return;
    const passed = Math.floor((at - this.intervalStart) / this.intervalNs);
    this.lastAt = this.intervalStart + passed * this.intervalNs;
    this.write(this.table(this.recent, this.intervalStart), 'interval');
    this.stream.flush();
    mergeGroups(this.all, this.recent);
    this.recent = new Map();
    this.intervalStart = this.lastAt;
  }

  private table(groups: Groups, from: number): SummaryTable {
    const period = {
      from,
      to: this.lastAt,
      tracingCost: this.tracingCost,
      insideCost: this.insideCost,
    };
    return makeTable(groups, this.options.sort, period);
  }

  private write(table: SummaryTable, covers: 'interval' | 'all'): void {
    const { form, groupBy, width } = this.options;
    if (form === 'json') this.stream.write(renderJson(table, groupBy));
    else if (form === 'csv') this.stream.write(renderCsv(table));
    else {
      if (this.intervalNs > 0) this.stream.write(heading(table, covers));
      this.stream.write(renderText(table, groupBy, width));
    }
  }
}

/** The library of system calls, as conditions have it. */
const KERNEL = 'SYS';

/** Where the call returns to, in its module. */
function siteOf({ caller: { module, offset } }: EnteredEvent): string {
  return `${module || '?'}+0x${offset.toString(16)}`;
}

function isEnd(event: TraceEvent): event is Ended {
  return (
    event.kind === 'return' || event.kind === 'syscall-return' || event.kind === 'call-abandoned'
  );
}

function heading(table: SummaryTable, covers: 'interval' | 'all'): string {
  const period = `${formatSeconds(table.from)} s to ${formatSeconds(table.to)} s`;
  return covers === 'all' ? `All, ${period}\n` : `From ${period}\n`;
}

function statisticsFor(groups: Groups, name: string): CallStatistics {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const key = groups.size < MOST_ROWS ? name : OTHERS;
  const statistics = groups.get(key) ?? new CallStatistics();
  groups.set(key, statistics);
  return statistics;
}

function mergeGroups(into: Groups, from: Groups): void {
  for (const [name, statistics] of from) statisticsFor(into, name).merge(statistics);
}
