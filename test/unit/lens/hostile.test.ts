import fc from 'fast-check';
import { i386CallAbi } from '../../../src/arch/i386/call-abi.js';
import { x86_64CallAbi } from '../../../src/arch/x86_64/call-abi.js';
import { parsePrintf, parseScanf } from '../../../src/lens/format-string.js';
import { FakeCall, TracedCall } from '../../support/fake-call.js';

const DECLARATIONS = [
  'string f(string, string[arg2], buffer(arg2), array(int, arg1)*, array(string, zero)*);',
  'errno(addr) f(format);',
  'long f(string, scanf);',
  'errno[retval < arg2](int) f(+buffer(*arg2), inout long*, string(array(char, retval)*), array(short, retval * arg2));',
  'typedef l = struct;\ntypedef l = struct(int n, l*, array(l, n)*, string(array(char, 9)), array(char, n));\nl* f(l*, array(l*, arg3)*, long);',
  'struct(long, long, array(int, elt1)) f(struct(long double, bool), union(array(char, 7), double), code, __int128);',
  'bitvec(array(long, 40)*) f(bitvec(struct(long, int)*), flags[ulong](A=1/3), enum[char](X), wformat);',
  'int f(int, int);\nvariant f(arg1 / arg2 == 1 || *arg1 == 2) int g(string, +string(wchar_t*));',
];

describe('a capture', () => {
  it('takes any registers and memory without throwing, and ends', () => {
    const base = 0x10000;
    const word = fc.oneof(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.integer({ min: base, max: base + 600 }).map(BigInt),
      fc.integer({ min: -3, max: 40 }).map(BigInt),
    );
    const world = fc.record({
      declaration: fc.constantFrom(...DECLARATIONS),
      args: fc.array(word, { minLength: 10, maxLength: 10 }),
      result: word,
      memory: fc.array(word, { minLength: 64, maxLength: 64 }),
      abi: fc.constantFrom(x86_64CallAbi, i386CallAbi),
      limits: fc.record({
        stringBytes: fc.constantFrom(0, 1, 32, 100000),
        arrayElements: fc.constantFrom(0, 1, 4, 50),
        showSecrets: fc.boolean(),
        descriptorPaths: fc.boolean(),
      }),
    });
    fc.assert(
      fc.property(world, ({ declaration, args, result, memory, abi, limits }) => {
        const call = new FakeCall();
        call.memory.map(base, new Uint8Array(new BigUint64Array(memory).buffer));
        call.args(...args).register('rax', result);
        const traced = new TracedCall(declaration, call, { abi, limits });
        expect(typeof traced.enter()).toBe('string');
        expect(typeof traced.leave()).toBe('string');
        expect(call.reads).toBeLessThan(40000);
      }),
      { numRuns: 400 },
    );
  });

  it('takes any format', () => {
    const pieces = fc.constantFrom(
      ...[
        '%',
        'd',
        's',
        '*',
        '.',
        '1',
        '$',
        'l',
        'L',
        'n',
        'c',
        '[',
        ']',
        '^',
        'm',
        'hh',
        ' ',
        '999',
      ],
    );
    const format = fc.oneof(
      fc.string(),
      fc.array(pieces).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(format, (text) => {
        expect(parsePrintf(text).list.length).toBeLessThanOrEqual(64);
        expect(parseScanf(text).list.length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 1000 },
    );
  });
});
