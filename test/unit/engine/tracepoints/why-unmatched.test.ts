import { toLoadBias } from '../../../../src/base/address.js';
import { ElfImage } from '../../../../src/elf/elf-image.js';
import { Module } from '../../../../src/engine/modules/module.js';
import { whyUnmatched } from '../../../../src/engine/tracepoints/why-unmatched.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
} from '../../../../src/filter/parse-filter.js';
import { unmatchedLines } from '../../../../src/output/text/unmatched-text.js';
import type { ImportedFunction } from '../../../../src/symbol/imports.js';
import type { FilterKind, UnmatchedReason } from '../../../../src/trace/unmatched.js';
import { buildImage } from '../../../support/elf-builder.js';
import type { ImageSpec } from '../../../support/elf-builder.js';

const PARSE = {
  calls: parseCallFilter,
  libraries: parseLibraryFilter,
  functions: parseFunctionFilter,
};

function moduleOf(path: string, spec: ImageSpec): Module {
  const image = ElfImage.parse(buildImage(spec), path);
  return new Module(image, path, toLoadBias(0), path.includes('/lib') ? 'library' : 'program');
}

const program = moduleOf('/bin/program', {
  symbols: [
    { name: 'work', section: 0 },
    { name: 'own', value: 0x100, size: 4 },
    { name: 'own_too', value: 0x200, size: 4 },
  ],
  staticSymbols: [{ name: 'hidden', value: 0x300, size: 4 }],
});
const other = moduleOf('/bin/other', { symbols: [{ name: 'puts', value: 0x100, size: 4 }] });
const library = moduleOf('/lib/libwork.so.3', {
  symbols: [{ name: 'work', value: 0x100, size: 4 }],
});

/** What the program of these tests imports, by PLT. */
function importsOf({ image }: Module): readonly ImportedFunction[] {
  const imports = [...image.dynamicSymbols()].filter(({ defined }) => !defined);
  return imports.map(({ name }) => ({
    name,
    type: 'func',
    slots: [],
    stubs: [],
  }));
}

/** Of every rule of the filter that adds. */
function reasons(
  filter: FilterKind,
  text: string,
  modules: readonly Module[] = [program, other],
): readonly UnmatchedReason[] {
  const expression = PARSE[filter](text);
  const rules = expression.rules.filter(({ effect }) => effect === 'mark');
  const open = rules.map((rule) => ({ rule, expression, filter }));
  return whyUnmatched(open, { modules, importsOf }).map(({ reason }) => reason);
}

function why(filter: FilterKind, text: string, modules = [program, other]): string {
  const unmatched = reasons(filter, text, modules).map((reason) => ({ rule: text, reason }));
  return unmatchedLines(unmatched)[0]?.reason ?? '';
}

describe('a rule matched nothing', () => {
  it('because the process ended in the middle of an attach', () => {
    const tooLate = 'the process ended before its breakpoints were placed';
    expect(why('functions', 'own')).toBe(tooLate);
    expect(why('functions', 'own@program')).toBe(tooLate);
    expect(why('calls', 'work')).toBe(tooLate);
    expect(why('functions', 'own', [])).toBe('no module could be read before the process ended');
  });

  it('because it names the wrong module', () => {
    expect(why('functions', 'own@other')).toBe('such functions are in program, not in other');
    expect(why('calls', 'work@other')).toBe('program would call such functions, but not other');
    expect(why('functions', 'own@third')).toMatch(/^no module of that name was loaded/);
    expect(why('calls', 'work@program->other', [program, other, library])).toBe(
      'such functions are in libwork.so.3, not in other',
    );
  });

  it('because another rule of its chain takes it away again', () => {
    const all = [program, other, library];
    expect(why('calls', 'work-@program', all)).toBe("'-@program' takes it away again, in program");
    expect(why('calls', 'w*+work-other-work', all)).toBe("'-work' takes it away again, in program");
    expect(why('functions', 'own*-@program', all)).toBe(
      "'-@program' takes it away again, in program",
    );
  });

  it('because nothing has such a name', () => {
    expect(why('calls', 'nothing')).toBe(
      'no module calls or contains such a function; 2 modules were looked at',
    );
    expect(why('functions', 'work')).toMatch(/^program imports such a function, but no module/);
    expect(why('calls', 'SYS_open')).toBe('system calls are asked for with --syscalls open');
  });

  it('because nobody calls it from outside', () => {
    expect(why('calls', 'own')).toBe(
      'nobody imports such a function, but 1 function of that name is inside program itself: use -x',
    );
    expect(reasons('calls', 'own*@program')).toEqual([
      { kind: 'only-inside', module: 'program', functions: 2 },
    ]);
    expect(reasons('calls', 'hidden')).toEqual([
      { kind: 'only-inside', module: 'program', functions: 1 },
    ]);
    expect(reasons('calls', 'own@other')).toEqual([
      { kind: 'not-called', owners: { names: ['program'], count: 1 } },
    ]);
  });

  it('and guesses what was meant', () => {
    const all = [program, other, library];
    const didYouMean = 'no module of that name was loaded; did you mean libwork.so.3?';
    for (const written of ['libwork', 'work', 'libwork.so.1', 'LIBWORK.SO.3', 'libwrok.so.3']) {
      expect(why('libraries', written, all)).toBe(didYouMean);
      expect(why('calls', `@${written}`, all)).toBe(didYouMean);
    }
    expect(why('libraries', '/usr/lib/libwork.so.3', all)).toMatch(/mean \/lib\/libwork\.so\.3\?$/);
    expect(why('calls', 'owm_too', all)).toBe(
      'no module has such a function; did you mean own_too?',
    );
  });

  it('because the program brings its own TLS', () => {
    const inGo = moduleOf('/bin/in-go', {
      sections: [{ name: '.go.buildinfo', bytes: Buffer.from('go') }],
    });
    const jvm = moduleOf('/jre/lib/libjvm.so', {});
    const inRust = moduleOf('/bin/in-rust', {
      staticSymbols: [{ name: '_ZN6rustls6client17h0123456789abcdefE', value: 0x100, size: 4 }],
    });
    expect(why('calls', 'SSL_CTX_new', [inGo, other])).toMatch(/in-go is written in Go, which/);
    expect(why('calls', 'SSL_*', [other, jvm])).toMatch(/libjvm\.so is written in Java/);
    expect(why('functions', 'gnutls_init', [inRust])).toMatch(/in-rust is written in Rust/);
    expect(why('calls', 'nothing', [inGo])).toMatch(/^no module calls or contains/);
  });

  it('for the same reason as others, in one line', () => {
    const rules = Array.from({ length: 22 }, (_, index) => `zz${index}`);
    const unmatched = reasons('calls', rules.join('+')).map((reason, index) => ({
      rule: rules[index] ?? '',
      reason,
    }));
    expect(unmatchedLines(unmatched)).toEqual([
      {
        rules: "'zz0', 'zz1' and 20 more",
        count: 22,
        reason: 'no module calls or contains such a function; 2 modules were looked at',
      },
    ]);
  });
});

describe('the search for reasons', () => {
  it('ends when there is too much to look at, and says so of what it did not see', () => {
    const many = Array.from({ length: 70_000 }, (_, index) => ({
      name: `_ZN1a${index}E`,
      value: 0x1000 + index * 16,
      size: 8,
    }));
    const large = moduleOf('/lib/liblarge.so', { symbols: many });
    const found = reasons('calls', '*::*c+/d::.*/+own', [program, large]);
    expect(found.map(({ kind }) => kind)).toEqual(['not-searched', 'not-searched', 'only-inside']);
  });
});
