/** -c on programs whose functions sleep known times: figures, sums, order, groups, forms, intervals, widths. */
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace, startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const sleeper = (): string => buildProgram('sleeps-known-times');

/** What the figures are about, whatever else the program calls to measure itself. */
const COUNTED = ['-c', '-e', 'usleep+toupper+access'];

interface Row {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
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
  readonly errors: number;
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly rows: readonly Row[];
}

const parse = (text: string): Table => JSON.parse(text) as Table;

/** As the table defines them: of all values there were. */
function figuresOf(durations: readonly number[]): Omit<Row, 'name' | 'calls' | 'errors' | 'share'> {
  const sorted = [...durations].sort((a, b) => a - b);
  const total = sorted.reduce((sum, each) => sum + each, 0);
  const mean = total / sorted.length;
  const squares = sorted.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const percentile = (share: number): number =>
    sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? NaN;
  return {
    total,
    mean,
    median: percentile(0.5),
    deviation: Math.sqrt(squares / sorted.length),
    min: percentile(0),
    max: percentile(1),
    p95: percentile(0.95),
    p99: percentile(0.99),
  };
}

/** Percentiles come from a histogram: see PERCENTILE_ERROR. */
const ROUNDING = { median: 1 / 64, p95: 1 / 64, p99: 1 / 64 } as const;

/**
 * A call lasts at least as long as it was to sleep, and less than the program's own clock found around it: that
 * bounds each duration, so each figure, however busy the machine is. Where it is idle the bounds are 0.2 ms apart.
 */
function expectWithinBounds(row: Row, asked: readonly number[], took: readonly number[]): void {
  const least = figuresOf(asked);
  const most = figuresOf(took);
  for (const key of ['total', 'mean', 'median', 'min', 'max', 'p95', 'p99'] as const) {
    const rounding = key in ROUNDING ? 1 / 64 : 0;
    expect([key, row[key] >= least[key] * (1 - rounding)]).toEqual([key, true]);
    expect([key, row[key] <= most[key] * (1 + rounding)]).toEqual([key, true]);
  }
  // Two series differ in their deviation by at most the root mean square of their differences (Minkowski).
  const squares = asked.map((each, index) => ((took[index] ?? NaN) - each) ** 2);
  const apart = Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / squares.length);
  expect(Math.abs(row.deviation - least.deviation)).toBeLessThanOrEqual(apart);
}

function expectBetween(value: number | undefined, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}

