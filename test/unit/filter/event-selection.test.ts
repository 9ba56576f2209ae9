import { toAddress } from '../../../src/base/address.js';
import { toCallId, toProcessId, toThreadId } from '../../../src/base/ids.js';
import { EventSelection, type SelectionRules } from '../../../src/filter/event-selection.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
} from '../../../src/filter/parse-filter.js';
import { parseWhere } from '../../../src/filter/where/parse-where.js';
import type { CallEvent, ReturnEvent, SyscallEvent, TraceEvent } from '../../../src/trace/event.js';

const where = { pid: toProcessId(1), tid: toThreadId(1), at: 0 };
let calls = 0;

function call(symbol: string, more: Partial<CallEvent> & { from?: string } = {}): CallEvent {
  const { from = 'tst', ...rest } = more;
  return {
    ...where,
    kind: 'call',
    call: toCallId(++calls),
    depth: 0,
    origin: 'call',
    route: 'plt',
    caller: { returnAddress: toAddress(0x1000), module: from, offset: 0 },
    library: 'libc.so.6',
    symbol,
    inMainProgram: false,
    args: [{ value: { kind: 'integer', value: 7, bits: 32, signed: true, style: 'decimal' } }],
    ...rest,
  };
}

function returned(from: CallEvent, value: number): ReturnEvent {
  return {
    ...where,
    kind: 'return',
    call: from,
    result: { kind: 'integer', value, bits: 32, signed: true, style: 'decimal' },
    rawResult: value,
    outArgs: [],
  };
}

const started: TraceEvent = {
  ...where,
  kind: 'process-started',
  how: 'launch',
  program: '/home/me/tst',
};
const loaded: TraceEvent = {
  ...where,
  kind: 'module-loaded',
  module: 'libc.so.6',
  path: '/lib/libc.so.6',
  bias: 0,
  isMainProgram: false,
};
const program: TraceEvent = { ...loaded, module: 'tst', path: '/bin/tst', isMainProgram: true };

function selected(
  rules: Partial<SelectionRules>,
  ...events: readonly TraceEvent[]
): readonly TraceEvent[] {
  const selection = new EventSelection({
    filters: 'everything',
    selectsSyscall: () => true,
    where: [],
    ...rules,
  });
  return [started, program, loaded, ...events].flatMap((event) => selection.select(event)).slice(3);
}

function select(
  rules: Partial<SelectionRules>,
  ...events: readonly TraceEvent[]
): readonly string[] {
  return selected(rules, ...events).map((event) =>
    event.kind === 'call' ? event.symbol : event.kind,
  );
}

const none = { calls: [], libraries: [], functions: [] };

