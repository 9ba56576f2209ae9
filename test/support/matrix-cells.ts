/** Builds one program with every combination of compiler, linker and options that this machine has. */
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { inProject } from './project.js';
import { hasTool, type Tool } from './toolchain.js';

const COMPILERS = ['gcc', 'clang'] as const;
const LINKERS = ['bfd', 'gold', 'lld', 'mold'] as const;
const BINDINGS = ['lazy', 'now'] as const;
const CALLS = ['plt', 'pltsec', 'noplt'] as const;
const POSITIONS = ['pie', 'nopie'] as const;
const SYMBOLS = ['symbols', 'stripped'] as const;

type Linker = (typeof LINKERS)[number];
type Calls = (typeof CALLS)[number];

const LINKER_TOOLS: Readonly<Record<Linker, Tool>> = {
  bfd: 'gcc',
  gold: 'ld.gold',
  lld: 'ld.lld',
  mold: 'mold',
};

/** How a linker is told to write stubs that begin with endbr64; gold cannot. */
const IBT_FLAGS: Readonly<Record<Linker, readonly string[] | undefined>> = {
  bfd: ['-Wl,-z,ibtplt'],
  gold: undefined,
  lld: ['-Wl,-z,force-ibt'],
  mold: ['-Wl,-z,ibtplt'],
};

const CALL_FLAGS: Readonly<Record<Calls, readonly string[]>> = {
  plt: ['-fplt', '-fcf-protection=none'],
  pltsec: ['-fplt', '-fcf-protection=full'],
  noplt: ['-fno-plt', '-fcf-protection=none'],
};

export interface Matrix {
  /** Programs that could be built; the file's name is the cell. */
  readonly cells: readonly string[];
  /** Tools that this machine has not, each with the cells that it costs. */
  readonly missing: readonly string[];
  /** Combinations that the tools themselves refuse, with their words. */
  readonly refused: readonly string[];
}

interface Task {
  readonly name: string;
  readonly command: readonly string[];
}

const source = (name: string): string => inProject(`test/programs/${name}.c`);

/** Compiles each object once and links it many times; all files go to `folder`. */
export async function buildMatrix(folder: string): Promise<Matrix> {
  const missing: string[] = [];
  const compilers = COMPILERS.filter((tool) => hasTool(tool) || noted(missing, tool));
  const linkers = LINKERS.filter((linker) => {
    const tool = LINKER_TOOLS[linker];
    return hasTool(tool) || noted(missing, tool);
  });
  const refused = [
    ...(await runAll(objectTasks(folder, compilers))),
    ...(await runAll(libraryTasks(folder, compilers, linkers))),
  ];
  const programs = programTasks(folder, compilers, linkers);
  const failed = await runAll(programs);
  refused.push(...failed);
  const cells = programs
    .map(({ name }) => name)
    .filter((name) => !failed.some((text) => text.startsWith(`${name}:`)));
  return { cells: await addStripped(folder, cells), missing, refused };
}

function noted(missing: string[], tool: Tool): false {
  missing.push(tool);
  return false;
}

function objectTasks(folder: string, compilers: readonly string[]): Task[] {
  return compilers.flatMap((compiler) =>
    CALLS.flatMap((calls) => {
      const flags = ['-O2', '-fno-builtin', ...CALL_FLAGS[calls], '-c'];
      const object = (name: string, file: string, ...more: string[]): Task => ({
        name,
        command: [compiler, ...flags, ...more, source(file), '-o', join(folder, `${name}.o`)],
      });
      return [
        object(`libmx-${compiler}-${calls}`, 'matrix-lib', '-fPIC'),
        object(`main-${compiler}-${calls}-pie`, 'matrix-main', '-fPIE'),
        object(`main-${compiler}-${calls}-nopie`, 'matrix-main', '-fno-pie'),
      ];
    }),
  );
}

/** Links of one library, or one program, for each pair of tools that can. */
function linksOf(
  compilers: readonly string[],
  linkers: readonly Linker[],
  make: (compiler: string, calls: Calls, cell: string, flags: readonly string[]) => Task[],
): Task[] {
  return compilers.flatMap((compiler) =>
    linkers.flatMap((linker) =>
      CALLS.flatMap((calls) =>
        BINDINGS.flatMap((binding) => {
          const ibt = calls === 'pltsec' ? IBT_FLAGS[linker] : [];
          if (ibt === undefined) return [];
          const cell = `${compiler}-${linker}-${binding}-${calls}`;
          return make(compiler, calls, cell, [
            `-fuse-ld=${linker}`,
            `-Wl,-z,${binding}`,
            '-Wl,--hash-style=gnu',
            ...ibt,
          ]);
        }),
      ),
    ),
  );
}

function libraryTasks(
  folder: string,
  compilers: readonly string[],
  linkers: readonly Linker[],
): Task[] {
  return linksOf(compilers, linkers, (compiler, calls, cell, flags) => [
    {
      name: `lib-${cell}`,
      command: [
        compiler,
        '-shared',
        ...flags,
        `-Wl,-soname,libmx-${cell}.so`,
        join(folder, `libmx-${compiler}-${calls}.o`),
        '-o',
        join(folder, `libmx-${cell}.so`),
      ],
    },
  ]);
}

function programTasks(
  folder: string,
  compilers: readonly string[],
  linkers: readonly Linker[],
): Task[] {
  return linksOf(compilers, linkers, (compiler, calls, cell, flags) =>
    POSITIONS.map((position) => ({
      name: `${cell}-${position}-symbols`,
      command: [
        compiler,
        position === 'pie' ? '-pie' : '-no-pie',
        ...flags,
        '-Wl,--export-dynamic-symbol=mx_callback',
        join(folder, `main-${compiler}-${calls}-${position}.o`),
        join(folder, `libmx-${cell}.so`),
        `-Wl,-rpath,${folder}`,
        '-o',
        join(folder, `${cell}-${position}-symbols`),
      ],
    })),
  );
}

async function addStripped(folder: string, cells: readonly string[]): Promise<string[]> {
  const stripped = cells.map((cell) => cell.replace(/symbols$/, SYMBOLS[1]));
  for (const [i, cell] of cells.entries()) {
    copyFileSync(join(folder, cell), join(folder, stripped[i] ?? ''));
  }
  if (cells.length > 0) {
    const paths = stripped.map((cell) => join(folder, cell));
    await runAll([{ name: 'strip', command: ['strip', ...paths] }]);
  }
  return [...cells, ...stripped].map((cell) => join(folder, cell));
}

/** Runs them all, as many at a time as there are processors; the words of those that failed. */
async function runAll(tasks: readonly Task[]): Promise<string[]> {
  const failures: string[] = [];
  const waiting = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const problem = await runTask(task);
      if (problem !== undefined) failures.push(`${task.name}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return failures;
}

function runTask({ command }: Task): Promise<string | undefined> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => resolve(status === 0 ? undefined : words.trim().slice(0, 500)));
  });
}