describe('-c', () => {
  itCompiles('measures 60 sleeps of 1 ms, 30 of 5 and 10 of 20 within bounds', async () => {
    const run = await runTsltrace([...COUNTED, '--summary-format=json', sleeper()]);
    const slept = parse(run.stderr).rows.find(({ name }) => name === 'usleep');
    const lines = [...run.stdout.matchAll(/^slept (\d+) (\d+)$/gm)];
    const asked = lines.map((line) => Number(line[1]));
    const took = lines.map((line) => Number(line[2]));
    expect(figuresOf(asked)).toMatchObject({ mean: 4.1e6, median: 1e6, p95: 20e6 });
    if (slept === undefined) throw new Error(run.stderr);
    expect(slept.calls).toBe(100);
    expectWithinBounds(slept, asked, took);
  });

  itCompiles('counts what failed, of functions and of system calls', async () => {
    const run = await runTsltrace([
      ...COUNTED,
      '--syscalls=access,uname',
      '--summary-format=json',
      sleeper(),
    ]);
    const table = parse(run.stderr);
    const errors = (name: string) => table.rows.find((row) => row.name === name)?.errors;
    expect([errors('access'), errors('usleep'), errors('toupper')]).toEqual([4, 0, 0]);
    // And that of the dynamic linker, which looks for /etc/ld.so.preload.
    expectBetween(errors('SYS_access'), 4, 5);
    expect(table.errors).toBe(4 + (errors('SYS_access') ?? NaN));
  });

  itCompiles('adds up, and states what tracing costs', async () => {
    const run = await runTsltrace([...COUNTED, '--summary-format=json', sleeper()]);
    const table = parse(run.stderr);
    const sum = (of: (row: Row) => number): number =>
      table.rows.reduce((total, row) => total + of(row), 0);
    expect(sum(({ total }) => total)).toBe(table.total);
    expect(sum(({ calls }) => calls)).toBe(table.calls);
    expect(sum(({ errors }) => errors)).toBe(table.errors);
    expect(sum(({ share }) => share)).toBeCloseTo(1, 4);
    for (const row of table.rows) expect(row.mean * row.calls).toBeCloseTo(row.total, -3);
    // The cost is that of a stop; a call of a function that does nothing cannot have taken less than half.
    const nothing = table.rows.find(({ name }) => name === 'toupper');
    expect(table.tracingCost).toBeGreaterThan(1000);
    expect(table.tracingCost).toBeLessThan(2 * (nothing?.median ?? 0));
  });

  itCompiles('says it beside the table', async () => {
    const run = await runTsltrace([...COUNTED, sleeper()]);
    expect(run.stderr).toMatch(
      /^Times include tracing: at least [\d.]+ us a call, [\d.]+ s in all/m,
    );
  });

  itCompiles('sorts by --sort', async () => {
    for (const [sort, first] of [
      ['total', 'usleep'],
      ['name', 'access'],
      ['errors', 'access'],
      ['mean', 'usleep'],
    ]) {
      const run = await runTsltrace([...COUNTED, `--sort=${sort ?? ''}`, sleeper()]);
      expect(run.stderr.split('\n')[2]).toMatch(new RegExp(` ${first ?? ''}$`));
    }
  });

  itCompiles('groups by caller, thread and process', async () => {
    const names = async (group: string): Promise<readonly string[]> => {
      const run = await runTsltrace([
        ...COUNTED,
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
      'sleeps-known-times->access',
    ]);
    for (const group of ['thread', 'process']) {
      const [id, ...others] = await names(group);
      expect(id).toMatch(/^\d+$/);
      expect(others).toEqual([]);
    }
  });

  itCompiles('writes CSV with a head and a line for each function', async () => {
    const run = await runTsltrace([...COUNTED, '--summary-format=csv', sleeper()]);
    const lines = run.stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^function,calls,errors,total,/);
    const rows = lines.slice(1).map((line) => line.split(',').slice(0, 2).join());
    // By time: which of the other two takes longer is the machine's to say.
    expect(rows[0]).toBe('usleep,100');
    expect(rows.slice(1).sort()).toEqual(['access,10', 'toupper,100']);
    const width = lines[0]?.split(',').length;
    for (const line of lines) expect(line.split(',')).toHaveLength(width ?? 0);
  });

  itCompiles('prints a table for each interval, and their calls are all calls', async () => {
    const run = await runTsltrace([
      ...COUNTED,
      '--interval=0.1',
      '--summary-format=json',
      sleeper(),
    ]);
    const tables = run.stderr.trimEnd().split('\n').map(parse);
    expect(tables.length).toBeGreaterThanOrEqual(4);
    const parts = tables.slice(0, -1).reduce((calls, table) => calls + table.calls, 0);
    expect(tables.at(-1)?.calls).toBe(210);
    expectBetween(parts, 100, 210);
  });

  itCompiles('prints a table for an interval in which a server did nothing', async () => {
    const server = startProgram([buildProgram('sleeps-in-epoll'), '240000']);
    await server.sees(/./);
    const options = ['--interval=0.2', '--summary-format=json', '-p', String(server.pid)];
    const tracer = startTsltrace(options);
    await tracer.sees(/(?:"rows":\[\]}\n.*){3}/);
    tracer.kill('SIGINT');
    const { stderr } = await tracer.finished();
    const tables = stderr.trimEnd().split('\n').map(parse);
    for (const [index, { from, to, calls }] of tables.slice(0, 3).entries()) {
      expect([from, calls]).toEqual([index === 0 ? 0 : tables[index - 1]?.to, 0]);
      // A busy machine may let the tracer sleep through an interval; the table then covers it too.
      expect(to % 2e8).toBe(0);
    }
    server.kill('SIGKILL');
    await server.finished();
  });

  itCompiles('fits narrow terminals and fills wide ones', async () => {
    for (const columns of [40, 80, 100, 200]) {
      const run = await runTsltrace([...COUNTED, sleeper()], { env: { COLUMNS: String(columns) } });
      // The five columns of ltrace are always there: 61 characters with these names.
      const table = run.stderr.split('\n').filter((line) => !line.startsWith('Times'));
      const longest = Math.max(...table.map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(Math.max(columns, 61));
      expect(table[0]?.includes('p99')).toBe(columns >= 160);
    }
  });
});
