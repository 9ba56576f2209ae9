/** -w through the command: the frames that gdb finds at the same call, in C, C++, Rust and Python. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasTool, needs, toolPath } from '../support/toolchain.js';

/** Function and line of every frame up to main, those included that the compiler inlined. */
const GDB_LINES = `
frame = gdb.newest_frame().older()
while frame and frame.function():
    print('BT', frame.function().linkage_name, frame.find_sal().line)
    frame = frame.older() if frame.name() != 'main' else None
`;

const INLINED = `
#include <unistd.h>
static inline __attribute__((always_inline)) int innermost(int n) {
  return getppid() + n;
}
static inline __attribute__((always_inline)) int middle(int n) {
  return
    innermost(n) + 1;
}
__attribute__((noinline)) int outer(int n) {
  n++;
  return middle(n) + 2;
}
int main(void) {
  return outer(1) == 0;
}
`;

const LOOP = '_PyEval_EvalFrameDefault';
/** The same with the symbol of each, by the symbol tables alone. */
const GDB_LOOPS = `
frame = gdb.newest_frame().older()
while frame:
    if frame.type() not in (gdb.TAILCALL_FRAME, gdb.INLINE_FRAME):
        symbol = gdb.execute('info symbol %d' % (frame.pc() - 1), to_string=True).split()[0]
        print('BT', hex(frame.pc()), symbol)
    frame = frame.older()
`;
/** Scripts for Python 3.11 or later, and the functions that each activation of the loop executes, innermost first. */
const PYTHON: readonly (readonly [title: string, script: string, functions: string[][]])[] = [
  [
    'a callback of C',
    'import os\nsorted([1], key=lambda x: os.getppid())',
    [['<lambda>'], ['<module>']],
  ],
  [
    'calls that need no call of C',
    'import os\ndef f(): return os.getppid()\ndef g(): return f()\nlist(map(lambda x: g(), [1]))',
    [['f', 'g', '<lambda>'], ['<module>']],
  ],
  [
    'generators',
    'import os\ndef f():\n  yield os.getppid()\ndef g():\n  yield from f()\nlist(g())',
    [['f'], ['g'], ['<module>']],
  ],
];

interface Frame {
  readonly pc: string;
  /** '' when it has none, or when it is not compared. */
  readonly name: string;
}

/** Physical frames from the caller on; those that a tail call left are not on the stack: gdb guesses them. */
const GDB_SCRIPT = `
frame = gdb.newest_frame().older()
while frame:
    if frame.type() not in (gdb.TAILCALL_FRAME, gdb.INLINE_FRAME):
        print('BT', hex(frame.pc()), frame.function().linkage_name if frame.function() else '')
    frame = frame.older()
`;

function framesInGdb(command: readonly string[], start: string): readonly Frame[] {
  const lines = [
    ...gdbAtGetppid(command, start, GDB_SCRIPT).matchAll(/^BT 0x([0-9a-f]+) (\S*)$/gm),
  ];
  return lines.map(([, pc = '', name = '']) => ({ pc, name: name.replace(/\(\)$|_impl$/, '') }));
}

/**
 * What the script prints at the first call of getppid.
 *
 * @param start a function that runs early: the C library is loaded then
 */
