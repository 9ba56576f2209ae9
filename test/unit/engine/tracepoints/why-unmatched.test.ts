import { toLoadBias } from '../../../../src/base/address.js';
import { ElfImage } from '../../../../src/elf/elf-image.js';
import { Module } from '../../../../src/engine/modules/module.js';
import { whyUnmatched, type RuleOption } from '../../../../src/engine/tracepoints/why-unmatched.js';
import { parseCallFilter, parseFunctionFilter } from '../../../../src/filter/parse-filter.js';
import { buildImage } from '../../../support/elf-builder.js';
import type { ImageSpec } from '../../../support/elf-builder.js';

const moduleOf = (path: string, spec: ImageSpec): Module =>
  new Module(ElfImage.parse(buildImage(spec), path), path, toLoadBias(0), 'program');

const program = moduleOf('/bin/program', {
  symbols: [
    { name: 'work', section: 0 },
    { name: 'own', value: 0x100, size: 4 },
  ],
});
const other = moduleOf('/bin/other', { symbols: [{ name: 'puts', value: 0x100, size: 4 }] });

function why(option: RuleOption, text: string, modules = [program, other]): string {
  const parse = option === '-x' ? parseFunctionFilter : parseCallFilter;
  const [rule] = parse(text).rules;
  if (rule === undefined) throw new Error('no rule');
  return whyUnmatched(rule, option, modules);
}

describe('a rule matched nothing', () => {
  it('because the process ended in the middle of an attach', () => {
    const tooLate = 'the process ended before its breakpoints were placed';
    expect(why('-x', 'own')).toBe(tooLate);
    expect(why('-x', 'own@program')).toBe(tooLate);
    expect(why('-e', 'work')).toBe(tooLate);
    expect(why('-x', 'own', [])).toBe('no module could be read before the process ended');
  });

  it('because it names the wrong module', () => {
    expect(why('-x', 'own@other')).toBe('such functions are in program, not in other');
    expect(why('-e', 'work@other')).toBe('program would call such functions, but not other');
    expect(why('-x', 'own@third')).toMatch(/^no module of that name was loaded/);
  });

  it('because nothing has such a name', () => {
    expect(why('-e', 'nothing')).toBe(
      'no module calls or contains such a function; 2 modules were looked at',
    );
    expect(why('-x', 'work')).toMatch(/^program imports such a function, but no module/);
  });
});
