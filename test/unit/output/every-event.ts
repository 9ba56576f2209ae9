/** One event of every kind, and values of every kind with the oddest contents: for round trips. */
import { toAddress } from '../../../src/base/address.js';
import { toCallId, toProcessId, toThreadId } from '../../../src/base/ids.js';
import type { TraceEvent, Where } from '../../../src/trace/event.js';
import type { UnmatchedReason } from '../../../src/trace/unmatched.js';
import type { Value } from '../../../src/trace/value.js';
import {
  args,
  array,
  at,
  guess,
  HIDDEN,
  integer,
  pointer,
  Script,
  session,
  site,
  struct,
  text,
  VOID,
} from './sample-events.js';

const float = (value: number, style: 'decimal' | 'hex' = 'decimal'): Value => ({
  kind: 'float',
  value,
  bits: 64,
  style,
});

export const everyValue: readonly Value[] = [
  integer(-1),
  integer(2n ** 63n, 'decimal', 64),
  integer(-(2n ** 63n), 'hex', 64),
  integer(2n ** 128n - 1n, 'octal', 128),
  integer(Number.MAX_SAFE_INTEGER, 'boolean', 64),
  guess(0x7fff00001000),
  float(NaN),
  float(-0),
  float(Infinity),
  float(-Infinity),
  float(5e-324, 'hex'),
  float(0.1),
  { kind: 'character', code: -1 },
  { kind: 'character', code: 0x1f600, wide: true },
  text('plain'),
  text('quote " backslash \\ newline \n NUL \0 escape \x1b delete \x7f'),
  text(Buffer.from('ünïcode \u2028 \u202e \u009b', 'utf8')),
  text(Buffer.of(0xff, 0xfe, 0x00, 0xc3, 0x28), true),
  text(''),
  {
    kind: 'string',
    bytes: Buffer.from('wide ☃'),
    encoding: 'wide',
    truncated: false,
    address: toAddress(4096),
  },
  { kind: 'buffer', bytes: Buffer.of(0, 255), length: 70000, style: 'hex', address: toAddress(8) },
  { kind: 'buffer', bytes: Buffer.from('GET /'), length: 5, style: 'text' },
  pointer(0),
  pointer(2n ** 64n - 1n),
  pointer(0x5555, { target: struct(integer(1), array([VOID, HIDDEN], true)) }),
  pointer(0x5555, {
    symbol: { module: 'tst', name: '_Z3cmpv', demangled: 'cmp()', offset: 4 },
    note: '/tmp/x\n',
  }),
  { kind: 'enumerator', name: 'SIGUSR1', value: 10 },
  { kind: 'flags', names: ['A', 'B'], rest: 2n ** 63n },
  { kind: 'bits', set: [0, 5, 63], width: 64 },
  array([]),
  { kind: 'struct', fields: [{ name: 'x', value: integer(1) }, { value: integer(2) }] },
  { kind: 'changed', before: integer(1), after: integer(2) },
  { kind: 'descriptor', value: 3, path: '/tmp/a b' },
  { kind: 'unreadable', address: toAddress(1), errno: 14 },
  { kind: 'recursion', levels: 2 },
  { kind: 'redacted', what: 'key' },
  { kind: 'elided' },
  { kind: 'unknown' },
  HIDDEN,
  VOID,
];

const some = (...names: readonly string[]) => ({ names, count: names.length + 3 });

export const everyReason: readonly UnmatchedReason[] = [
  { kind: 'no-modules' },
  { kind: 'no-such-module', looked: 3, near: ['libssl.so.3'] },
  { kind: 'libraries-unseen', program: 'a' },
  { kind: 'library-not-called', library: some('a') },
  { kind: 'no-code-there', module: some('a', 'b') },
  { kind: 'called-by-others', callers: some('\x1b[2J'), wanted: some() },
  { kind: 'taken-away', by: '@MAIN', modules: some('a') },
  { kind: 'not-called', owners: some('a') },
  { kind: 'no-pointer', owners: some('a') },
  { kind: 'only-inside', module: 'a', functions: 1 },
  { kind: 'function-elsewhere', owners: some('a'), wanted: some('b') },
  { kind: 'only-imported', importers: some('a'), stripped: some('b') },
  { kind: 'unknown-function', looked: 1, stripped: some(), near: [] },
  { kind: 'unknown-function', looked: 2, wanted: some('a'), stripped: some('a'), near: ['f'] },
  { kind: 'own-tls', language: 'Go', module: 'a' },
  { kind: 'system-call', name: 'open' },
  { kind: 'recorded-as-entries' },
  { kind: 'not-recorded', functions: 1, near: ['f'] },
  { kind: 'too-late' },
  { kind: 'not-searched' },
  { kind: 'told', text: 'no module of that name\u2028 was loaded' },
];