function gdbAtGetppid(command: readonly string[], start: string, script: string): string {
  const commands = [
    'set debuginfod enabled off',
    'set backtrace past-main on',
    'set backtrace past-entry on',
    `tbreak ${start}`,
    'run',
    'tbreak *getppid',
    'continue',
    `python exec(${JSON.stringify(script)})`,
  ];
  const words = commands.flatMap((each) => ['-ex', each]);
  const done = spawnSync('gdb', ['-batch', '-nx', ...words, '--args', ...command], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', COLUMNS: '80', LINES: '24' },
    timeout: 60_000,
  });
  if (!done.stdout.includes('BT ')) throw new Error(`gdb: ${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

async function framesOfTsltrace(command: readonly string[]): Promise<readonly Frame[]> {
  const options = ['-w', '200', '-e', 'getppid'];
  const run = await runTsltrace([...options, ...command]);
  const first = run.stderr.slice(run.stderr.indexOf('getppid')).split('\n\n')[0] ?? '';
  const lines = [...first.matchAll(/^ > [^(\n]*\((.*?)\+0x[0-9a-f]+\) \[([0-9a-f]+)\]$/gm)];
  return lines.map(([, name = '', pc = '']) => ({ pc, name }));
}

/**
 * All program counters must agree, from the call up to the program's own `main`; and the name of every
 * function that gdb knows from debug information.
 */
async function expectGdbFrames(command: readonly string[], start = 'main'): Promise<void> {
  const theirs = framesInGdb(command, start);
  const ours = await framesOfTsltrace(command);
  // Libraries may lie at other pages than under gdb: the offset in the page tells.
  expect(ours.map(({ pc }) => pc.slice(-3))).toEqual(theirs.map(({ pc }) => pc.slice(-3)));
  expect(ours.length).toBeGreaterThanOrEqual(5);
  const known = theirs.map(({ name }, index) => (name === '' ? '' : (ours[index]?.name ?? '')));
  expect(known).toEqual(theirs.map(({ name }) => name));
}

const C = `
#include <unistd.h>
static int innermost(int n) { return getppid() + n; }
static int middle(int n) { char room[n]; room[0] = 1; return innermost(n) + room[0]; }
int outer(int n) { return n > 3 ? middle(n) + 1 : outer(n + 1) + 1; }
int main(void) { return outer(1) == 0; }
`;
const CPLUSPLUS = `
#include <functional>
#include <unistd.h>
namespace shapes {
struct Grid { int size; int visit(const std::function<int(int)> &f) const { return f(size) + 1; } };
template <typename T> int walk(const T &grid) { return grid.visit([](int n) { return getppid() + n; }) + 1; }
}
int main() { return shapes::walk(shapes::Grid{3}) == 0; }
`;
const RUST = `
extern "C" { fn getppid() -> i32; }
#[inline(never)] fn innermost(n: i32) -> i32 { unsafe { getppid() + n } }
#[inline(never)] fn outer(n: i32) -> i32 { innermost(n) + 1 }
fn main() { std::process::exit(if outer(3) == 0 { 1 } else { 0 }) }
`;

type Source = readonly [title: string, file: string, source: string, ...command: string[]];
const SOURCES: readonly Source[] = [
  ['C without frame pointers', 'p.c', C, 'gcc', '-O1', '-g', '-fno-optimize-sibling-calls'],
  ['C at no fixed address', 'p.c', C, 'gcc', '-O0', '-g', '-fPIE', '-pie'],
  ['C at a fixed address', 'p.c', C, 'gcc', '-O0', '-g', '-no-pie'],
  ['C without debug information', 'p.c', C, 'gcc', '-O0'],
  ['C++', 'p.cc', CPLUSPLUS, 'g++', '-O0', '-g'],
  ['Rust', 'p.rs', RUST, 'rustc', '-g'],
];

describe('-w finds the frames that gdb finds in', () => {
  const tools = hasTool('gdb') && process.arch === 'x64';
  for (const [title, file, source, compiler = '', ...flags] of SOURCES) {
    skipUnless(tools && toolPath(compiler) !== undefined, needs('gdb'))(
      title,
      () =>
        withTemporaryFolder(async (folder) => {
          const program = join(folder, 'program');
          writeFileSync(join(folder, file), source);
          const words = [...flags, join(folder, file), '-o', program];
          const done = spawnSync(compiler, words, { encoding: 'utf8' });
          if (done.status !== 0) throw new Error(done.stderr);
          await expectGdbFrames([program]);
        }),
      90_000,
    );
  }

  skipUnless(tools && hasTool('gcc'), needs('gdb'))(
    'functions that were inlined, with the lines of their calls',
    () =>
      withTemporaryFolder(async (folder) => {
        const program = join(folder, 'program');
        writeFileSync(join(folder, 'p.c'), INLINED);
        const words = ['-O2', '-g', '-fPIE', '-pie', join(folder, 'p.c'), '-o', program];
        expect(spawnSync('gcc', words, { encoding: 'utf8' }).stderr).toBe('');
        const theirs = gdbAtGetppid([program], 'main', GDB_LINES);
        const run = await runTsltrace(['-w', '4', '-e', 'getppid', program]);
        const ours = run.stderr.matchAll(
          /^ > program\((\w+)(?: inlined\)|\+0x[0-9a-f]+\) \[[0-9a-f]+\])\n\t\S+:(\d+):\d+$/gm,
        );
        const inGdb = [...theirs.matchAll(/^BT (\w+) (\d+)$/gm)].map(([, name, line]) => [
          name,
          line,
        ]);
        expect(inGdb.map(([name]) => name)).toEqual(['innermost', 'middle', 'outer', 'main']);
        expect([...ours].map(([, name, line]) => [name, line])).toEqual(inGdb);
      }),
    90_000,
  );

  const python = debianPython() ?? '';
  for (const [title, script, scripts] of PYTHON) {
    skipUnless(tools && python !== '', needs('gdb'))(
      `Python, but for its loop, in whose place stand the frames of the script: ${title}`,
      async () => {
        const command = [python, '-c', script];
        const theirs = [
          ...gdbAtGetppid(command, 'Py_BytesMain', GDB_LOOPS).matchAll(/^BT 0x([0-9a-f]+) (.*)$/gm),
        ].map(([, pc = '', symbol = '']) => (symbol === LOOP ? 'loop' : pc.slice(-3)));
        const run = await runTsltrace(['-w', '200', '-e', 'getppid', ...command]);
        const first = run.stderr.slice(run.stderr.indexOf('getppid')).split('\n\n')[0] ?? '';
        const ours = [...first.matchAll(/^ > (?:python\((.*)\)|.*\[([0-9a-f]+)\])$/gm)];
        expect(ours.flatMap(([, name]) => name ?? [])).toEqual(scripts.flat());
        const places = ours.map(([, name, pc]) => (name === undefined ? pc?.slice(-3) : 'loop'));
        // Functions that one activation of the loop executes stand in its place together.
        const counts = [...scripts];
        const expected = theirs.flatMap((place) =>
          place === 'loop' ? (counts.shift() ?? []).map(() => 'loop') : [place],
        );
        expect(places).toEqual(expected);
        expect(counts).toEqual([]);
      },
      90_000,
    );
  }
});

describe('-w shows the frames of a call that never returns', () => {
  const flags = ['-g', '-O1', '-fno-builtin'];
  for (const [how, name, ending] of [
    ['aborts', 'abort', 'SIGABRT'],
    ['faults', 'strlen', 'SIGSEGV'],
    ['exits', 'exit', undefined],
  ] as const) {
    skipUnless(hasTool('g++'), needs('g++'))(`live and recorded: ${how}`, () =>
      withTemporaryFolder(async (folder) => {
        const recording = join(folder, 'run.ndjson');
        const program = [buildProgram('never-returns', { flags }), how];
        const options = ['-C', '-w', '3', '-e', name];
        const live = await runTsltrace([...options, ...program]);
        await runTsltrace(['-o', recording, '-w', '3', '-e', name, ...program]);
        const read = await runTsltrace(['-C', '--read', recording]);
        for (const shown of [live.stderr, read.stdout + read.stderr]) {
          const frames =
            /(?:no return>|no return \.\.\.>)\n((?:[ \t].*\n)+)\n/.exec(shown)?.[1] ?? '';
          expect(frames).toContain('(ends::Plan::carry(ends::How) const+0x');
          expect(frames).toMatch(/^ > [^(]+\(main\+0x/m);
          expect(frames).toContain('never-returns.cc:');
        }
        expect(live.signal ?? undefined).toBe(ending);
      }),
    );
  }

  skipUnless(hasTool('g++'), needs('g++'))('in mangled names without -C', async () => {
    const run = await runTsltrace([
      '-w',
      '3',
      '-e',
      'exit',
      buildProgram('never-returns', { flags }),
    ]);
    expect(run.stderr).toMatch(/^ > [^(]+\(_ZNK4ends4Plan5carryENS_3HowE\+0x/m);
  });

  skipUnless(hasTool('g++'), needs('g++'))('and -C reads the names of code pointers', async () => {
    const program = buildProgram('never-returns', { flags });
    const run = await runTsltrace(['-C', '-e', '__cxa_atexit', program]);
    expect(run.stderr).toMatch(/__cxa_atexit\([^,]*:ends::farewell\(\), nil, /);
  });
});
