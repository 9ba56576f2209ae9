import type { CallAbi, Piece, ResultLocation } from '../../../src/arch/call-abi.js';
import { i386CallAbi, i386GoAbi } from '../../../src/arch/i386/call-abi.js';
import { x86_64CallAbi, x86_64GoAbi, x86_64GoStackAbi } from '../../../src/arch/x86_64/call-abi.js';
import { FXSAVE, USER_REGS } from '../../../src/arch/x86_64/register-block.js';
import type { CType } from '../../../src/ctype/ctype.js';
import { ctypeOf, passedAs } from '../../../src/lens/ctype-of.js';
import { PrototypeFile } from '../../../src/prototype/conf/prototype-file.js';

const REGISTER_NAMES = new Map<number, string>(
  Object.entries(USER_REGS).map(([name, offset]) => [offset, name]),
);

/** `rdi`, `xmm0`, `sp+8`; bytes that are not whole words and places in the value follow. */
function shownPiece({ source, offset, bytes, at }: Piece): string {
  const name =
    source === 'register'
      ? (REGISTER_NAMES.get(offset) ?? '?')
      : source === 'stack'
        ? `sp+${offset}`
        : `xmm${(offset - FXSAVE.xmm0) / 16}`;
  return `${name}:${bytes}${at === 0 ? '' : `@${at}`}`;
}

function typesOf(abi: CallAbi, declaration: string): { result: CType; parameters: CType[] } {
  const prototype = new PrototypeFile('x', declaration).findPrototype('f');
  if (prototype === undefined) throw new Error(declaration);
  return {
    result: ctypeOf(passedAs(prototype.result, abi)),
    parameters: prototype.parameters.map(({ type }) => ctypeOf(passedAs(type, abi))),
  };
}

function places(abi: CallAbi, declaration: string): string[] {
  const { result, parameters } = typesOf(abi, declaration);
  const allocator = abi.argumentsOf(result);
  return parameters.map((type) => allocator.next(type).map(shownPiece).join('+'));
}

function resultPlace(abi: CallAbi, declaration: string): string {
  const { result, parameters } = typesOf(abi, declaration);
  const allocator = abi.argumentsOf(result);
  for (const type of parameters) allocator.next(type);
  const location: ResultLocation = abi.resultOf(result, allocator);
  return location.kind === 'pieces' ? location.pieces.map(shownPiece).join('+') : location.kind;
}

