import { toAddress } from '../../../../src/base/address.js';
import { colored } from '../../../../src/output/text/color.js';
import { formatArguments, formatValue } from '../../../../src/output/text/format-value.js';
import { PLAIN_LOOK } from '../../../../src/output/text/look.js';
import type { Value } from '../../../../src/trace/value.js';
import { args, array, guess, HIDDEN, integer, pointer, struct, text } from '../sample-events.js';

const float = (value: number, style: 'decimal' | 'hex' = 'decimal'): Value => ({
  kind: 'float',
  value,
  bits: 64,
  style,
});
const bits = (width: number, ...set: number[]): Value => ({ kind: 'bits', set, width });
const character = (code: number): Value => ({ kind: 'character', code });
const flags = (names: string[], rest: number | bigint): Value => ({ kind: 'flags', names, rest });
const wide = (content: string): Value => ({
  kind: 'string',
  bytes: Buffer.from(content),
  encoding: 'wide',
  truncated: false,
});
const buffer = (style: 'text' | 'hex', content: string, length: number): Value => ({
  kind: 'buffer',
  bytes: Buffer.from(content, 'latin1'),
  length,
  style,
});
const X = integer(1);

describe('formatValue', () => {
  const cases: readonly (readonly [value: Value, expected: string])[] = [
    // Words of unknown type: decimal up to 10000, else the 64-bit pattern; zero is 0.
    [guess(0), '0'],
    [guess(10000), '10000'],
    [guess(-10000), '-10000'],
    [guess(10001), '0x2711'],
    [guess(-10001), '0xffffffffffffd8ef'],
    [guess(0xffffffff), '0xffffffff'],
    [guess(0x3ffc000000000000n), '0x3ffc000000000000'],
    [integer(-1), '-1'],
    [integer(2n ** 63n, 'decimal', 64), '9223372036854775808'],
    [integer(-(2n ** 63n), 'hex', 64), '0x8000000000000000'],
    [integer(255, 'hex'), '0xff'],
    [integer(-1, 'hex', 16), '0xffff'],
    [integer(0, 'hex'), '0'],
    [integer(8, 'octal'), '010'],
    [integer(0, 'octal'), '00'],
    [integer(0, 'boolean'), 'false'],
    [integer(7, 'boolean'), 'true'],
    // Characters and strings.
    [character(0x41), "'A'"],
    [character(0x0a), "'\\n'"],
    [character(0), "'\\0'"],
    [character(1), "'\\001'"],
    [character(0xff), "'\\377'"],
    [character(0x5c), "'\\\\'"],
    [character(0x27), "'\\''"],
    [character(-1), 'EOF'],
    [character(0x20ac), "'€'"],
    [text('abc\n\t\x07\b\v\f\r\0\x01\x7f\xff'), '"abc\\n\\t\\a\\b\\v\\f\\r\\000\\001\\177\\377"'],
    [text('say "hi" \\'), '"say \\"hi\\" \\\\"'],
    [text('\x001'), '"\\0001"'],
    [text('0123', true), '"0123"...'],
    [text('', true), '""...'],
    [wide('naïve ☃'), '"naïve ☃"'],
    [wide('a\u202eb\u009b'), '"a\\342\\200\\256b\\302\\233"'],
    [buffer('text', 'GET /', 5), '"GET /"'],
    [buffer('text', 'GET /', 50), '"GET /"...'],
    [buffer('hex', '\x00\xff\x10', 3), '<3 bytes: 00ff10>'],
    [buffer('hex', '\x00\xff\x10', 32), '<32 bytes: 00ff10...>'],
    [buffer('hex', '', 0), '<0 bytes>'],
    // Floating point as %f and %a.
    [float(-2.25), '-2.250000'],
    [float(-0), '-0.000000'],
    [float(0.0078125), '0.007812'],
    [float(0.0234375), '0.023438'],
    [float(0.1), '0.100000'],
    [float(1e22), '10000000000000000000000.000000'],
    [float(NaN), 'nan'],
    [float(-Infinity), '-inf'],
    [float(1.5, 'hex'), '0x1.8p+0'],
    [float(-0.1, 'hex'), '-0x1.999999999999ap-4'],
    [float(0, 'hex'), '0x0p+0'],
    [float(5e-324, 'hex'), '0x0.0000000000001p-1022'],
    // Pointers.
    [pointer(0), 'nil'],
    [pointer(0x1f), '0x1f'],
    [pointer(2n ** 64n - 1n), '0xffffffffffffffff'],
    [pointer(0x1f, { target: integer(5) }), '5'],
    [pointer(0x4005d0, { symbol: { module: 'tst', name: 'cmp', offset: 0 } }), 'tst:cmp'],
    [pointer(0x4005d4, { symbol: { module: 'tst', name: 'cmp', offset: 4 } }), 'tst:cmp+0x4'],
    [pointer(0x55d0, { note: '/etc/passwd' }), '0x55d0</etc/passwd>'],
    [{ kind: 'unreadable', address: toAddress(1), errno: 14 }, '0x1'],
    // Aggregates.
    [struct(integer(3), character(0x78), float(2.5)), "{ 3, 'x', 2.500000 }"],
    [array([integer(1), integer(2), integer(3)]), '[ 1, 2, 3 ]'],
    [array([integer(1), integer(2), integer(3), integer(4)], true), '[ 1, 2, 3, 4... ]'],
    [array([]), '[  ]'],
    [array([], true), '[ ... ]'],
    [struct(integer(1), HIDDEN, integer(2)), '{ 1, 2 }'],
    [struct(X, pointer(8, { target: struct(X, { kind: 'elided' }) })), '{ 1, { 1, ... } }'],
    [struct(X, { kind: 'recursion', levels: 0 }), '{ 1, recurse }'],
    [{ kind: 'recursion', levels: 5 }, 'recurse^^^^^'],
    // The rest.
    [{ kind: 'void' }, '<void>'],
    [{ kind: 'unknown' }, '?'],
    [{ kind: 'redacted', what: 'key' }, '<redacted key>'],
    [{ kind: 'enumerator', name: 'SIGUSR1', value: 10 }, 'SIGUSR1'],
    [{ kind: 'changed', before: integer(4), after: integer(16) }, '4 => 16'],
    [{ kind: 'changed', before: integer(4), after: integer(4) }, '4'],
    [{ kind: 'descriptor', value: 3, path: '/etc/hosts' }, '3</etc/hosts>'],
    [{ kind: 'descriptor', value: 3, path: '' }, '3'],
    [flags(['O_RDWR', 'O_CREAT'], 0), 'O_RDWR|O_CREAT'],
    [flags(['O_RDWR'], 0x1000), 'O_RDWR|0x1000'],
    [flags([], 0), '0'],
    [flags([], 2n ** 63n), '0x8000000000000000'],
    [bits(64, 0, 1, 5, 8), '<0-1,5,8>'],
    [bits(8), '<>'],
    [bits(4, 1, 2, 3), '~<0>'],
    [bits(4, 0, 1, 2, 3), '~<>'],
    [bits(4, 0, 1), '<0-1>'],
  ];

  it.each(cases)('%j is written as %s', (value, expected) => {
    expect(formatValue(value, PLAIN_LOOK)).toBe(expected);
  });

  it('prints all digits of the largest doubles', () => {
    const digits = formatValue(float(1e300), PLAIN_LOOK);
    expect(digits).toHaveLength(301 + 7);
    expect(digits.startsWith('1000000000000000052504760255204420248704468581108159')).toBe(true);
  });

  it('names members where that is wanted and they have names', () => {
    const value: Value = {
      kind: 'struct',
      fields: [
        { name: 'x', value: integer(1) },
        { value: text('a') },
        { name: 'y\n', value: { kind: 'hidden' } },
      ],
    };
    expect(formatValue(value, { ...PLAIN_LOOK, argumentNames: 'show' })).toBe('{ x=1, "a" }');
    expect(formatValue(value, PLAIN_LOOK)).toBe('{ 1, "a" }');
  });

  it('colours strings alone', () => {
    const value = struct(integer(1), text('x'));
    expect(formatValue(value, { ...PLAIN_LOOK, paint: colored })).toBe('{ 1, \x1b[32m"x"\x1b[0m }');
  });
});

describe('a code pointer', () => {
  const symbol = { module: 'tst', name: '_ZN1a1bEv', demangled: 'a::b()', offset: 4 };
  const value: Value = { kind: 'pointer', address: 0x1004, symbol };

  it('goes by its mangled name, or by the readable one', () => {
    expect(formatValue(value, PLAIN_LOOK)).toBe('tst:_ZN1a1bEv+0x4');
    expect(formatValue(value, { ...PLAIN_LOOK, names: 'demangled' })).toBe('tst:a::b()+0x4');
  });
});

describe('formatArguments', () => {
  it('leaves no comma for what is hidden', () => {
    const values = args(HIDDEN, integer(1), HIDDEN, integer(3), HIDDEN);
    expect(formatArguments(values, PLAIN_LOOK)).toBe('1, 3');
  });
});
