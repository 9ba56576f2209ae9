import { OutputStream } from '../../../../src/output/output-stream.js';
import { SummarySink } from '../../../../src/output/summary/summary-sink.js';
import type { SummaryOptions } from '../../../../src/output/summary/summary-options.js';
import type { TraceEvent } from '../../../../src/trace/event.js';
import { at, integer, Script, session, site } from '../sample-events.js';

const DEFAULTS: SummaryOptions = {
  groupBy: 'function',
  sort: 'total',
  form: 'text',
  clock: 'wall',
  names: 'mangled',
  width: 70,
  interval: 0,
};

function summary(events: readonly TraceEvent[], options: Partial<SummaryOptions> = {}): string {
  const pieces: string[] = [];
  const target = {
    write: (bytes: Uint8Array) => pieces.push(Buffer.from(bytes).toString()),
    flush: () => undefined,
    close: () => undefined,
  };
  const sink = new SummarySink(new OutputStream(target, 'buffered'), { ...DEFAULTS, ...options });
  for (const event of events) sink.accept(event);
  sink.finish();
  return pieces.join('');
}

/** Two calls that last 2 and 4 ms, one system call of 1 ms that fails, one call that is unwound. */
function program(): TraceEvent[] {
  const script = new Script(100, 1_000_000);
  script.push(session);
  const usleep = script.call('usleep');
  script.now();
  script.ret(usleep, integer(0), { cpuTime: 500_000 });
  const other = script.call('usleep', [], { caller: site(1, 'libx.so', 1) });
  script.now();
  script.now();
  script.now();
  script.ret(other, integer(0));
  script.syscallReturn(script.syscall('open', 2), integer(-2), 2);
  script.abandon(script.call('longjmp'), 'unwound');
  return script.events;
}

const firstColumn = (table: string) =>
  table
    .split('\n')
    .filter((line) => /^ *\d/.test(line) && !line.includes('total'))
    .map((line) => line.split(' ').at(-1));

