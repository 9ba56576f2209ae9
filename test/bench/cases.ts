/** What is measured. Each row is one figure; figures of one group are taken in turn, round by round. */
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { startProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { toolPath } from '../support/toolchain.js';
import { attachRows } from './attach-rows.js';
import {
  elapsedNs,
  MANY_CALLS,
  totalMs,
  usPerCall,
  usPerFloorCall,
  withStringPrototype,
  type Measurement,
} from './measure.js';
import { matrixRows } from './matrix-rows.js';
import { memoryRows } from './memory-rows.js';
import { pluginRows } from './plugin-rows.js';
import { prototypeRows } from './prototype-rows.js';
import { readRows, recordRows } from './record-rows.js';
import type { Group, Row } from './row.js';
import { scriptRows } from './script-rows.js';
import { startRows } from './start-rows.js';

const tsltrace = tsltraceCommand();
const quiet = [...tsltrace, '-o', '/dev/null'];
const CALLS = 20_000;
const FEW_CALLS = 2_000;

export function allGroups(): readonly Group[] {
  const group = (key: string, title: string, rows: readonly Row[]): Group => ({
    key,
    title,
    rows,
    rounds: 'as-asked',
  });
  return [
    group('call', '(a) (b) (c) one call, entry and return', callRows()),
    group('syscall', 'one system call, entry and exit', syscallRows()),
    group('threads', `(d) ${CALLS} calls divided among threads`, threadRows()),
    group('imports', '(e) (g) a program with 5,000 imports', importRows()),
    group('start', '(f) start-up', startRows()),
    group('prototypes', '(j) bundled prototypes, read in a fresh process', prototypeRows()),
    group('attach', '(i) attach to 200 threads and 60 libraries', attachRows()),
    {
      ...group('plugins', 'libraries that a program loads one by one', pluginRows()),
      rounds: 'once',
    },
    group('scripts', 'a call of a Python program, and the frames that made it', scriptRows()),
    group('record', 'a call that is recorded', recordRows()),
    { ...group('read', 'a recording read back', readRows()), rounds: 'once' },
    {
      ...group('matrix', 'one program, built in every way: functions counted right', matrixRows()),
      rounds: 'once',
    },
    { ...group('memory', '(h) memory of the tracer', memoryRows()), rounds: 'once' },
  ];
}

function callRows(): readonly Row[] {
  const loop = { calls: MANY_CALLS };
  const first = { calls: CALLS };
  const few = { calls: FEW_CALLS };
  const row = (name: string, measure: Measurement, more: Partial<Row> = {}): Row => ({
    name,
    unit: 'µs/call',
    measure,
    ...more,
  });
  return [
    row('untraced', () => usPerCall([], { calls: 2_000_000 })),
    row('floor: two stops in C', () => usPerFloorCall(MANY_CALLS)),
    row(
      'the floor with one word of memory read',
      () => usPerFloorCall(MANY_CALLS, { reads: true }),
      {
        against: 'floor: two stops in C',
      },
    ),
    row('(a) tsltrace, text', () => usPerCall([...quiet, '-e', 'work'], loop), {
      against: 'floor: two stops in C',
      atMost: { ratio: 1.3 },
    }),
    row(
      '(b) tsltrace, two strings',
      () =>
        withStringPrototype((file) =>
          usPerCall([...quiet, '-F', file, '-e', 'work_with_strings'], {
            ...loop,
            what: 'strings',
          }),
        ),
      { against: '(a) tsltrace, text', atMost: { ratio: 1.25 } },
    ),
    row('(c) tsltrace -c', () => usPerCall([...quiet, '-c', '-e', 'work'], loop), {
      against: 'floor: two stops in C',
      atMost: { ratio: 1.1 },
    }),
    row(`(a) the first ${CALLS} calls of a run`, () => usPerCall([...quiet, '-e', 'work'], first), {
      against: 'floor: two stops in C',
    }),
    ...peers(few),
  ];
}

/** Other tools at the same job, where they are installed. Ratios are against tsltrace: above 1 is slower. */
function peers(few: { readonly calls: number }): readonly Row[] {
  const against = '(a) tsltrace, text';
  const words: readonly (readonly [tool: string, name: string, prefix: readonly string[]])[] = [
    ['ltrace', 'ltrace', ['ltrace', '-o', '/dev/null', '-e', 'work']],
    ['ltrace', 'ltrace -c', ['ltrace', '-c', '-o', '/dev/null', '-e', 'work']],
    [
      'uftrace',
      'uftrace record',
      ['uftrace', 'record', '-d', '/tmp/tsltrace-bench.uftrace', '--force'],
    ],
    [
      'gdb',
      'gdb dprintf',
      [
        'gdb',
        '-q',
        '-nx',
        '-batch',
        '-ex',
        'set breakpoint pending on',
        '-ex',
        'dprintf work,"work %d\\n",$rdi',
        '-ex',
        'run',
        '--args',
      ],
    ],
    ['bpftrace', 'bpftrace uprobe, uretprobe', bpftraceCounting(buildLibrary('lib-work'))],
  ];
  return words
    .filter(([tool]) => toolPath(tool) !== undefined)
    .map(([, name, prefix]) => ({
      name,
      unit: 'µs/call',
      against,
      measure: () => usPerCall(prefix, few),
    }));
}

/** It takes the command as one text, which the shell makes of the words behind. */
function bpftraceCounting(library: string): readonly string[] {
  const probes = ['uprobe', 'uretprobe'].map(
    (kind) => `${kind}:${library}:work { @${kind} = count(); }`,
  );
  return ['sh', '-c', `exec bpftrace -e '${probes.join(' ')}' -c "$0 $*"`];
}

/** -S against strace at the same job, both counting only. */
function syscallRows(): readonly Row[] {
  const loop = { calls: MANY_CALLS, what: 'system-calls' } as const;
  const strace = toolPath('strace');
  const rows: readonly Row[] = [
    {
      name: 'tsltrace -L -S -c',
      unit: 'µs/call',
      measure: () => usPerCall([...quiet, '-L', '-S', '-c'], loop),
    },
  ];
  if (strace === undefined) return rows;
  const measure = (): Promise<number | undefined> =>
    usPerCall([strace, '-c', '-o', '/dev/null'], loop);
  return [...rows, { name: 'strace -c', unit: 'µs/call', measure, against: 'tsltrace -L -S -c' }];
}

function threadRows(): readonly Row[] {
  return [1, 4, 16].map((threads) => ({
    name: `tsltrace, ${threads} thread${threads === 1 ? '' : 's'}`,
    unit: 'µs/call',
    measure: () => usPerCall([...quiet, '-e', 'work'], { calls: CALLS, threads }),
    ...(threads === 1 ? {} : { against: 'tsltrace, 1 thread' }),
    ...(threads === 16 ? { atMost: { ratio: 1 } } : {}),
  }));
}

function importRows(): readonly Row[] {
  const program = buildProgram('many-imports', { library: 'lib-many', flags: ['-O0'] });
  const inside = async (prefix: readonly string[], rounds: number): Promise<number | undefined> => {
    const run = startProgram([...prefix, program, String(rounds)], { timeoutMs: 120_000 });
    run.endInput();
    const elapsed = elapsedNs(await run.finished());
    return elapsed === undefined ? undefined : elapsed / 1e6;
  };
  const none = [...quiet, '-e', 'imported_10000@no-such-caller'];
  // So many that the one call which is traced, some milliseconds, does not count: what others cost is asked.
  const rounds = 10_000;
  return [
    { name: '50 million calls, untraced', unit: 'ms', measure: () => inside([], rounds) },
    {
      name: '(e) the same, one other import traced',
      unit: 'ms',
      measure: () => inside([...quiet, '-e', 'clock_gettime'], rounds),
      against: '50 million calls, untraced',
      atMost: { ratio: 1.05 },
    },
    { name: 'no breakpoint placed', unit: 'ms', measure: () => totalMs([...none, program, '0']) },
    {
      name: '(g) 5,000 breakpoints placed',
      unit: 'ms',
      measure: () => totalMs([...quiet, '-e', 'imported_*@MAIN', program, '0']),
      against: 'no breakpoint placed',
      atMost: { extraMs: 100 },
    },
  ];
}
