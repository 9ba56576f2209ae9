/** What is measured. Each row is one figure; figures of one group are taken in turn, round by round. */
import { copyFileSync } from 'node:fs';
import { buildProgram } from '../support/build-programs.js';
import { residentKiB, sleep, tracerOf } from '../support/processes.js';
import { startProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, toolPath } from '../support/toolchain.js';
import {
  elapsedNs,
  libraryCopies,
  loopCommand,
  totalMs,
  usPerCall,
  usPerFloorCall,
  withStringPrototype,
  type Measurement,
} from './measure.js';
import { prototypeRows } from './prototype-rows.js';

export interface Row {
  readonly name: string;
  readonly unit: 'µs/call' | 'ms' | 'MiB';
  readonly measure: Measurement;
  /** Compared with the row of this name in the same group, round by round. */
  readonly against?: string;
  /** The ratio, or with unit ms the difference, that issue and docs promise at most. */
  readonly atMost?: { readonly ratio: number } | { readonly extraMs: number };
}

export interface Group {
  readonly key: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

const tsltrace = tsltraceCommand();
const quiet = [...tsltrace, '-o', '/dev/null'];
const CALLS = 20_000;
const FEW_CALLS = 2_000;

export function allGroups(): readonly Group[] {
  return [
    { key: 'call', title: '(a) (b) (c) one call, entry and return', rows: callRows() },
    { key: 'threads', title: `(d) ${CALLS} calls divided among threads`, rows: threadRows() },
    { key: 'imports', title: '(e) (g) a program with 5,000 imports', rows: importRows() },
    { key: 'start', title: '(f) start-up', rows: startRows() },
    {
      key: 'prototypes',
      title: '(j) bundled prototypes, read in a fresh process',
      rows: prototypeRows(),
    },
    { key: 'memory', title: '(h) memory of the tracer', rows: memoryRows() },
    { key: 'attach', title: '(i) attach to 200 threads and 60 libraries', rows: attachRows() },
  ];
}

function callRows(): readonly Row[] {
  const loop = { calls: CALLS };
  const few = { calls: FEW_CALLS };
  const row = (name: string, measure: Measurement, more: Partial<Row> = {}): Row => ({
    name,
    unit: 'µs/call',
    measure,
    ...more,
  });
  return [
    row('untraced', () => usPerCall([], { calls: 2_000_000 })),
    row('floor: two stops in C', () => usPerFloorCall(CALLS)),
    row('(a) tsltrace, text', () => usPerCall([...quiet, '-e', 'work'], loop), {
      against: 'floor: two stops in C',
      atMost: { ratio: 1.3 },
    }),
    row(
      '(b) tsltrace, two strings',
      () =>
        withStringPrototype((file) =>
          usPerCall([...quiet, '-F', file, '-e', 'work_with_strings'], { ...loop, strings: true }),
        ),
      { against: '(a) tsltrace, text', atMost: { ratio: 1.25 } },
    ),
    row('(c) tsltrace -c', () => usPerCall([...quiet, '-c', '-e', 'work'], loop), {
      against: 'floor: two stops in C',
      atMost: { ratio: 1.1 },
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
    [
      'bpftrace',
      'bpftrace uprobe',
      ['bpftrace', '-e', `uprobe:${loopCommand(few)[0] ?? ''}:work { @ = count(); }`, '-c'],
    ],
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
  return [
    { name: '10 million calls, untraced', unit: 'ms', measure: () => inside([], 2000) },
    {
      name: '(e) the same, one other import traced',
      unit: 'ms',
      measure: () => inside([...quiet, '-e', 'clock_gettime'], 2000),
      against: '10 million calls, untraced',
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

function startRows(): readonly Row[] {
  const python = debianPython();
  const ms = (name: string, command: readonly string[], more: Partial<Row> = {}): Row => ({
    name,
    unit: 'ms',
    measure: () => totalMs(command),
    ...more,
  });
  const job = [python ?? '', '-c', 'import ssl; ssl.create_default_context()'];
  const withPython = [
    ms('the main job untraced', job),
    ms("the main job: tsltrace -e 'SSL_CTX*@*'", [...quiet, '-e', 'SSL_CTX*@*', ...job], {
      against: 'the main job untraced',
    }),
    ms(
      "the main job: ltrace -e 'SSL_CTX*@*'",
      ['ltrace', '-o', '/dev/null', '-e', 'SSL_CTX*@*', ...job],
      {
        against: 'the main job untraced',
      },
    ),
  ];
  return [
    ms('node -e 0', [process.execPath, '-e', '0']),
    ms('tsltrace /bin/true', [...quiet, '/bin/true'], {
      against: 'node -e 0',
      atMost: { extraMs: 60 },
    }),
    ms('ltrace /bin/true', ['ltrace', '-o', '/dev/null', '/bin/true']),
    ...(python === undefined ? [] : withPython),
  ].filter(
    (row) =>
      !row.name.includes('ltrace -e') ||
      row.name.includes('tsltrace') ||
      toolPath('ltrace') !== undefined,
  );
}

/** Growth of the tracer between an early and the last moment of a long run. */
function memoryRows(): readonly Row[] {
  const calls = Number(process.env['TSLTRACE_BENCH_CALLS'] ?? 200_000);
  const growth = async (): Promise<number | undefined> => {
    const traced = startProgram([...quiet, '-e', 'work', ...loopCommand({ calls })], {
      timeoutMs: 900_000,
    });
    traced.endInput();
    await sleep(2000);
    const early = residentKiB(traced.pid);
    const last = { value: early };
    const timer = setInterval(() => (last.value = residentKiB(traced.pid) || last.value), 100);
    const run = await traced.finished();
    clearInterval(timer);
    return run.status === 0 && early > 0 ? (last.value - early) / 1024 : undefined;
  };
  return [{ name: `(h) growth during ${calls} calls`, unit: 'MiB', measure: growth }];
}

function attachRows(): readonly Row[] {
  return [
    { name: 'longest pause of a thread, untraced', unit: 'ms', measure: () => longestGap('none') },
    {
      name: '(i) longest pause, attach and detach',
      unit: 'ms',
      measure: () => longestGap('attach'),
      atMost: { extraMs: 20 },
      against: 'longest pause of a thread, untraced',
    },
  ];
}

function longestGap(what: 'none' | 'attach'): Promise<number | undefined> {
  return withTemporaryFolder(async (folder) => {
    const libraries = libraryCopies(60, folder, copyFileSync);
    const target = startProgram([buildProgram('attach-target'), '200', ...libraries]);
    await target.sees(/ready/);
    await sleep(200);
    if (what === 'attach') {
      const tracer = startProgram([...quiet, '-e', 'no_such_function', '-p', String(target.pid)]);
      for (let waited = 0; waited < 5000 && tracerOf(target.pid) === 0; waited += 10)
        await sleep(10);
      await sleep(500);
      tracer.kill('SIGINT');
      await tracer.finished();
    } else await sleep(600);
    target.endInput();
    const run = await target.finished();
    const text = /^longest_gap_ns (\d+)$/m.exec(run.stdout)?.[1];
    return text === undefined ? undefined : Number(text) / 1e6;
  });
}
