import { demangle } from '../../../src/symbol/demangle.js';

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

  it('survives names that grow without end', () => {
    // Each parameter names the one before twice: written out, the text doubles with every one.
    let name = '_Z1fSt4pairIiiE';
    for (let level = 0; level < 200; level++) name += `St4pairIS${level}_S${level}_E`;
    const start = Date.now();
    demangle(name);
    demangle(`_Z${'N1a'.repeat(2000)}`);
    demangle(`_ZN${'1a'.repeat(100_000)}Ev`);
    expect(Date.now() - start).toBeLessThan(5000);
    expect(demangle('_Z1fi')).toBe('f(int)');
  });
});
