import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrototypeFile } from '../../../src/prototype/conf/prototype-file.js';
import { headingOf, splitItems } from '../../../src/prototype/conf/source-item.js';

const folder = join(__dirname, '../../../src/prototype/bundled');
const files = readdirSync(folder).filter((name) => name.endsWith('.conf'));
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('the bundled prototypes', () => {
  it.each(files)('%s parses without a diagnostic', (name) => {
    expect(new PrototypeFile(name, textOf(name)).check()).toEqual([]);
  });

  it.each(files)('%s declares nothing twice', (name) => {
    const text = textOf(name);
    const names = splitItems(text)
      .map(headingOf)
      .filter((heading) => heading.kind === 'prototype' || heading.kind === 'typedef')
      .map((heading) => `${heading.kind} ${String(heading.name)}`);
    const repeated = names.filter((heading, at) => names.indexOf(heading) !== at);
    expect(repeated).toEqual([]);
  });

  it.each(files)('%s uses every type that it defines', (name) => {
    const text = textOf(name);
    for (const [, type] of text.matchAll(/^typedef (\w+)/gm)) {
      const uses = text.match(new RegExp(`\\b${String(type)}\\b`, 'g'));
      expect([type, (uses?.length ?? 0) > 1]).toEqual([type, true]);
    }
  });
});
