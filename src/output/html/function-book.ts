/** Totals of each function, and of the calls from each module to each other, in bounded memory. */
import type { CallAbandoned, LeftEvent } from '../../trace/event.js';
import { CallStatistics } from '../summary/call-statistics.js';
import { plainName } from '../text/call-line.js';
import { escapeName } from '../text/escape.js';
import type { NameStyle } from '../text/look.js';
import type { EdgeData, FunctionData } from './page-data.js';

interface Edge {
  readonly caller: string;
  readonly callee: string;
  calls: number;
  total: number;
}

interface Counted {
  readonly name: string;
  readonly library: string;
  readonly statistics: CallStatistics;
}

/** In memory; the page has less. */
const MOST_ROWS = 50_000;
const MOST_FUNCTIONS = 3000;
const MOST_EDGES = 1000;
const KERNEL = 'kernel';

export class FunctionBook {
  private readonly functions = new Map<string, Counted>();
  private readonly pairs = new Map<string, Edge>();
  errors = 0;

  constructor(private readonly names: NameStyle) {}

  accept(event: LeftEvent | CallAbandoned): void {
    const { call } = event;
    if (event.pid !== call.pid) return;
    const duration = Math.max(0, event.at - call.at);
    const hasFailed = event.kind !== 'call-abandoned' && event.errno !== undefined;
    const library = call.kind === 'syscall' ? KERNEL : call.library || '?';
    if (hasFailed) this.errors++;
    const row = this.row(plainName(call, { names: this.names }), library);
    row.statistics.add(duration, hasFailed ? 'failure' : 'success');
    const edge = this.edge(call.caller.module || '[anon]', library);
    edge.calls++;
    edge.total += duration;
  }

  /** The most time first. */
  rows(): { readonly functions: readonly FunctionData[]; readonly leftOut: number } {
    const all = [...this.functions.values()].sort(
      (left, right) => right.statistics.total - left.statistics.total,
    );
    return {
      functions: all.slice(0, MOST_FUNCTIONS).map(functionData),
      leftOut: Math.max(0, all.length - MOST_FUNCTIONS),
    };
  }

  /** The most calls first. */
  edges(): { readonly edges: readonly EdgeData[]; readonly leftOut: number } {
    const all = [...this.pairs.values()].sort((left, right) => right.calls - left.calls);
    return { edges: all.slice(0, MOST_EDGES), leftOut: Math.max(0, all.length - MOST_EDGES) };
  }

  private row(name: string, library: string): Counted {
    const key = `${library}\n${name}`;
    const known = this.functions.get(key);
    if (known !== undefined) return known;
    if (this.functions.size >= MOST_ROWS && name !== OTHERS) return this.row(OTHERS, library);
    const statistics = new CallStatistics();
    const made = { name: escapeName(name), library: escapeName(library), statistics };
    this.functions.set(key, made);
    return made;
  }

  private edge(caller: string, callee: string): Edge {
    const key = `${caller}\n${callee}`;
    const known = this.pairs.get(key);
    if (known !== undefined) return known;
    if (this.pairs.size >= MOST_ROWS && caller !== OTHERS) return this.edge(OTHERS, callee);
    const made = { caller: escapeName(caller), callee: escapeName(callee), calls: 0, total: 0 };
    this.pairs.set(key, made);
    return made;
  }
}

const OTHERS = '(others)';

function functionData({ name, library, statistics }: Counted): FunctionData {
  const { calls, errors, total, average, min, max, octaveCounts } = statistics;
  return {
    name,
    library,
    calls,
    errors,
    total,
    mean: Math.round(average),
    min,
    median: Math.round(statistics.percentile(0.5)),
    p95: Math.round(statistics.percentile(0.95)),
    p99: Math.round(statistics.percentile(0.99)),
    max,
    octaves: octaveCounts,
  };
}
