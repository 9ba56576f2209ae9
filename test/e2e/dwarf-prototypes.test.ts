/** Prototypes from the debug information of compiled programs, for every compiler and format at hand. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DebugInfo } from '../../src/dwarf/debug-info.js';
import { buildProgram } from '../support/build-programs.js';
import { readElfSections } from '../support/elf-sections.js';
import { inProject } from '../support/project.js';
import { renderPrototype } from '../support/render-prototype.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';

function infoOf(path: string): DebugInfo {
  const read = (each: string) => (existsSync(each) ? readElfSections(each) : undefined);
  return new DebugInfo({
    sections: readElfSections(path),
    openAlternate: (link) => read(resolve(path, '..', link.path)),
    openSplit: (name, directory) => read(resolve(directory, name)),
    openPackage: () => undefined,
  });
}

/** Addresses of functions by symbol. */
function symbolsOf(path: string): ReadonlyMap<string, number> {
  const { stdout } = spawnSync('nm', [path], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const rows = stdout.split('\n').map((line) => line.split(' '));
  return new Map(rows.map(([address = '', , name = '']) => [name, parseInt(address, 16)]));
}

function prototypesOf(path: string, names: readonly string[]): string[] {
  const info = infoOf(path);
  const symbols = symbolsOf(path);
  return names.map((name) => {
    const prototype = info.prototypeAt(symbols.get(name) ?? -1, name);
    return prototype === undefined ? `${name}: none` : renderPrototype(prototype);
  });
}

const TEXT = 'string<*char[zero]>';
const MIXED =
  'mixed{letter@0:char low@0:8+3:u-int high@0:11+5:u-int pair@2:i-short[2] ratio@8:float8 ' +
  `name@16:${TEXT} tag@24:string<char[8]> at@32:point{x@0:i-int y@4:i-int}8 next@40:address compare@48:*code}56`;
const WORD = 'union word{number@0:i-int real@0:float4 bytes@0:u-char[4]}4';
const POINT = 'point{x@0:i-int y@4:i-int}8';

const C_PROTOTYPES = [
  'scalars(c: char, sc: i-char, uc: u-char, s: i-short, ul: u-int64, ll: i-int64, b: bool<u-char>) -> i-int',
  'floats(f: float4, d: float8, l: float10) -> float10',
  `texts(text: ${TEXT}, wide: string<*wchar[zero]>, plain: address, list: address) -> u-int64`,
  'fills(buffer: address, size: u-int64) -> i-int64',
  `copies(to: address, from: ${TEXT}) -> ${TEXT}`,
  `structs(by_value: ${MIXED}, in: *${MIXED}, out: address) -> void`,
  `middle(a: *${POINT}, b: address) -> ${POINT}`,
  'enums(c: enum(RED=0 GREEN=1 BLUE=7)<u-int>, s: flags(PLAIN=0 BOLD=1 ITALIC=2 UNDERLINE=4)<u-int>, ' +
    'g: enum(MINUS=-1 ZERO=0 PLUS=1)<i-int>) -> i-int',
  `unites(w: ${WORD}, number: *i-int, result: address) -> ${WORD}`,
  'opaque(h: address, c: address, v: address, call: *code) -> i-int',
  'formats(format: format<*char>, ...) -> i-int',
  `logs_in(user: ${TEXT}, password: secret<${TEXT}>, pin: i-int) -> i-int`,
  'modes(mode: octal<u-int>, small: i-char, big: u-int64) -> u-int',
  'matrix(cells: address, data: address) -> i-int',
  'hidden_helper(a: i-int) -> i-int',
];
const namesIn = (prototypes: readonly string[]) =>
  prototypes.map((each) => each.split('(')[0] ?? '');

const STRING = 'std::string{@0:string<*char[element]> @8:hide<u-long>}32';
const VECTOR =
  'vector<int, std::allocator<int> >{_M_impl@0:_Vector_impl{_M_start@0:address _M_finish@8:address ' +
  '_M_end_of_storage@16:address}24}24';
const CLASS_PROTOTYPES = [
  `_ZNK7Derived3runERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE5Level(this: address, what: *${STRING}, level: enum(Low=1 High=3)<u-char>) -> i-int`,
  '_ZN7Derived5countEi(number: i-int) -> i-int',
  `_ZN5outer4joinERKSt6vectorIiSaIiEENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE(result: address, numbers: *${VECTOR}, separator: *${STRING}) -> *${STRING}`,
  '_ZN5outer5givesEM7Derivedi(member: i-long) -> Trivial{a@0:i-int64 b@8:i-int64 c@16:i-int64}24',
  '_ZN4BaseD2Ev(this: address) -> void',
];

const C_COMPILERS: readonly (readonly string[])[] = [
  ...['-gdwarf-5', '-gdwarf-4', '-gdwarf-3', '-gdwarf-2'].map((version) => ['gcc', version]),
  ['gcc', '-gdwarf-5', '-gdwarf64'],
  ['gcc', '-gdwarf-5', '-O2', '-fno-inline', '-fno-ipa-sra', '-fno-ipa-cp'],
  ['gcc', '-gdwarf-4', '-fdebug-types-section'],
  ['clang', '-gdwarf-5'],
  ['clang', '-gdwarf-4'],
  ['clang', '-gdwarf-5', '-O2', '-fno-inline'],
];

describe('DebugInfo.prototypeAt', () => {
  for (const [compiler = 'gcc', ...flags] of C_COMPILERS) {
    skipUnless(compiler === 'gcc' || hasTool('clang'), needs('clang'))(
      `reads every kind of C type from ${compiler} ${flags.join(' ')}`,
      () => {
        const path = buildProgram('dwarf-types', { compiler, flags });
        // LLVM drops parameters that an internal function does not need.
        const expected = flags.includes('-O2') ? C_PROTOTYPES.slice(0, -1) : C_PROTOTYPES;
        expect(prototypesOf(path, namesIn(expected))).toEqual(expected);
      },
      60_000,
    );
  }

  skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)')(
    'knows the sizes of i386',
    () => {
      const path = buildProgram('dwarf-types', { flags: ['-m32'] });
      expect(prototypesOf(path, ['scalars', 'floats', 'fills'])).toEqual([
        'scalars(c: char, sc: i-char, uc: u-char, s: i-short, ul: u-int, ll: i-int64, b: bool<u-char>) -> i-int',
        'floats(f: float4, d: float8, l: float10) -> float10',
        'fills(buffer: address, size: u-int) -> i-int',
      ]);
    },
    60_000,
  );

  it.each(['-gdwarf-5', '-gdwarf-4'])('reads classes from g++ %s', (version) => {
    const path = buildProgram('dwarf-classes', { flags: [version] });
    expect(prototypesOf(path, namesIn(CLASS_PROTOTYPES))).toEqual(CLASS_PROTOTYPES);
  });

  skipUnless(hasTool('clang'), needs('clang'))('reads classes from clang++', () => {
    const path = buildProgram('dwarf-classes', { compiler: 'clang++' });
    expect(prototypesOf(path, namesIn(CLASS_PROTOTYPES))).toEqual(CLASS_PROTOTYPES);
  });

  it('passes by address what has a destructor of its own', () => {
    const path = buildProgram('dwarf-classes');
    const [takes] = prototypesOf(path, [
      '_ZN5outer5takesESt10unique_ptrIiSt14default_deleteIiEE7TrivialRiRKiO4Base',
    ]);
    expect(takes).toMatch(
      /\(owner: \*unique_ptr<.*}8, plain: Trivial\{.*}24, out: address, in: \*i-int, moved: address\)/,
    );
  });

  skipUnless(hasTool('rustc'), needs('rustc'))(
    'reads what rustc passes in registers and by address',
    async () => {
      await withTemporaryFolder((folder) => {
        const source = inProject('test/programs/dwarf-shapes.rs');
        const path = join(folder, 'shapes');
        const done = spawnSync('rustc', ['-g', '-O', source, '-o', path], { encoding: 'utf8' });
        expect(done.stderr).toBe('');
        expect(prototypesOf(path, ['area', 'label', 'grow'])).toEqual([
          'area(shape: *Shape{}24, scale: u-char, extra: Option<u32>{tag@0:u-int __0@8:u-int}16) -> float8',
          'label(name: &str{@0:string<*char[element]> @8:hide<u-long>}16, at: Point{x@0:u-int y@8:u-int}16, flag: bool<u-char>, letter: wchar) -> u-int64',
          'grow(result: address, large: *Large{values@0:u-int64[4]}32, by: i-int64) -> *Large{values@0:u-int64[4]}32',
        ]);
        return Promise.resolve();
      });
    },
    120_000,
  );

  skipUnless(hasTool('clang'), needs('clang'))(
    'says nothing of a function that is not called as declared',
    () => {
      const flags = ['-O2', '-gdwarf-5'];
      const changed = buildProgram('dwarf-types', { compiler: 'clang', flags });
      expect(prototypesOf(changed, ['drops_one'])).toEqual(['drops_one: none']);
      const plain = buildProgram('dwarf-types', { compiler: 'clang', flags: ['-O0'] });
      expect(prototypesOf(plain, ['drops_one'])).toEqual([
        'drops_one(unused: i-int, used: i-int) -> i-int',
      ]);
    },
  );

  it('says nothing of an address in the middle of a function', () => {
    const path = buildProgram('dwarf-types');
    const address = symbolsOf(path).get('scalars') ?? 0;
    expect(infoOf(path).prototypeAt(address + 1, 'scalars')).toBeUndefined();
  });
});

describe('DebugInfo.prototypeNamed', () => {
  it('finds what a program defines, and what it declares and calls', () => {
    const info = infoOf(buildProgram('dwarf-classes'));
    expect(info.prototypeNamed('_ZN7Derived5countEi')).toBeDefined();
    expect(info.prototypeNamed('main')).toBeDefined();
    expect(info.prototypeNamed('no_such_function')).toBeUndefined();
  });

  it('leaves out static functions', () => {
    const info = infoOf(buildProgram('dwarf-types'));
    expect(info.prototypeNamed('hidden_helper')).toBeUndefined();
    const found = info.prototypeNamed('fills');
    expect(found && renderPrototype(found)).toBe(
      'fills(buffer: address, size: u-int64) -> i-int64',
    );
  });
});
