/** What a row of the table is. */
import type { Measurement } from './measure.js';

export interface Row {
  readonly name: string;
  readonly unit: 'µs/call' | 'µs/event' | 'ms' | 'MiB' | 'functions';
  readonly measure: Measurement;
  /** Compared with the row of this name in the same group, round by round. */
  readonly against?: string;
  readonly atMost?: Target;
}

/** The ratio to another row, the difference from it, or the figure itself, that the docs promise at most. */
export type Target =
  { readonly ratio: number } | { readonly extraMs: number } | { readonly value: number };

export interface Group {
  readonly key: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** 'once': a row takes minutes. */
  readonly rounds: 'as-asked' | 'once';
}
