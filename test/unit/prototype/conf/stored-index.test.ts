import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScannedItems } from '../../../../src/prototype/conf/item-index.js';
import { readIndex } from '../../../../src/prototype/prototype-files.js';
import { PrototypeFile } from '../../../../src/prototype/conf/prototype-file.js';
import type { SourceItem } from '../../../../src/prototype/conf/source-item.js';
import {
  INDEX_SUFFIX,
  makeStoredIndex,
  openStoredIndex,
} from '../../../../src/prototype/conf/stored-index.js';

const folder = join(__dirname, '../../../../src/prototype/bundled');
const files = readdirSync(folder).filter((name) => name.endsWith('.conf'));

const textOf = ({ text, start, end }: SourceItem): string => text.slice(start, end);
const seen = (item: SourceItem | undefined): unknown => item && [item.line, textOf(item)];

describe('a stored index', () => {
  it.each(files)('of %s finds what reading the file finds', (name) => {
    const path = join(folder, name);
    const stored = readIndex(path);
    const scanned = new ScannedItems(readFileSync(path, 'utf8'));
    expect(stored?.imports).toEqual(scanned.imports);
    for (const [symbol, item] of scanned.prototypes) {
      expect(seen(stored?.prototypeOf(symbol))).toEqual(seen(item));
    }
    for (const [symbol, items] of scanned.variants) {
      expect(stored?.variantsOf(symbol).map(seen)).toEqual(items.map(seen));
    }
    for (const [type, items] of scanned.typedefs) {
      expect(stored?.typedefsOf(type).map(seen)).toEqual(items.map(seen));
    }
    expect(stored?.prototypeOf('no such name')).toBeUndefined();
  });

  it('counts bytes, keeps the order of a name, and tells where a mistake is', () => {
    const text =
      '# ä\nint f(int a);\nint f(int\n b, nothing c);\nvariant f(a == 1) int g(int a);\n';
    const bytes = Buffer.from(text);
    const stored = openStoredIndex(bytes, makeStoredIndex(bytes));
    const file = new PrototypeFile('x.conf', stored ?? '');
    expect(file.findPrototype('f')).toBeUndefined();
    expect(file.check()).toEqual([
      {
        file: 'x.conf',
        line: 4,
        column: 5,
        severity: 'error',
        message: "unknown type 'nothing'",
      },
    ]);
    expect([...file.prototypeNames]).toEqual(['f']);
  });

  it('is refused when it belongs to another text, or is none', () => {
    const bytes = Buffer.from('int f(int a);\n');
    const index = makeStoredIndex(bytes);
    expect(openStoredIndex(bytes, index)).toBeDefined();
    expect(openStoredIndex(Buffer.from('int f();\n'), index)).toBeUndefined();
    expect(openStoredIndex(bytes, index.subarray(0, index.length - 1))).toBeUndefined();
    expect(openStoredIndex(bytes, bytes)).toBeUndefined();
    expect(openStoredIndex(bytes, Buffer.alloc(0))).toBeUndefined();
    expect(() => makeStoredIndex(Buffer.from('int f(int a);\n,\n'))).toThrow('line 2');
  });

  it('is looked for beside the file', () => {
    expect(readdirSync(folder)).toContain(`libssl.so.conf${INDEX_SUFFIX}`);
    expect(readIndex(join(folder, 'none.conf'))).toBeUndefined();
  });
});
