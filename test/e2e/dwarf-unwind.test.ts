/** Unwinds stacks from core files and compares frames, functions and lines with gdb. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inImage, toAddress, toLoadBias } from '../../src/base/address.js';
import { debugInfoOf, frameTableOf } from '../../src/dwarf/image-debug.js';
import { x86_64 } from '../../src/arch/x86_64/x86_64.js';
import type { UnwoundFrame } from '../../src/dwarf/unwind.js';
import { unwind } from '../../src/dwarf/unwind.js';
import { ElfImage } from '../../src/elf/elf-image.js';
import { ElfFormatError } from '../../src/elf/format-error.js';
import { buildProgram } from '../support/build-programs.js';
import type { CoreFile } from '../support/core-file.js';
import { readCoreFile } from '../support/core-file.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasTool, needs } from '../support/toolchain.js';

const MAP = x86_64.dwarfRegisters;

/** Prints each frame: kind, pc, function, line. Frames that a tail call left are not on the stack: gdb guesses them. */
const GDB_SCRIPT = `
frame = gdb.newest_frame()
while frame:
    kind = 'inline' if frame.type() == gdb.INLINE_FRAME else 'frame'
    if frame.type() != gdb.TAILCALL_FRAME: print('BT', kind, hex(frame.pc()), frame.name() or '?', frame.find_sal().line)
    frame = frame.older()
`;

interface GdbFrame {
  readonly inline: boolean;
  readonly pc: number;
  readonly name: string;
  readonly line: number;
}

