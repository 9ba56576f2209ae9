/** What stands in an HTML report as data: the contract between the sink here and the script of the page. */
import type { AuditReport } from '../../audit/report/report.js';
import type { Verdict } from '../../audit/verdict.js';

/** Every string of it is printable: what a program controls was escaped. */
export interface PageData {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly trace?: TraceData;
  readonly audit?: AuditData;
}

/** Times are nanoseconds since the trace began. */
export interface TraceData {
  readonly functions: readonly FunctionData[];
  /** Left out, those with the least time. */
  readonly functionsLeftOut: number;
  readonly edges: readonly EdgeData[];
  readonly edgesLeftOut: number;
  /** Absent where calls were counted only. */
  readonly sample?: SampleData;
  readonly stacks: StacksData;
  readonly happenings: readonly (readonly [at: number, thread: number, text: string])[];
  readonly coverage: CoverageData;
}

export interface FunctionData {
  readonly name: string;
  readonly library: string;
  readonly calls: number;
  readonly errors: number;
  readonly total: number;
  readonly mean: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** How many calls took from 2^(from + index) ns to twice that. */
  readonly octaves: { readonly from: number; readonly counts: readonly number[] };
}

/** Calls from one module to another. */
export interface EdgeData {
  readonly caller: string;
  readonly callee: string;
  readonly calls: number;
  readonly total: number;
}

/** Some of the calls, one by one. */
export interface SampleData {
  readonly all: number;
  /** Which ones, in words; '' when it is all of them. */
  readonly what: string;
  readonly threads: readonly ThreadData[];
  /** Names and callers, which calls refer to by their place. */
  readonly words: readonly string[];
  /** In the order in which they began. */
  readonly calls: readonly CallData[];
}

export interface ThreadData {
  readonly pid: number;
  readonly tid: number;
  readonly program: string;
}

export type CallData = readonly [
  thread: number,
  at: number,
  /** -1: it never returned. */
  duration: number,
  depth: number,
  name: number,
  caller: number,
  /** 1: it failed. */
  failed: 0 | 1,
  /** Arguments and result: `("x", 1) = 2`. */
  text: string,
  /** The line that made it, a word; '' where it was not asked for or is not known. */
  origin: number,
];

export interface StacksData {
  readonly kind: 'frames' | 'calls';
  readonly words: readonly string[];
  readonly stacks: readonly (readonly [frames: readonly number[], calls: number, self: number])[];
  readonly leftOut: number;
}

export interface CoverageData {
  readonly modules: readonly {
    readonly module: string;
    readonly path: string;
    readonly placed: number;
    readonly unreadable: string;
  }[];
  readonly refused: readonly string[];
  readonly unmatched: readonly string[];
}

export interface AuditData {
  readonly report: AuditReport;
  readonly verdict: Verdict;
  /** Of each finding in words: who decided, and on which stack. */
  readonly deciders: readonly (readonly [by: string, stack: string])[];
  /** Parts of the report of which not all is here. */
  readonly leftOut: readonly string[];
}