describe('x86_64CallAbi', () => {
  it.each<[string, string[]]>([
    [
      'void f(int, char, long, string, bool, uint);',
      ['rdi:4', 'rsi:1', 'rdx:8', 'rcx:8', 'r8:1', 'r9:4'],
    ],
    [
      'void f(long,long,long,long,long,long,short,long);',
      ['rdi:8', 'rsi:8', 'rdx:8', 'rcx:8', 'r8:8', 'r9:8', 'sp+8:2', 'sp+16:8'],
    ],
    ['void f(double, int, float);', ['xmm0:8', 'rdi:4', 'xmm1:4']],
    [
      `void f(${'double,'.repeat(8)}double);`,
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `xmm${n}:8`).concat('sp+8:8'),
    ],
    ['void f(long double, int);', ['sp+8:16', 'rdi:4']],
    ['void f(struct(char));', ['rdi:1']],
    ['void f(struct(int, int, int));', ['rdi:8+rsi:4@8']],
    ['void f(struct(float, float));', ['xmm0:8']],
    ['void f(struct(float, float, float));', ['xmm0:8+xmm1:4@8']],
    ['void f(struct(float, int));', ['rdi:8']],
    ['void f(struct(double, long), struct(long, double));', ['xmm0:8+rdi:8@8', 'rsi:8+xmm1:8@8']],
    ['void f(struct(long, long, char));', ['sp+8:24']],
    ['void f(struct(array(char, 16)));', ['rdi:8+rsi:8@8']],
    ['void f(struct(array(char, 17)), int);', ['sp+8:17', 'rdi:4']],
    ['void f(struct(struct(float, float), struct(int)));', ['xmm0:8+rdi:4@8']],
    ['void f(union(double, long));', ['rdi:8']],
    ['void f(union(double, float));', ['xmm0:8']],
    ['void f(union(long double, int));', ['sp+8:16']],
    // Whole in registers or not at all; what comes later may still fit.
    [
      'void f(long,long,long,long,long,struct(long,long),long);',
      ['rdi:8', 'rsi:8', 'rdx:8', 'rcx:8', 'r8:8', 'sp+8:16', 'r9:8'],
    ],
    ['void f(__int128, long);', ['rdi:8+rsi:8@8', 'rdx:8']],
    [
      'void f(long,long,long,long,long,long,int,__int128);',
      ['rdi:8', 'rsi:8', 'rdx:8', 'rcx:8', 'r8:8', 'r9:8', 'sp+8:4', 'sp+24:16'],
    ],
    ['void f(struct(), int);', ['', 'rdi:4']],
    ['struct(long,long,long) f(int);', ['rsi:4']],
    ['struct(long,long) f(int);', ['rdi:4']],
    ['void f(array(int, 3), array(char, arg1)*);', ['rdi:8', 'rsi:8']],
  ])('places the arguments of %s', (declaration, expected) => {
    expect(places(x86_64CallAbi, declaration)).toEqual(expected);
  });

  it.each([
    ['void f();', 'none'],
    ['int f();', 'rax:4'],
    ['string f();', 'rax:8'],
    ['double f();', 'xmm0:8'],
    ['float f();', 'xmm0:4'],
    ['long double f();', 'x87'],
    ['struct(long double) f();', 'x87'],
    ['union(long double, int) f();', 'memory'],
    ['__int128 f();', 'rax:8+rdx:8@8'],
    ['struct(long, double) f();', 'rax:8+xmm0:8@8'],
    ['struct(double, long) f();', 'xmm0:8+rax:8@8'],
    ['struct(double, double) f();', 'xmm0:8+xmm1:8@8'],
    ['struct(long, long, long) f();', 'memory'],
  ])('finds the result of %s', (declaration, expected) => {
    expect(resultPlace(x86_64CallAbi, declaration)).toBe(expected);
  });

  it('sends packed structs to memory', () => {
    const int: CType = { kind: 'integer', size: 'int', signed: true, character: false };
    const char: CType = { kind: 'integer', size: 'char', signed: true, character: true };
    const packed: CType = {
      kind: 'struct',
      bytes: 5,
      fields: [
        { type: char, offset: 0 },
        { type: int, offset: 1 },
      ],
    };
    const allocator = x86_64CallAbi.argumentsOf({ kind: 'void' });
    expect(allocator.next(packed).map(shownPiece)).toEqual(['sp+8:5']);
  });

  it('goes on from where a fork was made', () => {
    const long: CType = { kind: 'integer', size: 'long', signed: true, character: false };
    const allocator = x86_64CallAbi.argumentsOf({ kind: 'void' });
    allocator.next(long);
    const fork = allocator.fork();
    expect(fork.next(long).map(shownPiece)).toEqual(['rsi:8']);
    expect(allocator.next(long).map(shownPiece)).toEqual(['rsi:8']);
  });
});

