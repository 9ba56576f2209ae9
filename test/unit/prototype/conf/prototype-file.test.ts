import fc from 'fast-check';
import {
  addressType,
  arrayOf,
  charType,
  floatType,
  integerType,
  intType,
  longType,
  pointerTo,
  stringType,
  withLens,
} from '../../../../src/prototype/lensed-type.js';
import { PrototypeFile } from '../../../../src/prototype/conf/prototype-file.js';
import type { LensedType, Prototype } from '../../../../src/prototype/prototype.js';

function parsed(text: string, name: string): Prototype {
  const file = new PrototypeFile('test.conf', text);
  expect(file.check()).toEqual([]);
  const prototype = file.findPrototype(name);
  if (prototype === undefined) throw new Error(`no prototype of ${name}`);
  return prototype;
}

function typeOf(written: string): LensedType {
  const [parameter] = parsed(`void f(${written});`, 'f').parameters;
  if (parameter === undefined) throw new Error('no parameter');
  return parameter.type;
}

function mistakes(text: string): string[] {
  return new PrototypeFile('a.conf', text)
    .check()
    .map(({ line, column, severity, message }) => `${line}:${column}: ${severity}: ${message}`);
}

describe('PrototypeFile', () => {
  it('reads result, name and parameters', () => {
    const prototype = parsed('int open(string,int,octal);\t\t; a comment (with g(1))', 'open');
    expect(prototype.result).toEqual(intType);
    expect(prototype.parameters.map(({ type }) => type)).toEqual([
      stringType(),
      intType,
      withLens({ kind: 'octal' }, intType),
    ]);
    expect(prototype.declaredAt).toEqual({ file: 'test.conf', line: 1, column: 1 });
  });

  it('tells of every item that declares nothing', () => {
    for (const text of [
      'function function f();',
      'function f();',
      'function int function f();',
      'int function f();',
      'int \u00e9();',
      'hex(int) f\u0301();',
      'f();',
      'int (f)();',
    ]) {
      expect([text, mistakes(text).length]).toEqual([text, 1]);
    }
    expect(mistakes('int \u00e9();')).toEqual([
      "1:1: error: '\u00e9' can be no name of a function",
    ]);
    expect(mistakes('function int f();')).toEqual([]);
  });

  it('finds the name behind a result type with parentheses', () => {
    const text = [
      'hex(uint) inet_addr(string);',
      'errno[retval < 0](int) f1(int);',
      'enum[short](A,B=7) f2();',
      'function const hex(int) f3(void);',
      'unsigned long int f4(long long unsigned);',
      'string* f5 (int) junk behind it',
      'struct(int,int)* f6(int)',
    ].join('\n');
    const file = new PrototypeFile('test.conf', text);
    expect(file.check()).toEqual([]);
    expect([...file.prototypeNames]).toEqual(['inet_addr', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
  });

  it('takes parameter names, any white space and continuation lines', () => {
    const joined =
      'int\topen ( string path ,\n  flags(A=1, ; first\n  # a comment\n   B=2) how\n);\nint g();';
    const prototype = parsed(joined, 'open');
    expect(prototype.parameters.map(({ name }) => name)).toEqual(['path', 'how']);
    expect(parsed(joined, 'g').parameters).toEqual([]);
  });

  it.each<[string, LensedType]>([
    ['unsigned int', integerType('int', 'unsigned')],
    ['long long', integerType('int64', 'signed')],
    ['int unsigned long', integerType('long', 'unsigned')],
    ['unsigned char', integerType('char', 'unsigned')],
    ['long double', floatType(10)],
    ['size_t', integerType('long', 'unsigned')],
    ['int8_t', integerType('char', 'signed')],
    ['const char *', pointerTo(charType)],
    ['void*', addressType],
    ['addr', addressType],
    ['itn', intType],
    ['bool', withLens({ kind: 'bool' }, integerType('char', 'unsigned'))],
    ['bool(int)', withLens({ kind: 'bool' }, intType)],
    [
      'hex(array(short, 3)*)',
      withLens({ kind: 'hex' }, pointerTo(arrayOf(integerType('short', 'signed'), 3))),
    ],
    ['string[4]', stringType(charType, { kind: 'number', value: 4 })],
    ['string0', stringType(charType, { kind: 'result' })],
    ['bitvec(ulong)*', pointerTo(withLens({ kind: 'bits' }, integerType('long', 'unsigned')))],
    [
      'struct(int x, long)',
      { kind: 'struct', fields: [{ name: 'x', type: intType }, { type: longType }] },
    ],
    ['union(int, float)', { kind: 'union', fields: [{ type: intType }, { type: floatType(4) }] }],
    ['errnum', withLens({ kind: 'errnum' }, intType)],
    ['negerrno(long)', withLens({ kind: 'negerrno' }, longType)],
    [
      'enum[short](A,B=7,C,D=-1,E=0x10,F=010)',
      withLens(
        {
          kind: 'enum',
          names: [
            { name: 'A', value: 0 },
            { name: 'B', value: 7 },
            { name: 'C', value: 8 },
            { name: 'D', value: -1 },
            { name: 'E', value: 16 },
            { name: 'F', value: 8 },
          ],
        },
        integerType('short', 'signed'),
      ),
    ],
    [
      'flags[ulong](A=1/3, B=0xffffffffffffffff,)',
      withLens(
        {
          kind: 'flags',
          names: [
            { name: 'A', value: 1, mask: 3 },
            { name: 'B', value: 0xffffffffffffffffn },
          ],
        },
        integerType('long', 'unsigned'),
      ),
    ],
  ])('understands %s', (written, type) => {
    expect(typeOf(written)).toEqual(type);
  });

  it('binds names in expressions to parameters and to members', () => {
    const prototype = parsed(
      'int f(buffer(len*arg3) p, struct(int n, array(int, n)*)* s, ulong len);',
      'f',
    );
    expect(prototype.parameters[0]?.type).toEqual(
      withLens(
        {
          kind: 'buffer',
          length: {
            kind: 'binary',
            operator: '*',
            left: { kind: 'argument', index: 3 },
            right: { kind: 'argument', index: 3 },
          },
        },
        addressType,
      ),
    );
    expect(prototype.parameters[1]?.type).toEqual(
      pointerTo({
        kind: 'struct',
        fields: [
          { name: 'n', type: intType },
          { type: pointerTo(arrayOf(intType, { kind: 'element', index: 1 })) },
        ],
      }),
    );
  });

  it('knows what each operator means and how tightly it binds', () => {
    const prototype = parsed(
      'variant f((arg2 & 3) == 0 && *x != -1) int g(int x);\nint f(int);',
      'f',
    );
    const [variant] = prototype.variants;
    expect(variant?.prototype.name).toBe('g');
    expect(variant?.condition).toEqual({
      kind: 'binary',
      operator: '&&',
      left: {
        kind: 'binary',
        operator: '==',
        left: {
          kind: 'binary',
          operator: '&',
          left: { kind: 'argument', index: 2 },
          right: { kind: 'number', value: 3 },
        },
        right: { kind: 'number', value: 0 },
      },
      right: {
        kind: 'binary',
        operator: '!=',
        left: { kind: 'pointee', of: { kind: 'argument', index: 1 } },
        right: { kind: 'number', value: -1 },
      },
    });
  });

  it('reads everything right of the first + at return, as ltrace does, but formats', () => {
    const prototype = parsed('int f(int, +string2, ulong, in string, format);', 'f');
    expect(prototype.parameters.map(({ direction }) => direction)).toEqual([
      'in',
      'out',
      'out',
      'in',
      'in',
    ]);
    const inout = parsed('int f(inout int*, int*, ...);', 'f');
    expect(inout.parameters.map(({ direction }) => direction)).toEqual(['inout', 'in']);
    expect(inout.variadic).toBe(true);
  });

  it('takes the last of two prototypes and the first of two typedefs', () => {
    expect(parsed('int f(int);\nint f(int, int);', 'f').parameters).toHaveLength(2);
    expect(mistakes('typedef a = int;\ntypedef a = long;\na f(a);')).toEqual([
      "2:9: error: redefinition of typedef 'a'",
    ]);
  });

  it('lets a struct point to itself', () => {
    const text = 'typedef list = struct;\ntypedef list = struct(int, list*);\nint f(list*);';
    const type = parsed(text, 'f').parameters[0]?.type;
    expect(type?.kind).toBe('pointer');
    const list = type?.kind === 'pointer' ? type.target : undefined;
    expect(list?.kind === 'struct' && list.fields[1]?.type).toEqual({
      kind: 'pointer',
      target: list,
    });
  });

  it('tells where each mistake is and keeps the rest', () => {
    const text = [
      'int ok1(int);',
      'int bad(strnig);',
      'int unfinished(int',
      'int ok2(int);',
      'typedef = int;',
      'nonsense',
      'int f(hex(',
      'int g(array(int, argX));',
      'typedef s = struct;',
      'int h(s);',
      'int i(void, int);',
      'variant nothing(arg1 == 1) int j(int);',
      'int k(enum(A=99999999999999999999999999999999999999999999999));',
      'int l(int) ;',
    ].join('\n');
    expect(mistakes(text)).toEqual([
      "2:9: error: unknown type 'strnig'",
      "3:19: error: expected ',' at the end",
      "5:1: error: a name must follow 'typedef'",
      "6:1: error: unknown type 'nonsense'",
      '7:11: error: expected a type at the end',
      "8:18: error: no member or parameter is called 'argX'",
      '10:7: error: the struct is not complete',
      '11:7: warning: void among other parameters: hidden',
      "12:1: error: there is no prototype of 'nothing' for this variant",
      '13:14: error: number is too large',
    ]);
    const file = new PrototypeFile('a.conf', text);
    for (const name of ['ok1', 'ok2', 'l']) expect(file.findPrototype(name)?.name).toBe(name);
    expect(file.findPrototype('bad')).toBeUndefined();
  });

  it('bounds nesting, chains of typedefs and expressions', () => {
    expect(mistakes(`int f(${'hex('.repeat(5000)}int${')'.repeat(5000)});`)[0]).toContain(
      'too deeply',
    );
    expect(mistakes(`int f(array(int, ${'('.repeat(5000)}`)[0]).toContain('too long');
    expect(mistakes(`int f(array(int, 1${'+1'.repeat(5000)}));`)[0]).toContain('too long');
    const chain = Array.from({ length: 3000 }, (_, i) => `typedef t${i} = t${i + 1};`).join('\n');
    expect(mistakes(`${chain}\ntypedef t3000 = int;\nint f(t0);`).join()).toContain('too deeply');
    expect(mistakes('typedef a = b;\ntypedef b = a;\nint f(a);')[0]).toContain('unknown type');
    expect(mistakes('typedef a = struct;\ntypedef a = struct(int, a);')[0]).toContain(
      'not complete',
    );
  });

  it('never throws and never hangs on any text', () => {
    const pieces = fc.constantFrom(
      ...[
        'int',
        'f',
        '(',
        ')',
        '[',
        ']',
        ',',
        ';',
        '\n',
        '\n ',
        'typedef',
        '=',
        'struct',
        'enum',
        'flags',
      ],
      ...[
        'array',
        'string',
        'hex',
        '*',
        '+',
        'arg1',
        'zero',
        'retval',
        'variant',
        'import',
        '"x"',
        '...',
      ],
      ...[
        '1',
        '0x',
        '/',
        '==',
        '&&',
        'void',
        'format',
        'inout',
        'buffer',
        'errno',
        '#',
        'a',
        'elt2',
        '-',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(pieces, { maxLength: 60 }).map((words) => words.join(' ')),
      fc.array(pieces, { maxLength: 60 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const file = new PrototypeFile('x', source);
        for (const { line, column, message } of file.check()) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads a file cut at any byte', () => {
    const text =
      'typedef l = struct;\ntypedef l = struct(int n, array(l, n)*);\nint f(+l*, enum(A=1,B), string[arg2]);\n';
    for (let length = 0; length <= text.length; length++) {
      expect(() => new PrototypeFile('x', text.slice(0, length)).check()).not.toThrow();
    }
  });
});
