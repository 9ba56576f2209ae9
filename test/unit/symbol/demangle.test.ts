import { demangle } from '../../../src/symbol/demangle.js';

jest.setTimeout(120_000);

describe('demangle', () => {
  it.each([
    ['_ZN3foo3barEi', 'foo::bar(int)'],
    ['_Z1fv', 'f()'],
    ['_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE', 'core::fmt::Write::write_fmt'],
    ['_RNvCs4fqI2P2rA04_7mycrate3foo', 'mycrate::foo'],
  ])('reads %s', (name, readable) => {
    expect(demangle(name)).toContain(readable);
    // The second answer comes from the cache.
    expect(demangle(name)).toContain(readable);
  });

  it.each(['puts', '_start', '__cxa_finalize', '_Z', '_ZN', '_Rxyz', '', 'Z1fv'])(
    'leaves %p alone',
    (name) => {
      expect(demangle(name)).toBeUndefined();
      expect(demangle(name)).toBeUndefined();
    },
  );

  it('survives names that stand for gigabytes of text', () => {
    // Each parameter names the one before twice: written out, the text doubles with every one.
    const bomb = (levels: number) => {
      const idOf = (index: number) =>
        index === 0 ? 'S_' : `S${(index - 1).toString(36).toUpperCase()}_`;
      let name = '_Z1f1AIiiE';
      for (let level = 1; level <= levels; level++) name += `S_I${idOf(level)}${idOf(level)}E`;
      return name;
    };
    expect(demangle(bomb(5))).toContain('A<A<int, int>, A<int, int> >');
    const before = process.memoryUsage().rss;
    const start = Date.now();
    for (let levels = 20; levels < 30; levels++) expect(demangle(bomb(levels))).toBeUndefined();
    demangle(`_Z${'N1a'.repeat(2000)}`);
    demangle(`_ZN${'1a'.repeat(100_000)}Ev`);
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    expect(demangle('_Z1fi')).toBe('f(int)');
  });
});
