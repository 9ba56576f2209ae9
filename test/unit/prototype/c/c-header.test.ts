import fc from 'fast-check';
import { parseHeader } from '../../../../src/prototype/c/c-header.js';
import {
  addressType,
  charType,
  codeType,
  integerType,
  intType,
  longType,
  pointerTo,
  stringType,
  withLens,
  arrayOf,
} from '../../../../src/prototype/lensed-type.js';
import type { LensedType, Prototype } from '../../../../src/prototype/prototype.js';

function declared(text: string, name: string): Prototype {
  const header = parseHeader('test.h', text);
  expect(header.check()).toEqual([]);
  const prototype = header.findPrototype(name);
  if (prototype === undefined) throw new Error(`no prototype of ${name}`);
  return prototype;
}

const typesOf = (text: string, name = 'f'): LensedType[] =>
  declared(text, name).parameters.map(({ type }) => type);

describe('parseHeader', () => {
  it('reads what real headers look like', () => {
    const text = `
      /* a comment */ #define LENGTH 4
      #ifndef X_H
      #define X_H 1 \\
         continued
      #include <stddef.h>
      #ifdef __cplusplus
      extern "C" {
      #endif
      // int not_this(void);
      extern int open (const char *__file, int __oflag, ...) __attribute__ ((__nonnull__ (1)));
      extern void *malloc (size_t __size) __THROW __attribute_malloc__ __attr_dealloc(free, 1);
      static inline int twice(int x) { if (x) { return 2 * x; } return 0; }
      unsigned long long a(void), *b(long unsigned int n);
      int qsort(void *base, size_t n, int (*compare)(const void *, const void *));
      int argc, *numbers;
      char *getenv(const char name[]);
      #ifdef __cplusplus
      }
      #endif
      #endif`;
    const header = parseHeader('x.h', text);
    expect(header.check()).toEqual([]);
    expect([...header.prototypeNames].sort()).toEqual(
      ['open', 'malloc', 'twice', 'a', 'b', 'qsort', 'getenv'].sort(),
    );
    const open = header.findPrototype('open');
    expect(open?.variadic).toBe(true);
    expect(open?.parameters).toEqual([
      { name: '__file', type: stringType(), direction: 'in' },
      { name: '__oflag', type: intType, direction: 'in' },
    ]);
    expect(header.findPrototype('b')?.result).toEqual(addressType);
    expect(header.findPrototype('a')?.result).toEqual(integerType('int64', 'unsigned'));
    expect(header.findPrototype('qsort')?.parameters[2]?.type).toEqual(codeType);
    expect(header.findPrototype('getenv')?.result).toEqual(stringType());
    expect(header.findPrototype('a')?.parameters).toEqual([]);
  });

  it('shows pointees that are const, and enumerators', () => {
    const text = `
      enum color { RED, GREEN = 1 << 4, BLUE, ALL = RED | GREEN | 3 };
      typedef struct point { int x, y; } point;
      struct hidden;
      typedef void (*callback)(int);
      int f(enum color c, const point *p, point *out, const struct hidden *h, point by_value,
            callback done, int *result, const long *value, struct point *const fixed);`;
    const color = withLens(
      {
        kind: 'enum',
        names: [
          { name: 'RED', value: 0 },
          { name: 'GREEN', value: 16 },
          { name: 'BLUE', value: 17 },
          { name: 'ALL', value: 19 },
        ],
      },
      intType,
    );
    const point: LensedType = {
      kind: 'struct',
      name: 'point',
      fields: [
        { name: 'x', type: intType },
        { name: 'y', type: intType },
      ],
    };
    expect(typesOf(text)).toEqual([
      color,
      pointerTo(point),
      addressType,
      addressType,
      point,
      codeType,
      addressType,
      pointerTo(longType),
      addressType,
    ]);
  });

  it('reads arrays and structs that point to themselves', () => {
    const text = `
      #define N 8
      struct node { const struct node *next; char name[N]; int grid[2][3]; unsigned char raw[4]; };
      void f(const struct node *n);`;
    const [type] = typesOf(text);
    const node =
      type?.kind === 'pointer' && type.target.kind === 'struct' ? type.target : undefined;
    expect(node?.fields.map(({ name }) => name)).toEqual(['next', 'name', 'grid', 'raw']);
    expect(node?.fields.slice(1).map((field) => field.type)).toEqual([
      withLens({ kind: 'string' }, arrayOf(charType, 8)),
      arrayOf(arrayOf(intType, 3), 2),
      arrayOf(integerType('char', 'unsigned'), 4),
    ]);
  });

  it('sees through the macros and foreign types of real headers', () => {
    const text = `
      __BEGIN_DECLS
      ZEXTERN int ZEXPORT deflate OF((z_streamp strm, int flush));
      OPENSSL_EXPORT long SSL_ctrl(SSL *ssl, int cmd, __off_t offset, foreign_t word);
      __END_DECLS`;
    const header = parseHeader('x.h', text);
    expect([...header.prototypeNames]).toEqual(['deflate', 'SSL_ctrl']);
    const word = withLens({ kind: 'guess' }, longType);
    const shown = (name: string): unknown[] | undefined =>
      header.findPrototype(name)?.parameters.map((parameter) => parameter.type);
    expect(shown('deflate')).toEqual([word, intType]);
    expect(shown('SSL_ctrl')).toEqual([addressType, intType, longType, word]);
  });

  it('tells what it does not understand and keeps the rest', () => {
    const text = `
int good(int);
int bad(int x +);
struct bits { int a : 3; int b; };
typedef struct { frob_t; } other;
int better(struct bits *b);`;
    const header = parseHeader('x.h', text);
    expect([...header.prototypeNames]).toEqual(['good', 'better']);
    expect(
      header.check().map(({ line, column, message }) => `${line}:${column}: ${message}`),
    ).toEqual([
      "3:15: expected ',' near '+'",
      "4:21: bit-fields are not supported near ':'",
      "5:18: unknown type near 'frob_t'",
    ]);
  });

  it('never throws and never hangs', () => {
    const pieces = fc.constantFrom(
      ...[
        'int',
        'f',
        '(',
        ')',
        '{',
        '}',
        '[',
        ']',
        ';',
        ',',
        '*',
        'struct',
        'enum',
        'typedef',
        '=',
      ],
      ...[
        'const',
        'unsigned',
        '...',
        '#define A 1\n',
        '"x"',
        '/*',
        '//',
        '\n',
        '1',
        '<<',
        ':',
        '__attribute__',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(pieces, { maxLength: 80 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (source) => {
        expect(Array.isArray(parseHeader('x.h', source).check())).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(() => parseHeader('x.h', 'struct {'.repeat(20000))).not.toThrow();
    expect(() => parseHeader('x.h', 'int f(int '.repeat(20000))).not.toThrow();
    expect(() => parseHeader('x.h', `enum { A = ${'('.repeat(20000)}`)).not.toThrow();
  });
});
