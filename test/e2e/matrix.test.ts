/** One program that knows its calls, built in every way that tools can: each call is seen, exactly once. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { buildMatrix, type Matrix } from '../support/matrix-cells.js';
import { expectations, isCalledByProgram, only, sameCounts } from '../support/matrix-counts.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { readTranscript } from '../support/trace-lines.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

/** Callers of the functions: the program under its cell's name, and its library. */
const CALLED_BY_LIBRARY = ['mx_callback', 'toupper', 'tolower'];

let folder: string;
let matrix: Matrix;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsltrace-matrix-'));
  matrix = await buildMatrix(folder);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Calls in each cell's process; the process is known by the cell's own calls. */
function callsOfCells(trace: string): ReadonlyMap<string, Record<string, number>> {
  const { calls } = readTranscript(trace);
  const cellOf = new Map<number, string>();
  for (const { pid, caller } of calls) {
    if (pid !== undefined && /-(symbols|stripped)$/.test(caller)) cellOf.set(pid, caller);
  }
  const cells = new Map<string, Record<string, number>>();
  for (const { pid, caller, name } of calls) {
    const cell = cellOf.get(pid ?? 0);
    if (cell === undefined) continue;
    const isFromLibrary = caller.startsWith('libmx-');
    const key = isFromLibrary === CALLED_BY_LIBRARY.includes(name) ? name : `${caller}->${name}`;
    const counts = cells.get(cell) ?? {};
    counts[key] = (counts[key] ?? 0) + 1;
    cells.set(cell, counts);
  }
  return cells;
}

async function traceAll(options: readonly string[], keep: (name: string) => boolean) {
  const file = join(folder, `trace-${options.length}`);
  const run = await runTsltrace(
    ['-f', ...options, '-o', file, buildProgram('runs-each'), ...matrix.cells],
    { timeoutMs: 120_000 },
  );
  expect(run.stdout.replace(/^cell .*\n/gm, '')).toBe('');
  const expected = expectations(run.stdout);
  expect(expected.size).toBe(matrix.cells.length);
  const seen = callsOfCells(readFileSync(file, 'utf8'));
  const wrong = matrix.cells
    .map((path) => basename(path))
    .flatMap((cell) => {
      const wanted = only(expected.get(cell) ?? {}, keep);
      const got = only(seen.get(cell) ?? {}, keep);
      return sameCounts(wanted, got) ? [] : [{ cell, wanted, got }];
    });
  return { run, wrong };
}

describe('compilers, linkers and their options', () => {
  itCompiles('are told, with what is missing', () => {
    const { cells, missing, refused } = matrix;
    process.stderr.write(
      `matrix: ${cells.length} cells were built` +
        (missing.length === 0 ? '' : `; missing here: ${missing.join(', ')}`) +
        `${refused.length === 0 ? '' : `; refused: ${refused.join('; ')}`}\n`,
    );
    expect(cells.length).toBeGreaterThan(0);
    expect(refused).toEqual([]);
  });

  itCompiles(
    'leave every call visible to a rule that names functions',
    async () => {
      const { run, wrong } = await traceAll(['-e', 'mx_*+toupper+tolower'], () => true);
      expect(wrong).toEqual([]);
      expect(run.status).toBe(0);
      expect(run.stderr).not.toMatch(/matched nothing|cannot be traced/);
    },
    130_000,
  );

  itCompiles(
    'leave every call of the program visible to the rule @MAIN',
    async () => {
      const { wrong } = await traceAll(['-e', '@MAIN'], isCalledByProgram);
      expect(wrong).toEqual([]);
    },
    130_000,
  );
});