describe('EventSelection', () => {
  it('passes everything on when nothing is asked', () => {
    const f = call('f');
    expect(select({}, f, returned(f, 0))).toEqual(['f', 'return']);
  });

  it('knows the caller for -e, the callee for -l and -x', () => {
    const f = call('f');
    const g = call('g', { from: 'libc.so.6' });
    const h = call('h', { origin: 'function', library: 'tst', inMainProgram: true });
    const selected = (filters: Partial<typeof none> | object): readonly string[] =>
      select({ filters: { ...none, ...filters } }, f, returned(f, 0), g, h);
    expect(selected({ calls: [parseCallFilter('@MAIN')] })).toEqual(['f', 'return']);
    expect(selected({ calls: [parseCallFilter('@/lib/libc.so.6')] })).toEqual(['g']);
    expect(selected({ calls: [parseCallFilter('*')] })).toEqual(['f', 'return', 'g']);
    expect(selected({ libraries: [parseLibraryFilter('libc*')] })).toEqual(['f', 'return', 'g']);
    expect(selected({ functions: [parseFunctionFilter('@MAIN')] })).toEqual(['h']);
    expect(selected({ functions: [parseFunctionFilter('f@libc*')] })).toEqual(['f', 'return']);
  });

  it('knows the main program of each process, also of forked ones and after an exec', () => {
    const child = { pid: toProcessId(2), tid: toThreadId(2) };
    const inChild = call('f', child);
    const after = [call('g', child), call('h', { ...child, from: 'other' }), call('i')];
    const events: readonly TraceEvent[] = [
      { ...started, ...child, how: 'fork', parent: toProcessId(1) },
      inChild,
      { ...where, ...child, kind: 'exec', program: '/bin/other' },
      { ...program, ...child, module: 'other', path: '/bin/other' },
      ...after,
    ];
    const filters = { ...none, calls: [parseCallFilter('@MAIN')] };
    expect(select({ filters }, ...events).filter((name) => name.length === 1)).toEqual([
      'f',
      'h',
      'i',
    ]);
  });

  it('shows at once what is decided at entry, and holds back what is not', () => {
    const f = call('f');
    const g = call('g');
    const events = [f, g, returned(g, 1), returned(f, 0)];
    expect(select({ where: [parseWhere('arg1 == 7')] }, ...events)).toEqual([
      'f',
      'g',
      'return',
      'return',
    ]);
    expect(select({ where: [parseWhere('arg1 == 7 && duration >= 0ns')] }, ...events)).toEqual([
      'g',
      'return',
      'f',
      'return',
    ]);
    expect(select({ where: [parseWhere('arg1 == 8')] }, ...events)).toEqual([]);
    expect(select({ where: [parseWhere('retval == 0')] }, ...events)).toEqual(['f', 'return']);
    expect(
      select({ where: [parseWhere('arg1 == 7'), parseWhere('retval == 1')] }, ...events),
    ).toEqual(['g', 'return']);
  });

  it('lets a call end in the parent and in the child that it forked', () => {
    const fork = call('fork');
    const events = [fork, returned(fork, 0), returned(fork, 42)];
    const both = ['fork', 'return', 'return'];
    expect(select({}, ...events)).toEqual(both);
    const filters = { ...none, calls: [parseCallFilter('fork')] };
    expect(select({ filters }, ...events)).toEqual(both);
    expect(select({ where: [parseWhere('arg1 == 7')] }, ...events)).toEqual(both);
    expect(select({ where: [parseWhere('retval == 42')] }, ...events)).toEqual(['fork', 'return']);
  });

  it('drops abandoned calls of which nothing can be said', () => {
    const f = call('f');
    const abandoned: TraceEvent = { ...where, kind: 'call-abandoned', call: f, why: 'exit' };
    expect(select({ where: [parseWhere('retval != 0')] }, f, abandoned)).toEqual([]);
    expect(select({ where: [parseWhere('!(retval == 0)')] }, f, abandoned)).toEqual([
      'f',
      'call-abandoned',
    ]);
  });

  const syscall = (name: string): SyscallEvent => ({
    ...where,
    kind: 'syscall',
    call: toCallId(++calls),
    depth: 0,
    number: 0,
    name,
    args: [],
    caller: { returnAddress: toAddress(0), module: '', offset: 0 },
  });

  it('applies conditions to system calls too', () => {
    const read = syscall('read');
    const open = syscall('open');
    const failure = (of: SyscallEvent, errno?: number): TraceEvent => ({
      ...where,
      kind: 'syscall-return',
      call: of,
      result: { kind: 'unknown' },
      rawResult: 0,
      outArgs: [],
      ...(errno !== undefined && { errno }),
    });
    const end: TraceEvent = { ...where, kind: 'exited', code: 0 };
    const events = [read, failure(read), open, failure(open, 2), syscall('exit'), end];
    const selected = (text: string) =>
      select({ where: [parseWhere(text)], selectsSyscall: () => true }, ...events);
    expect(selected('errno == ENOENT')).toEqual(['syscall', 'syscall-return', 'exited']);
    expect(selected('function == "exit" && library == "SYS"')).toEqual(['syscall', 'exited']);
    expect(selected('library == "libc.so.6"')).toEqual(['exited']);
  });

  it('selects system calls by name', () => {
    const rules = { selectsSyscall: (name: string) => name === 'read' };
    expect(select(rules, syscall('read'), syscall('write'))).toEqual(['syscall']);
  });

  it('gives a call the place that it has among those that are shown', () => {
    const f = call('f');
    const g = call('g', { parent: f.call, depth: 1 });
    const h = call('h', { parent: g.call, depth: 2 });
    const events = [f, g, h, returned(h, 0), returned(g, 1), returned(f, 0)];
    const places = (rules: Parameters<typeof selected>[0]) =>
      selected(rules, ...events).flatMap((event) => {
        const of = event.kind === 'return' ? event.call : event;
        return of.kind === 'call' ? [`${of.symbol} ${of.parent ?? 'none'} ${of.depth}`] : [];
      });
    const outer = `f none 0`;
    const inner = `h ${f.call} 1`;
    expect(places({ filters: { ...none, calls: [parseCallFilter('f+h')] } })).toEqual([
      outer,
      inner,
      inner,
      outer,
    ]);
    // Those that wait for their end are shown after the calls inside of them.
    expect(places({ where: [parseWhere('retval == 0')] })).toEqual([
      'h none 0',
      'h none 0',
      'f none 0',
      'f none 0',
    ]);
    expect(places({})).toEqual([
      outer,
      `g ${f.call} 1`,
      `h ${g.call} 2`,
      `h ${g.call} 2`,
      `g ${f.call} 1`,
      outer,
    ]);
  });
});
