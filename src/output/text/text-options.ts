/** Everything that decides how text output looks; complete, so that no layer invents a default. */

import type { NameStyle } from './look.js';

/** Align column where nothing is known about the terminal: ltrace's. */
export const DEFAULT_ALIGN = 50;

/** Column for the `=` on a terminal of that many columns; 0 columns: not known. */
export function alignForWidth(columns: number): number {
  return columns > 0 ? Math.floor((columns * 5) / 8) : DEFAULT_ALIGN;
}

export type TimeStyle = 'none' | 'relative' | 'clock' | 'clock-us' | 'epoch';
/**
 * 'bracket': `[pid 42] `; 'plain': `42 `. Both show the thread id; the forms with 'if-several' only once a second
 * thread has something to show, so that it can be told from the first.
 */
export type PidStyle = 'none' | 'bracket' | 'plain' | 'bracket-if-several' | 'plain-if-several';
/** 'address': ltrace's `[0x401182] `; 'module': `[0x401182 tst+0x1182] `. */
export type InstructionPointerStyle = 'none' | 'address' | 'module';
/** 'failed': only calls whose result meant failure; 'successful': only those that returned otherwise. */
export type StatusFilter = 'all' | 'successful' | 'failed';
export type Visibility = 'show' | 'hide';

export interface TextOptions {
  /** `-a`: column, counted from 1, in which the `=` stands; 0 and 1 never pad. */
  readonly align: number;
  /** `-n`: spaces for each enclosing traced call. */
  readonly indent: number;
  readonly pid: PidStyle;
  readonly time: TimeStyle;
  readonly instructionPointer: InstructionPointerStyle;
  /** `caller->` before calls between modules: shown once `-e` or `-l` is given. */
  readonly caller: Visibility;
  /** `-T`: the time from entry to return behind the result. */
  readonly duration: Visibility;
  /** `-b` hides the `--- SIG… ---` lines. */
  readonly signals: Visibility;
  /** `+++ exited …` and `+++ killed …`. */
  readonly exits: Visibility;
  /** Warnings and remarks of the tracer itself, among the other lines. */
  readonly notices: Visibility;
  /** The errno behind the result of a library call that failed; of system calls it is always shown. */
  readonly libraryErrno: Visibility;
  /** `-C`. */
  readonly names: NameStyle;
  /** `--names`. */
  readonly argumentNames: Visibility;
  /** `-z`, `-Z`. A line is then held back until its result is known. */
  readonly status: StatusFilter;
  readonly color: 'always' | 'never';
}

/** What ltrace prints without any option. */
export const DEFAULT_TEXT_OPTIONS: TextOptions = {
  align: DEFAULT_ALIGN,
  indent: 0,
  pid: 'none',
  time: 'none',
  instructionPointer: 'none',
  caller: 'hide',
  duration: 'hide',
  signals: 'show',
  exits: 'show',
  notices: 'show',
  libraryErrno: 'hide',
  names: 'mangled',
  argumentNames: 'hide',
  status: 'all',
  color: 'never',
};
