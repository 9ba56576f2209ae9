/**
 * Compares what DebugInfo says about instructions with llvm-addr2line, for programs of several kinds.
 * (addr2line of binutils 2.40 knows nothing of split files and misses code that GCC moved to .text.unlikely.)
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';
import type { DebugSources, SourceFrame } from '../../src/dwarf/debug-info.js';
import { DebugInfo } from '../../src/dwarf/debug-info.js';
import { buildProgram } from '../support/build-programs.js';
import { readElfSections } from '../support/elf-sections.js';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs, toolPath } from '../support/toolchain.js';

const read = (path: string) => (existsSync(path) ? readElfSections(path) : undefined);

function infoOf(path: string, over: Partial<DebugSources> = {}): DebugInfo {
  return new DebugInfo({
    sections: readElfSections(path),
    openAlternate: (link) => read(resolve(path, '..', link.path)),
    openSplit: (name, directory) => read(resolve(directory, name)),
    openPackage: () => undefined,
    ...over,
  });
}

/** About `count` addresses spread over the code. */
function sampleOf(path: string, count: number): number[] {
  const text = readElfSections(path).sections.get('.text');
  if (text === undefined) throw new Error('no .text');
  const step = Math.max(1, Math.floor(text.bytes.length / count));
  return Array.from(
    { length: Math.floor(text.bytes.length / step) },
    (_, index) => text.address + index * step,
  );
}

interface Line {
  readonly name: string;
  /** `file:line`, `?` for what is not known. */
  readonly place: string;
}

function addr2line(path: string, addresses: readonly number[]): ReadonlyMap<number, Line[]> {
  const input = addresses.map((address) => `0x${address.toString(16)}\n`).join('');
  const { stdout } = spawnSync('llvm-addr2line', ['-i', '-f', '-a', '-e', path], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const found = new Map<number, Line[]>();
  let lines: Line[] = [];
  const text = stdout.split('\n');
  for (let index = 0; index < text.length; index++) {
    const line = text[index] ?? '';
    if (/^0x[0-9a-f]+$/.test(line)) found.set(parseInt(line, 16), (lines = []));
    else if (line !== '') {
      const at = (text[++index] ?? '').replace(/ \(discriminator \d+\)$/, '');
      const colon = at.lastIndexOf(':');
      const number = at.slice(colon + 1).replace(/^0$/, '?');
      lines.push({ name: line, place: `${normalize(at.slice(0, colon))}:${number}` });
    }
  }
  return found;
}

function shown(frames: readonly SourceFrame[]): Line[] {
  return frames.map(({ function: name, linkageName, place }) => ({
    name: linkageName ?? name ?? '??',
    place: place === undefined ? '??:?' : `${normalize(place.file)}:${place.line || '?'}`,
  }));
}

/** Where they disagree. Code without debug information is left out: llvm shows symbols there. */
function differences(path: string, info: DebugInfo) {
  const addresses = sampleOf(path, 1500);
  const theirs = addr2line(path, addresses);
  const different: unknown[] = [];
  let compared = 0;
  for (const address of addresses) {
    const mine = shown(info.sourceAt(address));
    const expected = theirs.get(address) ?? [];
    if (mine.length === 0 && (expected[0]?.place ?? '').endsWith(':?')) continue;
    compared++;
    const same =
      mine.length === expected.length &&
      mine.every(
        ({ name, place }, index) =>
          place === expected[index]?.place &&
          // For the outermost function llvm prefers the symbol table (`main.cold`).
          (name === expected[index].name || index === mine.length - 1),
      );
    if (!same) different.push({ address: address.toString(16), mine, expected });
  }
  return { different: different.slice(0, 3), compared };
}

const FLAGS: readonly (readonly string[])[] = [
  ['-O2', '-gdwarf-5'],
  ['-O2', '-gdwarf-4'],
  ['-O2', '-gdwarf-3'],
  ['-O0', '-gdwarf-5'],
  ['-O2', '-gdwarf-5', '-gz'],
  ['-O2', '-gdwarf-4', '-fdebug-types-section'],
  ['-O2', '-gdwarf-5', '-gdwarf64'],
];

describe('DebugInfo.sourceAt', () => {
  for (const flags of FLAGS) {
    skipUnless(
      toolPath('llvm-addr2line') !== undefined,
      'needs llvm-addr2line (Debian package llvm)',
    )(
      `agrees with llvm-addr2line on g++ ${flags.join(' ')}`,
      () => {
        const path = buildProgram('inlined-calls', { flags });
        const { different, compared } = differences(path, infoOf(path));
        expect(different).toEqual([]);
        expect(compared).toBeGreaterThan(1000);
      },
      60_000,
    );
  }

  skipUnless(hasTool('clang'), needs('clang'))(
    'agrees with itself on clang++ with and without split files',
    async () => {
      await withTemporaryFolder((folder) => {
        compareSplit(folder, 'clang++');
        return Promise.resolve();
      });
    },
    60_000,
  );

  it('agrees with itself on g++ with and without split files', async () => {
    await withTemporaryFolder((folder) => {
      compareSplit(folder, 'g++');
      return Promise.resolve();
    });
  }, 60_000);

  skipUnless(toolPath('dwz') !== undefined, 'needs dwz (Debian package dwz)')(
    'finds what dwz moved to a shared file',
    async () => {
      await withTemporaryFolder((folder) => {
        const whole = buildProgram('inlined-calls', { flags: ['-O2', '-gdwarf-5'] });
        const [one, two] = [join(folder, 'one'), join(folder, 'two')];
        copyFileSync(whole, one);
        copyFileSync(whole, two);
        const done = spawnSync('dwz', ['-m', 'shared.debug', one, two], { cwd: folder });
        expect(done.status).toBe(0);
        expect(readElfSections(one).sectionBytes('.gnu_debugaltlink')).toBeDefined();
        expectSameFrames(whole, infoOf(whole), infoOf(one));
        return Promise.resolve();
      });
    },
    60_000,
  );
});

/** Four ways to split: DWARF 4 and 5, files beside each other and a package. */
function compareSplit(folder: string, compiler: string): void {
  for (const version of ['-gdwarf-4', '-gdwarf-5']) {
    const run = (command: string, ...args: string[]) => {
      const done = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
      if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
    };
    const source = inProject('test/programs/inlined-calls.cc');
    run(compiler, '-O2', version, '-gsplit-dwarf', '-c', source, '-o', 'split.o');
    run(compiler, 'split.o', '-o', 'split');
    run(compiler, '-O2', version, source, '-o', 'whole');
    const [split, whole] = [join(folder, 'split'), join(folder, 'whole')];
    expectSameFrames(whole, infoOf(whole), infoOf(split));
    const packager = compiler === 'g++' ? 'dwp' : 'llvm-dwp';
    if (toolPath(packager) === undefined || (packager === 'dwp' && version === '-gdwarf-5'))
      continue;
    run(packager, '-e', 'split', '-o', 'split.dwp');
    const packaged = infoOf(split, {
      openSplit: () => undefined,
      openPackage: () => readElfSections(`${split}.dwp`),
    });
    expectSameFrames(whole, infoOf(whole), packaged);
  }
}

function expectSameFrames(path: string, one: DebugInfo, other: DebugInfo): void {
  let functions = 0;
  for (const address of sampleOf(path, 1500)) {
    const expected = one.sourceAt(address);
    if (expected.length > 1) functions++;
    expect(other.sourceAt(address)).toEqual(expected);
  }
  expect(functions).toBeGreaterThan(200);
}
