/** Runs one thing once and says how long it took; medians and ratios of several rounds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { runProgram, type Run } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

/** One figure of one round; undefined when it could not be measured here. */
export type Measurement = () => Promise<number | undefined>;

/** What the program measured itself, ns: `elapsed_ns N` on its standard output. */
export function elapsedNs(run: Run): number | undefined {
  const text = /^elapsed_ns (\d+)$/m.exec(run.stdout)?.[1];
  return text === undefined || run.timedOut ? undefined : Number(text);
}

/** Enough for V8 to have compiled what runs at every stop; it takes a good ten thousand calls for that. */
export const MANY_CALLS = 100_000;

export interface Loop {
  readonly calls: number;
  readonly threads?: number;
  /** Calls of a function without them, unless told otherwise. */
  readonly what?: 'strings' | 'system-calls';
}

/** Words that run the loop of calls. */
export function loopCommand(loop: Loop): readonly string[] {
  const program = buildProgram('calls', { library: 'lib-work' });
  return [
    program,
    String(loop.calls),
    String(loop.threads ?? 1),
    ...(loop.what === undefined ? [] : [loop.what]),
  ];
}

/** µs for one call of the loop when run below `prefix`. */
export async function usPerCall(
  prefix: readonly string[],
  loop: Loop,
): Promise<number | undefined> {
  const run = await runProgram([...prefix, ...loopCommand(loop)], { timeoutMs: 300_000 });
  const elapsed = elapsedNs(run);
  return elapsed === undefined ? undefined : elapsed / 1000 / loop.calls;
}

/** µs that two stops cost a tracer in C that does nothing else, or only reads where the call returns to. */
export async function usPerFloorCall(
  calls: number,
  { reads = false } = {},
): Promise<number | undefined> {
  const words = [String(calls * 2), '1', ...(reads ? ['reads'] : [])];
  const run = await runProgram([buildProgram('floor'), ...words], { timeoutMs: 300_000 });
  const elapsed = elapsedNs(run);
  return elapsed === undefined ? undefined : elapsed / 1000 / calls;
}

/** Wall time of a whole run, ms; undefined when it failed. */
export async function totalMs(command: readonly string[], status = 0): Promise<number | undefined> {
  const start = process.hrtime.bigint();
  const run = await runProgram(command, { timeoutMs: 120_000, stdout: 'ignore', stderr: 'ignore' });
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  return run.status === status ? elapsed : undefined;
}

/** A prototype for the function with two strings, in a file that exists while `use` runs. */
export function withStringPrototype<T>(use: (file: string) => Promise<T>): Promise<T> {
  return withTemporaryFolder((folder) => {
    const file = join(folder, 'bench.conf');
    writeFileSync(file, 'int work_with_strings(string, string);\n');
    return use(file);
  });
}

export function libraryCopies(
  count: number,
  folder: string,
  copy: (from: string, to: string) => void,
): string[] {
  const library = buildLibrary('lib-greet');
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, `libcopy${index}.so`);
    copy(library, path);
    return path;
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** For several rows that are figures of the same run. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
