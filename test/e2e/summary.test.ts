/** -c on programs whose functions sleep known times: figures, sums, order, groups, forms, intervals, widths. */
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const sleeper = (): string => buildProgram('sleeps-known-times');

interface Row {
  readonly name: string;
  readonly calls: number;
  readonly total: number;
  readonly share: number;
  readonly mean: number;
  readonly median: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly p95: number;
  readonly p99: number;
}

interface Table {
  readonly tracingCost: number;
  readonly calls: number;
  readonly total: number;
  readonly rows: readonly Row[];
}

const parse = (text: string): Table => JSON.parse(text) as Table;
const MS = 1_000_000;

function expectBetween(value: number | undefined, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}

describe('-c', () => {
  itCompiles('measures 60 sleeps of 1 ms, 30 of 5 and 10 of 20 within bounds', async () => {
    const run = await runTsltrace(['-c', '--summary-format=json', sleeper()]);
    const table = parse(run.stderr);
    const slept = table.rows.find(({ name }) => name === 'usleep');
    expect(slept?.calls).toBe(100);
    // No sleep is shorter than asked for; a busy machine makes it longer. The histogram rounds by 1 in 32.
    expectBetween(slept?.median, 1 * MS, 2.5 * MS);
    expectBetween(slept?.mean, 4.1 * MS, 8 * MS);
    expectBetween(slept?.deviation, 4.5 * MS, 12 * MS);
    expectBetween(slept?.p95, 19.3 * MS, 40 * MS);
    expectBetween(slept?.p99, 19.3 * MS, 80 * MS);
    expectBetween(slept?.min, 1 * MS, 2.5 * MS);
    expectBetween(slept?.max, 20 * MS, 200 * MS);
  });

  itCompiles('adds up, and states what tracing costs', async () => {
    const run = await runTsltrace(['-c', '--summary-format=json', sleeper()]);
    const table = parse(run.stderr);
    const sum = (of: (row: Row) => number): number =>
      table.rows.reduce((total, row) => total + of(row), 0);
    expect(sum(({ total }) => total)).toBe(table.total);
    expect(sum(({ calls }) => calls)).toBe(table.calls);
    expect(sum(({ share }) => share)).toBeCloseTo(1, 4);
    for (const row of table.rows) expect(row.mean * row.calls).toBeCloseTo(row.total, -3);
    // The cost is that of a stop; a call of a function that does nothing cannot have taken less than half.
    const nothing = table.rows.find(({ name }) => name === 'toupper');
    expect(table.tracingCost).toBeGreaterThan(1000);
    expect(table.tracingCost).toBeLessThan(2 * (nothing?.median ?? 0));
  });

  itCompiles('says it beside the table', async () => {
    const run = await runTsltrace(['-c', sleeper()]);
    expect(run.stderr).toMatch(
      /^Times include tracing: at least [\d.]+ us a call, [\d.]+ s in all/m,
    );
  });

  itCompiles('sorts by --sort', async () => {
    for (const [sort, first] of [
      ['total', 'usleep'],
      ['name', 'toupper'],
      ['mean', 'usleep'],
    ]) {
      const run = await runTsltrace(['-c', `--sort=${sort ?? ''}`, sleeper()]);
      expect(run.stderr.split('\n')[2]).toMatch(new RegExp(` ${first ?? ''}$`));
    }
  });

  itCompiles('groups by caller, thread and process', async () => {
    const names = async (group: string): Promise<readonly string[]> => {
      const run = await runTsltrace([
        '-c',
        '--group-by',
        group,
        '--summary-format=json',
        sleeper(),
      ]);
      return parse(run.stderr).rows.map(({ name }) => name);
    };
    expect(await names('caller')).toEqual([
      'sleeps-known-times->usleep',
      'sleeps-known-times->toupper',
    ]);
    for (const group of ['thread', 'process']) {
      const [id, ...others] = await names(group);
      expect(id).toMatch(/^\d+$/);
      expect(others).toEqual([]);
    }
  });

  itCompiles('writes CSV with a head and a line for each function', async () => {
    const run = await runTsltrace(['-c', '--summary-format=csv', sleeper()]);
    const lines = run.stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^function,calls,errors,total,/);
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'usleep,100',
      'toupper,100',
    ]);
    const width = lines[0]?.split(',').length;
    for (const line of lines) expect(line.split(',')).toHaveLength(width ?? 0);
  });

  itCompiles('prints a table for each interval, and their calls are all calls', async () => {
    const run = await runTsltrace(['--interval=0.1', '--summary-format=json', sleeper()]);
    const tables = run.stderr.trimEnd().split('\n').map(parse);
    expect(tables.length).toBeGreaterThanOrEqual(4);
    const parts = tables.slice(0, -1).reduce((calls, table) => calls + table.calls, 0);
    expect(tables.at(-1)?.calls).toBe(200);
    expectBetween(parts, 100, 200);
  });

  itCompiles('fits narrow terminals and fills wide ones', async () => {
    for (const columns of [40, 80, 100, 200]) {
      const run = await runTsltrace(['-c', sleeper()], { env: { COLUMNS: String(columns) } });
      // The five columns of ltrace are always there: 61 characters with these names.
      const table = run.stderr.split('\n').filter((line) => !line.startsWith('Times'));
      const longest = Math.max(...table.map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(Math.max(columns, 61));
      expect(table[0]?.includes('p99')).toBe(columns >= 160);
    }
  });
});
