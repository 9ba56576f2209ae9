import { toAddress } from '../../../src/base/address.js';
import { toCallId, toProcessId, toThreadId } from '../../../src/base/ids.js';
import { EventSelection, type SelectionRules } from '../../../src/filter/event-selection.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
} from '../../../src/filter/parse-filter.js';
import { parseWhere } from '../../../src/filter/where/parse-where.js';
import type {
  CallEvent,
  CoverageEvent,
  ReturnEvent,
  SyscallEvent,
  TraceEvent,
} from '../../../src/trace/event.js';
import type { Value } from '../../../src/trace/value.js';

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

  const coverage: CoverageEvent = {
    ...where,
    kind: 'coverage',
    calls: 2,
    stops: 4,
    modules: [],
    unmatchedRules: [],
  };

  function coverageOf(
    rules: Partial<SelectionRules>,
    ...events: readonly TraceEvent[]
  ): CoverageEvent {
    const last = selected(rules, ...events, coverage).at(-1);
    if (last?.kind !== 'coverage') throw new Error('there is no coverage');
    return last;
  }

  describe('of conditions', () => {
    const named = (name: string, value: Value) => ({ name, value });
    const number: Value = { kind: 'integer', value: 7, bits: 32, signed: true, style: 'decimal' };
    const text: Value = {
      kind: 'string',
      bytes: Buffer.from('x'),
      encoding: 'bytes',
      truncated: false,
    };
    const open = call('open', {
      args: [
        named('path', text),
        named('flags', { kind: 'flags', names: ['O_RDONLY'], rest: 0 }),
        named('mode', number),
        named('how', { kind: 'enumerator', name: 'HOW_FAST', value: 1 }),
      ],
    });
    const known = (): ReadonlySet<string> => new Set(['O_CREAT', 'O_RDONLY', 'HOW_SLOW']);
    const report = (condition: string) =>
      coverageOf({ where: [parseWhere(condition, known)] }, open, returned(open, 3)).conditions;

    it('says for how many calls each held', () => {
      expect(report('retval == 3')).toEqual([
        { condition: 'retval == 3', judged: 1, held: 1, unmet: [] },
      ]);
      expect(report('mode == 8')).toEqual([
        { condition: 'mode == 8', judged: 1, held: 0, unmet: [] },
      ]);
      expect(coverageOf({ where: [parseWhere('arg1')] }).conditions).toMatchObject([{ judged: 0 }]);
      expect(coverageOf({ where: [parseWhere('tid')] }, open).selected).toBe(1);
      expect(coverageOf({ where: [parseWhere('!tid')] }, open).selected).toBe(0);
    });

    it.each([
      ['pathh == "x"', 'argument', 'pathh', ['path']],
      ['mode == 7 || !flgs', 'argument', 'flgs', ['flags']],
      ['retvall == 3', 'argument', 'retvall', ['retval']],
      ['arg9 != 0', 'argument', 'arg9', []],
      ['function == "opne"', 'function', 'opne', ['open']],
      ['function !~ "pen*"', 'function', 'pen*', ['open']],
      ['caller == "lib.so"', 'caller', 'lib.so', ['tst']],
      ['library != "libc.so"', 'library', 'libc.so', ['libc.so.6']],
      ['flags == "O_RDONLLY"', 'value', 'O_RDONLLY', ['O_RDONLY']],
      ['how == HOW_SLOWW', 'value', 'HOW_SLOWW', ['HOW_SLOW']],
      ['mode == O_CREAAT', 'value', 'O_CREAAT', ['O_CREAT']],
    ])('tells of the word that no call has in %s', (condition, what, word, near) => {
      expect(report(condition)?.[0]?.unmet).toEqual([{ what, word, near }]);
    });

    it.each([
      'path == "y"',
      'path == "Y_AXIS"',
      'flags == "O_CREAT"',
      'how == "HOW_SLOW"',
      'how != HOW_FAST',
      'function == "open" && caller =~ "t*"',
      'arg4 == 5 || duration > 5s',
    ])('has no doubts about %s, though it held for none', (condition) => {
      expect(report(condition)?.[0]?.unmet).toEqual([]);
    });
  });

  describe('of filters', () => {
    const entry = call('entered', { origin: 'function', library: 'libc.so.6' });
    const f = call('open_file', { shownAs: 'open_quickly' });
    const g = call('close_file', { from: 'libother.so.1' });
    const reason = (kind: keyof typeof none, text: string) => {
      const parse = {
        calls: parseCallFilter,
        libraries: parseLibraryFilter,
        functions: parseFunctionFilter,
      };
      const filters = { ...none, [kind]: [parse[kind](text)] };
      return coverageOf({ filters }, f, g, entry).unmatchedRules.map((rule) => rule.reason);
    };

    it('says why a rule fits no call of the recording', () => {
      expect(reason('calls', 'open_file+close_file@libother*')).toEqual([]);
      expect(reason('calls', 'open_fil')).toEqual([
        { kind: 'not-recorded', functions: 4, near: ['open_file'] },
      ]);
      expect(reason('calls', 'open_quickli')).toMatchObject([{ near: ['open_quickly'] }]);
      expect(reason('calls', 'f@libothr')).toEqual([
        { kind: 'no-such-module', looked: 3, near: [] },
      ]);
      expect(reason('libraries', 'libc')).toEqual([
        { kind: 'no-such-module', looked: 3, near: ['libc.so.6'] },
      ]);
      expect(reason('calls', 'close_file@tst')).toEqual([
        {
          kind: 'called-by-others',
          callers: { names: ['libother.so.1'], count: 1 },
          wanted: { names: ['tst'], count: 1 },
        },
      ]);
      expect(reason('calls', 'open*-@tst')).toEqual([
        { kind: 'taken-away', by: '@tst', modules: { names: ['tst'], count: 1 } },
      ]);
      expect(reason('calls', 'entered')).toEqual([{ kind: 'recorded-as-entries' }]);
      expect(reason('functions', 'entered')).toEqual([]);
      expect(reason('functions', 'nothing@libc*')).toMatchObject([{ kind: 'not-recorded' }]);
    });

    it('says so of a recording that was cut off, too', () => {
      const filters = { ...none, calls: [parseCallFilter('nothing')] };
      const cut = new EventSelection({ filters, selectsSyscall: () => true, where: [] });
      [started, program, f].forEach((event) => cut.select(event));
      expect(cut.finish(where)).toMatchObject([
        { kind: 'coverage', calls: 1, selected: 0, unmatchedRules: [{ rule: 'nothing' }] },
      ]);
      expect(
        new EventSelection({ filters: 'everything', selectsSyscall: () => true, where: [] }).finish(
          where,
        ),
      ).toEqual([]);
    });
  });
});