describe('SummarySink', () => {
  it('prints ltrace’s table on a narrow terminal, with the cost of tracing below', () => {
    expect(summary(program())).toBe(
      '% time     seconds  usecs/call     calls      function\n' +
        '------ ----------- ----------- --------- --------------------\n' +
        ' 75.00    0.006000        3000         2 usleep\n' +
        ' 12.50    0.001000        1000         1 SYS_open\n' +
        ' 12.50    0.001000        1000         1 longjmp\n' +
        '------ ----------- ----------- --------- --------------------\n' +
        '100.00    0.008000                     4 total\n' +
        'Times include tracing: at least 38.0 us a call, 0.000152 s in all.\n',
    );
  });

  it('adds columns as the terminal grows, and never a line that is too long', () => {
    const titles = (width: number) => summary(program(), { width }).split('\n')[0]?.split(/ {2,}/);
    expect(titles(70)).toEqual(['% time', 'seconds', 'usecs/call', 'calls', 'function']);
    expect(titles(80)).toContain('errors');
    expect(titles(82)).not.toContain('max');
    expect(titles(0)).toEqual(
      '% time,seconds,usecs/call,calls,errors,min,median,p95,p99,max,stddev,function'.split(','),
    );
    for (let width = 61; width < 200; width++) {
      const rule = summary(program(), { width }).split('\n')[1] ?? '';
      expect(rule.length).toBeLessThanOrEqual(width);
    }
  });

  it('shows errors and the spread of the times, percentiles within 1/64', () => {
    const [, , usleep, open] = summary(program(), { width: 0 }).split('\n');
    expect(usleep?.split(/ +/).slice(5)).toEqual(
      '0 2000.0 2015.2 4000.0 4000.0 4000.0 1000.0 usleep'.split(' '),
    );
    expect(open?.split(/ +/)[5]).toBe('1');
  });

  it('sorts as asked', () => {
    const order = (sort: SummaryOptions['sort']) => firstColumn(summary(program(), { sort }));
    expect(order('errors')).toEqual(['SYS_open', 'longjmp', 'usleep']);
    expect(order('name')).toEqual(['SYS_open', 'longjmp', 'usleep']);
    expect(order('max')).toEqual(['usleep', 'SYS_open', 'longjmp']);
  });

  it('groups by caller, thread and process', () => {
    const names = (groupBy: SummaryOptions['groupBy']) =>
      firstColumn(summary(program(), { groupBy }));
    expect(names('caller')).toEqual([
      'libx.so->usleep',
      'tst->usleep',
      'libc.so.6->SYS_open',
      'tst->longjmp',
    ]);
    expect(names('thread')).toEqual(['100']);
    expect(names('process')).toEqual(['100']);
  });

  it('counts CPU time when asked', () => {
    expect(summary(program(), { clock: 'cpu' })).toContain(
      '100.00    0.000500         250         2 usleep\n',
    );
  });

  it('counts a fork once, although the child returns from it as well', () => {
    const script = new Script();
    const fork = script.call('fork');
    script.ret(fork, integer(0), at(200, script.now()));
    script.ret(fork, integer(200));
    expect(summary(script.events)).toContain('         1 total\n');
  });

  it('prints header and footer without any call', () => {
    expect(summary([])).toBe(
      '% time     seconds  usecs/call     calls      function\n' +
        '------ ----------- ----------- --------- --------------------\n' +
        '------ ----------- ----------- --------- --------------------\n' +
        '100.00    0.000000                     0 total\n',
    );
  });

  it('writes CSV whose columns add up', () => {
    const [header = '', ...lines] = summary(program(), { form: 'csv' }).trim().split('\n');
    const columns = header.split(',');
    const column = (name: string) =>
      lines.map((line) => Number(line.split(',')[columns.indexOf(name)]));
    const sum = (name: string) => column(name).reduce((a, b) => a + b, 0);
    expect(lines).toHaveLength(3);
    expect(sum('total')).toBe(8_000_000);
    expect(sum('calls')).toBe(4);
    expect(sum('share')).toBe(1);
    expect(sum('tracing')).toBe(4 * 38000);
    expect(column('deviation')[0]).toBe(1_000_000);
  });

  it('quotes names in CSV', () => {
    const script = new Script();
    script.ret(script.call('f', [], { demangled: 'f<a, b>("x")' }));
    const [, line] = summary(script.events, { form: 'csv', names: 'demangled' }).split('\n');
    expect(line).toMatch(/^"f<a, b>\(""x""\)",1,0,1000,1,/);
  });

  it('writes JSON', () => {
    const table = JSON.parse(summary(program(), { form: 'json' })) as Record<string, unknown>;
    expect(table).toMatchObject({ calls: 4, errors: 1, total: 8_000_000, tracingCost: 38000 });
    expect(table['rows']).toContainEqual({
      name: 'usleep',
      calls: 2,
      errors: 0,
      total: 6_000_000,
      share: 0.75,
      mean: 3_000_000,
      median: expect.closeTo(2_000_000, -5) as number,
      deviation: 1_000_000,
      min: 2_000_000,
      max: 4_000_000,
      p95: 4_000_000,
      p99: 4_000_000,
    });
  });

  it('prints what happened in each interval, and everything at the end', () => {
    const script = new Script(100, 400_000_000);
    for (let count = 0; count < 5; count++) script.ret(script.call('f'));
    const lines = summary(script.events, { form: 'json', interval: 1 }).trim().split('\n');
    const tables = lines.map((line) => JSON.parse(line) as { calls: number; to: number });
    expect(tables.map((table) => table.calls)).toEqual([1, 1, 1, 1, 5]);
    expect(tables.map((table) => table.to / 1e9)).toEqual([1, 2, 3, 4, 4]);
    expect(summary(script.events, { interval: 1 })).toContain('From 1.000000 s to 2.000000 s\n');
  });

  it('prints a table for an interval in which nothing happens, when time is told', () => {
    const pieces: string[] = [];
    const target = {
      write: (bytes: Uint8Array) => pieces.push(Buffer.from(bytes).toString()),
      flush: () => undefined,
      close: () => undefined,
    };
    const options: SummaryOptions = { ...DEFAULTS, form: 'json', interval: 0.5 };
    const sink = new SummarySink(new OutputStream(target, 'buffered'), options);
    expect(sink.tick(0)).toBe(0.5e9);
    expect(sink.tick(0.51e9)).toBe(1e9);
    expect(sink.tick(0.99e9)).toBe(1e9);
    expect(sink.tick(2.2e9)).toBe(2.5e9);
    const tables = pieces.join('').trim().split('\n');
    expect(tables.map((line) => JSON.parse(line) as object)).toMatchObject([
      { from: 0, to: 0.5e9, calls: 0 },
      { from: 0.5e9, to: 2e9, calls: 0 },
    ]);
    expect(new SummarySink(new OutputStream(target, 'buffered'), DEFAULTS).tick(9e9)).toBe(
      undefined,
    );
  });
});
