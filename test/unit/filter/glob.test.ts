import fc from 'fast-check';
import { compileGlob } from '../../../src/filter/glob.js';
import { PatternError } from '../../../src/filter/pattern-error.js';

/** A second opinion: the definition, by recursion, for patterns whose sets are simple. */
function reference(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const head = pattern.charAt(0);
  if (head === '*') {
    return reference(pattern.slice(1), text) || (text !== '' && reference(pattern, text.slice(1)));
  }
  if (text === '') return false;
  const inSet = referenceSet(pattern, text);
  if (inSet !== undefined)
    return inSet.fits && reference(pattern.slice(inSet.length), text.slice(1));
  if (head === '\\') {
    return pattern.charAt(1) === text.charAt(0) && reference(pattern.slice(2), text.slice(1));
  }
  return (head === '?' || head === text.charAt(0)) && reference(pattern.slice(1), text.slice(1));
}

function referenceSet(
  pattern: string,
  text: string,
): { fits: boolean; length: number } | undefined {
  const set = /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern);
  if (set?.[1] === undefined || set[2] === undefined) return undefined;
  const listed = set[2].includes(text.charAt(0));
  return { fits: listed !== (set[1] !== ''), length: set[0].length };
}

const matches = (pattern: string, text: string): boolean => compileGlob(pattern).matches(text);

describe('compileGlob', () => {
  it.each([
    ['SSL_CTX*', 'SSL_CTX_new', true],
    ['SSL_CTX*', 'xSSL_CTX_new', false],
    ['*', '', true],
    ['*', 'a/b/.c', true],
    ['?', '/', true],
    ['?', '.', true],
    ['a?c', 'a/c', true],
    ['*.so', '.so', true],
    ['a[!b]c', 'a/c', true],
    ['a[/]c', 'a/c', true],
    ['a[.-0]c', 'a/c', true],
    ['a[!-/]c', 'a.c', true],
    ['a[!-/]c', 'a-c', false],
    ['a[ -/]c', 'a"c', true],
    ['a[!.-0]c', 'a/c', false],
    ['a[[:punct:]]c', 'a/c', true],
    ['a[[:alpha:]_]', 'a_', true],
    ['a[^[:digit:]]', 'a7', false],
    ['[]a]', ']', true],
    ['[!]a]', ']', false],
    ['[a-]', '-', true],
    ['[\\]]', ']', true],
    ['[\\\\]', '\\', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\d?', '5x', false],
    ['\\d?', 'dx', true],
    ['a{b,c}?', 'a{b,c}x', true],
    ['a{b,c}?', 'abx', false],
    ['+(a)?', '+(a)x', true],
    ['+(a)?', 'aax', false],
    ['@(a|b)?', 'ax', false],
    ['a|b?', 'a|bx', true],
    ['(a)?', 'ax', false],
    ['**?', 'a/b', true],
    ['./?', './x', true],
    ['./?', 'x', false],
    ['!a?', '!ax', true],
    ['!a?', 'bb', false],
    ['"a"?', '"a"x', true],
    ['a,b?', 'a,bx', true],
    ['A?', 'ab', false],
    ['a?', 'a\n', true],
    ['foo.part.?', 'foo.part.0', true],
    ['a?', 'ab/', false],
    ['[é-ü]?', 'öx', true],
    ['[é-ü]?', 'ax', false],
    ['[a-ü]?', 'ö/', true],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it('tells the one name that it fits', () => {
    expect(compileGlob('malloc').literal).toBe('malloc');
    expect(compileGlob('a\\*b').literal).toBe('a*b');
    expect(compileGlob('mallo?').literal).toBeUndefined();
    expect(compileGlob('**').fitsAll).toBe(true);
    expect(compileGlob('*a').fitsAll).toBe(false);
  });

  it('does what the definition says', () => {
    const characters = fc.constantFrom(...Array.from('ab/.-^$!{}()|+,"\\'));
    const text = fc.array(characters, { maxLength: 8 }).map((list) => list.join(''));
    const piece = fc.oneof(
      characters.map((character) => (character === '\\' ? '\\\\' : character)),
      characters.map((character) => `\\${character}`),
      fc.constantFrom(
        '*',
        '?',
        '[ab]',
        '[!ab]',
        '[^/]',
        '[].]',
        '[!]/]',
        '[a/.]',
        '[{}()]',
        '[$+]',
        '[|,"]',
      ),
    );
    const pattern = fc.array(piece, { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        expect(matches(glob, name)).toBe(reference(glob, name));
      }),
      { numRuns: 5000 },
    );
  });

  it('never takes more than linear time', () => {
    const glob = compileGlob(`${'*a?'.repeat(500)}*[!a]b`);
    const started = performance.now();
    expect(glob.matches('a'.repeat(100000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('places its errors in the whole expression', () => {
    expect(() => compileGlob('ab[c', 10)).toThrow(new PatternError("unmatched '['", 12));
    try {
      compileGlob('ab[c', 10);
    } catch (error) {
      expect((error as PatternError).at).toBe(12);
    }
  });
});
