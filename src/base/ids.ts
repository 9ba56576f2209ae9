/** Numbers that name processes, threads and calls, kept apart by the compiler. */
import type { Brand } from './brand.js';

/** Thread group id: what `getpid()` returns. */
export type ProcessId = Brand<number, 'ProcessId'>;

/** Kernel thread id: what `gettid()` returns. */
export type ThreadId = Brand<number, 'ThreadId'>;

/** Counts traced calls of one session from 1; never reused. */
export type CallId = Brand<number, 'CallId'>;

export const toProcessId = (value: number): ProcessId => value as ProcessId;
export const toThreadId = (value: number): ThreadId => value as ThreadId;
export const toCallId = (value: number): CallId => value as CallId;