function stopInGdb(command: readonly string[], core: string): GdbFrame[] {
  const commands = [
    'set debuginfod enabled off',
    'set backtrace past-main on',
    'set backtrace past-entry on',
    'handle SIGUSR1 nostop noprint pass',
    'run',
    `python exec(${JSON.stringify(GDB_SCRIPT)})`,
    `generate-core-file ${core}`,
  ];
  const done = spawnSync(
    'gdb',
    ['-batch', '-nx', ...commands.flatMap((each) => ['-ex', each]), '--args', ...command],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  const lines = done.stdout.split('\n').filter((line) => line.startsWith('BT '));
  if (lines.length === 0) throw new Error(`gdb: ${done.stdout}\n${done.stderr}`);
  return lines.map((line) => {
    const [, kind, pc = '', name = '', number = ''] = line.split(' ');
    return { inline: kind === 'inline', pc: parseInt(pc, 16), name, line: Number(number) };
  });
}

/** Modules of a core, made when an address in them comes up. */
function modulesOf(core: CoreFile) {
  const images = new Map<string, { image: ElfImage; bias: number; end: number }>();
  const paths = new Set(core.files.map(({ path }) => path));
  for (const path of paths) {
    const parts = core.files.filter((each) => each.path === path);
    const image = parsed(readFileSync(path), path);
    if (image === undefined) continue; // a locale, a cache
    const first = Math.floor((image.loadSegments[0]?.address ?? 0) / 4096) * 4096;
    const bias = Math.min(...parts.map(({ start }) => start)) - first;
    images.set(path, { image, bias, end: Math.max(...parts.map(({ end }) => end)) });
  }
  if (core.vdso !== 0) {
    const bytes = new Uint8Array(8192);
    core.read(core.vdso, bytes);
    images.set('[vdso]', {
      image: ElfImage.parse(bytes, '[vdso]'),
      bias: core.vdso,
      end: core.vdso + 8192,
    });
  }
  const made = [...images.values()].map(({ image, bias, end }) => ({
    image,
    bias: toLoadBias(bias),
    end,
    frames: frameTableOf(image, MAP),
  }));
  return (address: number) => made.find(({ bias, end }) => address >= bias && address < end);
}

function parsed(bytes: Uint8Array, path: string): ElfImage | undefined {
  try {
    return ElfImage.parse(bytes, path);
  } catch (error) {
    if (error instanceof ElfFormatError) return undefined;
    throw error;
  }
}

function unwindCore(core: CoreFile): UnwoundFrame[] {
  const moduleAt = modulesOf(core);
  return unwind({
    map: MAP,
    registers: core.registers,
    standsAt: 'anywhere',
    memory: core,
    moduleAt,
    originalOf: (address) => address,
    limit: 500,
  });
}

function namesOf(core: CoreFile, program: string, frames: readonly UnwoundFrame[]): string[] {
  const moduleAt = modulesOf(core);
  const image = ElfImage.parse(readFileSync(program), program);
  const info = debugInfoOf(image, undefined, () => undefined);
  return frames.flatMap(({ pc, afterCall }) => {
    const module = moduleAt(pc);
    if (module?.image.path !== program) return [];
    const found = info?.sourceAt(inImage(toAddress(afterCall ? pc - 1 : pc), module.bias)) ?? [];
    return found.map(({ function: name, place }) => `${name ?? '?'}:${place?.line ?? 0}`);
  });
}

const FLAGS: readonly (readonly string[])[] = [
  ['-O0'],
  ['-O2'],
  ['-O2', '-fno-omit-frame-pointer'],
  ['-O2', '-no-pie', '-static'],
  ['-O2', '-s'],
];

describe('unwind', () => {
  for (const flags of FLAGS) {
    skipUnless(hasTool('gdb') && process.arch === 'x64', needs('gdb'))(
      `finds the frames that gdb finds in a program built with ${flags.join(' ')}`,
      async () => {
        await withTemporaryFolder((folder) => {
          const program = buildProgram('deep-stack', { flags });
          const path = join(folder, 'core');
          const expected = stopInGdb([program], path);
          const core = readCoreFile(path);
          const frames = unwindCore(core);
          expect(frames.map(({ pc }) => pc.toString(16))).toEqual(
            expected.filter(({ inline }) => !inline).map(({ pc }) => pc.toString(16)),
          );
          expect(frames.length).toBeGreaterThan(25);
          expect(frames.slice(1).some(({ afterCall }) => !afterCall)).toBe(true); // the signal
          if (!flags.includes('-s')) {
            const own = expected.filter(({ name, line }) => OWN.has(name) && line > 0);
            const mine = namesOf(core, program, frames).filter((each) =>
              OWN.has(each.split(':')[0] ?? ''),
            );
            expect(mine).toEqual(own.map(({ name, line }) => `${name}:${line}`));
          }
          return Promise.resolve();
        });
      },
      90_000,
    );
  }
});

/** Programs that abort deep in calls, each by its command. */
async function expectGdbFrames(makeCommand: (folder: string) => readonly string[]): Promise<void> {
  await withTemporaryFolder((folder) => {
    const path = join(folder, 'core');
    const expected = stopInGdb(makeCommand(folder), path);
    const frames = unwindCore(readCoreFile(path));
    expect(frames.map(({ pc }) => pc.toString(16))).toEqual(
      expected.filter(({ inline }) => !inline).map(({ pc }) => pc.toString(16)),
    );
    expect(frames.length).toBeGreaterThan(8);
    return Promise.resolve();
  });
}

const RUST = `
fn check(n: &i32) -> i32 { if *n > 2 { std::process::abort() } *n }
fn main() { let v = vec![1, 2, 3]; println!("{}", v.iter().map(check).sum::<i32>()); }
`;
const CPLUSPLUS = `
#include <algorithm>
#include <functional>
#include <stdexcept>
#include <vector>
struct Guard { ~Guard() noexcept { throw std::runtime_error("leaves a destructor"); } };
static void visit(const std::function<void(int)> &f, int n) { f(n); }
int main() { std::vector<int> v{1, 2, 3}; std::for_each(v.begin(), v.end(), [](int n) { visit([](int m) { Guard g; (void)m; }, n); }); }
`;

/** Compiles a source text in the folder. */
function compiled(
  folder: string,
  file: string,
  source: string,
  command: readonly string[],
): string {
  const program = join(folder, 'program');
  writeFileSync(join(folder, file), source);
  const [compiler = '', ...flags] = command;
  const done = spawnSync(compiler, [...flags, join(folder, file), '-o', program], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return program;
}

describe('unwind, beyond C', () => {
  const python = debianPython();
  skipUnless(hasTool('gdb') && python !== undefined, needs('gdb'))(
    'finds the frames that gdb finds in Python',
    () =>
      expectGdbFrames(() => [
        python ?? '',
        '-c',
        'import os\nsorted([1], key=lambda x: os.abort())',
      ]),
    90_000,
  );

  skipUnless(hasTool('gdb') && hasTool('g++'), needs('gdb'))(
    'finds the frames that gdb finds in C++ while it terminates',
    () =>
      expectGdbFrames((folder) => [
        compiled(folder, 'program.cc', CPLUSPLUS, ['g++', '-O1', '-g', '-w']),
      ]),
    90_000,
  );

  skipUnless(hasTool('gdb') && hasTool('rustc'), needs('rustc'))(
    'finds the frames that gdb finds in Rust',
    () =>
      expectGdbFrames((folder) => [compiled(folder, 'program.rs', RUST, ['rustc', '-g', '-O'])]),
    90_000,
  );
});

const OWN: ReadonlySet<string> = new Set([
  ...['innermost', 'middle', 'on_signal', 'interrupted', 'compare', 'sorts', 'recurses', 'main'],
]);
