/** What the cells of the matrix say of their calls, and what a tracer said of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-tsltrace.js';
import { countCalls } from './trace-lines.js';

export type Counts = Readonly<Record<string, number>>;

/** What each cell says of itself: `cell NAME function=count …`. */
export function expectations(stdout: string): ReadonlyMap<string, Counts> {
  const cells = new Map<string, Counts>();
  for (const [, name = '', words = ''] of stdout.matchAll(/^cell (\S+) (.*)$/gm)) {
    cells.set(name, countsOf(words));
  }
  return cells;
}

function countsOf(words: string): Counts {
  const counts: Record<string, number> = {};
  for (const [, name = '', count] of words.matchAll(/(\w+)=(\d+)/g)) counts[name] = Number(count);
  return counts;
}

export function only(counts: Counts, keep: (name: string) => boolean): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => keep(name)));
}

/** Those that the program itself calls; the rest is called by its library. */
export function isCalledByProgram(name: string): boolean {
  return name.startsWith('mx_') && name !== 'mx_callback';
}

export const sameCounts = (a: Counts, b: Counts): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => a[name] === b[name]);

/** Of all cells together: functions that the programs call, and how many of them were counted right. */
export interface MatrixScore {
  readonly functions: number;
  readonly exact: number;
}

/**
 * One cell after the other under a tracer, which may kill it or hang: then nothing was counted right.
 *
 * @param tracer takes ltrace's `-e` and `-o`
 * @param cells paths of programs
 */
export async function scoreOf(
  tracer: readonly string[],
  cells: readonly string[],
  folder: string,
): Promise<MatrixScore> {
  const file = join(folder, 'trace');
  let functions = 0;
  let exact = 0;
  for (const path of cells) {
    const untraced = await runProgram([path]);
    const said = expectations(untraced.stdout).get(path);
    if (said === undefined) throw new Error(`${path} does not say what it calls`);
    const wanted = Object.entries(only(said, isCalledByProgram));
    functions += wanted.length;
    const command = [...tracer, '-e', 'mx_*', '-o', file, path];
    const traced = await runProgram(command, { timeoutMs: 10_000 });
    if (traced.stdout !== untraced.stdout || traced.status !== untraced.status) continue;
    const seen = countCalls(readFileSync(file, 'utf8'));
    exact += wanted.filter(([name, count]) => seen[name] === count).length;
  }
  return { functions, exact };
}