export function everyEvent(): readonly TraceEvent[] {
  const script = new Script();
  const here = (tid = 100) => at(100, script.now(), tid);
  script.push(
    session,
    { kind: 'process-started', ...here(), how: 'launch', program: './tst' },
    { kind: 'process-started', ...at(200, 5), how: 'fork', parent: toProcessId(100), program: '' },
    {
      kind: 'module-loaded',
      ...here(),
      module: 'tst',
      path: '/tst',
      bias: 0x5000,
      isMainProgram: true,
      buildId: 'ab01',
    },
    {
      kind: 'module-loaded',
      ...here(),
      module: 'x',
      path: '/x\udc80',
      bias: 0,
      isMainProgram: false,
    },
    { kind: 'thread-started', ...here(101), parent: toThreadId(100) },
  );
  const outer = script.call('all_values', everyValue, {
    version: 'V_1',
    demangled: 'all::values()',
    shownAs: 'ALL_VALUES',
    origin: 'function',
    route: 'entry',
    inMainProgram: true,
    caller: {
      ...site(),
      symbol: { name: 'main', offset: 16 },
      source: { file: 'main.c', line: 7, column: 3 },
    },
    script: [
      { language: 'python', function: 'Session.get', file: 'größe.py', line: 12 },
      { language: 'perl', function: 'main::run', file: '-e' },
    ],
    backtrace: [
      {
        address: toAddress(0x401182),
        module: 'tst',
        offset: 0x1182,
        symbol: { name: '_ZN1a1bEv', demangled: 'a::b()', offset: 60 },
        inlined: [{ name: 'f', source: { file: 'hi.h', line: 1, column: 0 } }, { name: 'g' }],
        source: { file: '/home/me/hi.c', line: 3, column: 70 },
      },
      { language: 'python', function: '<module>', file: '<string>', line: 1 },
      { language: 'python', function: 'f', file: 'f.py' },
      { address: toAddress(16), module: '', offset: 0 },
    ],
  });
  const inner = script.call('inner', [], { parent: outer.call });
  script.ret(inner, pointer(0), { errno: 2, cpuTime: 500, rawResult: 2n ** 64n - 1n });
  script.abandon(script.call('thrower'), 'unwound');
  const open = { ...script.syscall('open', 2, [text('x')]), parent: toCallId(1) };
  script.events[script.events.length - 1] = open;
  script.syscallReturn(open, integer(-2), 2);
  script.ret(outer, struct(...everyValue), {
    outArgs: [{ name: 'out', value: integer(5), raw: 2n ** 63n }, ...args(text('x'))],
  });
  script.syscall('exit_group', 231, [integer(0)]);
  script.signal(10);
  const fault = { code: 1, sender: toProcessId(1), faultAddress: toAddress(0) };
  script.push(
    { kind: 'signal', ...here(), signal: 40, ...fault, pc: site() },
    ...everySignal(here()),
    ...everyThreadState(here()),
    { kind: 'module-unloaded', ...here(), module: 'x', path: '/x' },
    { kind: 'thread-ended', ...here(101), how: { kind: 'exited', code: 0 } },
    { kind: 'thread-ended', ...here(102), how: { kind: 'killed', signal: 9 } },
    { kind: 'notice', ...here(), severity: 'warning', text: 'careful' },
  );
  script.exec('/bin/true');
  script.exited(3);
  script.push(
    { kind: 'killed', ...at(200, script.now()), signal: 11, coreDumped: true },
    { kind: 'detached', ...at(300, script.now()) },
    {
      kind: 'coverage',
      ...here(),
      calls: 3,
      stops: 6,
      modules: [
        {
          module: 'a',
          path: '/a',
          buildId: 'ff',
          placed: 2,
          refused: [{ symbol: 'f', reason: 'r' }],
        },
        { module: 'b', path: '/b', placed: 0, refused: [], unreadable: 'packed' },
      ],
      selected: 2,
      conditions: [
        {
          condition: 'pth == "x" && arg9 == A_B',
          judged: 3,
          held: 0,
          unmet: (['argument', 'caller', 'library', 'function', 'value'] as const).map((what) => ({
            what,
            word: `\x1b${what}`,
            near: ['path'],
          })),
        },
        { condition: 'tid == 5', judged: 1, held: 0, unmet: [] },
      ],
      unmatchedRules: everyReason.map((reason, index) => ({
        rule: `foo@bar${index}`,
        ...(index % 2 === 0 && { filter: 'calls' as const }),
        reason,
      })),
    },
  );
  return script.events;
}

function everySignal(where: Where): readonly TraceEvent[] {
  const signal = {
    kind: 'signal',
    ...where,
    sender: toProcessId(7),
    senderUser: 0,
    pc: site(),
  } as const;
  const child = { status: 9, userTicks: 1, systemTicks: 2 };
  const refusedSyscall = { number: 1, architecture: 0xc000003e, at: 2n ** 63n };
  return [
    { ...signal, signal: 17, code: 2, child },
    { ...signal, signal: 34, code: -1, value: 2n ** 64n - 1n },
    { ...signal, signal: 14, code: -2, timer: { id: 0, overrun: 3 }, value: 5 },
    { ...signal, signal: 29, code: 1, descriptor: { number: 3, band: 65 } },
    { ...signal, signal: 31, code: 1, refusedSyscall },
  ];
}

function everyThreadState(where: Where): readonly TraceEvent[] {
  const state = { kind: 'thread-state', ...where } as const;
  const frame = { address: toAddress(0x401182), module: 'tst', offset: 0x1182 };
  const read = { kind: 'syscall', number: 0, name: 'read', args: args(integer(0)) } as const;
  return [
    { ...state, doing: { kind: 'running' } },
    { ...state, doing: { kind: 'stopped' } },
    { ...state, doing: { kind: 'waiting' }, within: [], backtrace: [] },
    { ...state, doing: read, within: ['read'], backtrace: [frame] },
  ];
}