describe('i386CallAbi', () => {
  it.each<[string, string[]]>([
    ['void f(int, char, long long, string);', ['sp+4:4', 'sp+8:1', 'sp+12:8', 'sp+20:4']],
    ['void f(float, double, long double, int);', ['sp+4:4', 'sp+8:8', 'sp+16:12', 'sp+28:4']],
    ['void f(struct(char), struct(int, double), int);', ['sp+4:1', 'sp+8:12', 'sp+20:4']],
    ['struct(char) f(int);', ['sp+8:4']],
    ['struct() f(int);', ['sp+4:4']],
  ])('places the arguments of %s', (declaration, expected) => {
    expect(places(i386CallAbi, declaration)).toEqual(expected);
  });

  it.each([
    ['void f();', 'none'],
    ['char f();', 'rax:1'],
    ['long f();', 'rax:4'],
    ['long long f();', 'rax:4+rdx:4@4'],
    ['float f();', 'x87'],
    ['double f();', 'x87'],
    ['long double f();', 'x87'],
    ['struct(char) f();', 'memory'],
    ['union(double) f();', 'memory'],
  ])('finds the result of %s', (declaration, expected) => {
    expect(resultPlace(i386CallAbi, declaration)).toBe(expected);
  });
});

describe("Go's convention", () => {
  it.each<[string, string[]]>([
    ['void f(int, bool, double, long);', ['rax:4', 'rbx:1', 'xmm0:8', 'rcx:8']],
    ['void f(struct(int, int), struct(float, short));', ['rax:4+rbx:4@4', 'xmm0:4+rcx:2@4']],
    ['void f(array(long, 1), array(long, 2), long);', ['rax:8', 'sp+8:16', 'rbx:8']],
    ['void f(array(long, 0), struct(), long);', ['', '', 'rax:8']],
    ['void f(union(long), long);', ['sp+8:8', 'rax:8']],
    // What does not fit leaves its registers to what comes next.
    [
      'void f(struct(long,long,long,long,long,long,long,long), struct(long,long), long, char, char);',
      [
        'rax:8+rbx:8@8+rcx:8@16+rdi:8@24+rsi:8@32+r8:8@40+r9:8@48+r10:8@56',
        'sp+8:16',
        'r11:8',
        'sp+24:1',
        'sp+25:1',
      ],
    ],
  ])('places the arguments of %s in registers', (declaration, expected) => {
    expect(places(x86_64GoAbi, declaration)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    [
      'void f(int, char, char, long, double);',
      ['sp+8:4', 'sp+12:1', 'sp+13:1', 'sp+16:8', 'sp+24:8'],
    ],
    ['void f(char, struct(short, int), array(char, 3));', ['sp+8:1', 'sp+12:8', 'sp+20:3']],
  ])('places the arguments of %s on the stack before Go 1.17', (declaration, expected) => {
    expect(places(x86_64GoStackAbi, declaration)).toEqual(expected);
  });

  it('aligns words of 32 bits', () => {
    expect(places(i386GoAbi, 'void f(char, double, short);')).toEqual([
      'sp+4:1',
      'sp+8:8',
      'sp+16:2',
    ]);
  });

  it.each([
    ['void f(long);', 'none'],
    ['long f(long);', 'rax:8'],
    ['struct(long, double, char) f(long);', 'rax:8+xmm0:8@8+rbx:1@16'],
    ['struct(array(long, 2), array(long, 2)) f(array(char, 3));', 'sp+16:32'],
    ['array(long, 2) f();', 'sp+8:16'],
    ['struct(long, array(long, 2)) f();', 'unknown'],
  ])('finds the result of %s', (declaration, expected) => {
    expect(resultPlace(x86_64GoAbi, declaration)).toBe(expected);
  });

  it.each([
    ['long f(char);', 'sp+16:8'],
    ['struct(char, long) f(long, char);', 'sp+24:16'],
  ])('finds the result of %s behind the arguments', (declaration, expected) => {
    expect(resultPlace(x86_64GoStackAbi, declaration)).toBe(expected);
  });

  it('goes on from where a fork was made', () => {
    const double: CType = { kind: 'float', bytes: 8 };
    const allocator = x86_64GoAbi.argumentsOf({ kind: 'void' });
    allocator.next(double);
    expect(allocator.fork().next(double).map(shownPiece)).toEqual(['xmm1:8']);
    expect(allocator.next(double).map(shownPiece)).toEqual(['xmm1:8']);
  });
});
