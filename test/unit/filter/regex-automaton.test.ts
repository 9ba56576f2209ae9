import fc from 'fast-check';
import { parseBasicRegex } from '../../../src/filter/basic-regex.js';
import { PatternError } from '../../../src/filter/pattern-error.js';
import { compileAutomaton } from '../../../src/filter/regex-automaton.js';

const matches = (source: string, text: string): boolean =>
  compileAutomaton(parseBasicRegex(source)).matches(text);

describe('basic regular expressions', () => {
  it.each([
    ['f.*', 'func', true],
    ['f.*', 'xf', false],
    ['a\\{2,3\\}', 'aa', true],
    ['a\\{2,3\\}', 'aaaa', false],
    ['a\\{2\\}', 'aaa', false],
    ['a\\{2,\\}', 'aaaaa', true],
    ['a\\{,2\\}', '', true],
    ['\\(ab\\)*c', 'ababc', true],
    ['\\(ab\\|cd\\)\\+', 'abcd', true],
    ['ab\\?c', 'ac', true],
    ['a+', 'a+', true],
    ['a+', 'aa', false],
    ['a|b', 'a|b', true],
    ['(a)', '(a)', true],
    ['a{2}', 'a{2}', true],
    ['*a', '*a', true],
    ['\\(*a\\)', '*a', true],
    ['^*a', '*ab', true],
    ['a\\.b', 'a.b', true],
    ['a\\.b', 'axb', false],
    ['[[:upper:]_]*', 'SSL_CTX', true],
    ['[^a]b', 'bb', true],
    ['[\\n]', 'n', true],
    ['[]a]*', ']a]', true],
    ['\\w*', 'a_1', true],
    ['\\W', '-', true],
    ['\\s\\S', ' x', true],
    ['a^b$c', 'a^b$c', true],
    ['^a$', 'a', true],
    ['^a$', 'ab', false],
    ['^a\\|b$', 'ax', true],
    ['^a\\|b$', 'xb', true],
    ['', '', true],
    ['', 'a', false],
    ['a**', 'aaa', true],
    ['\\(a*\\)*b', 'aab', true],
  ])('%s on %j: %s', (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });

  it.each([
    '\\(a',
    'a\\)',
    '[a',
    'a\\',
    '\\(a\\)\\1',
    'a\\{',
    'a\\{3,2\\}',
    'a\\{256\\}',
    '\\(^a\\)',
    '\\(a$\\)',
    '\\bx',
    'x\\{9,1\\}',
  ])('refuses %s', (source) => {
    expect(() => parseBasicRegex(source)).toThrow(PatternError);
  });

  it('agrees with RegExp', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]');
    const part = fc
      .tuple(atom, fc.constantFrom('', '*', '\\{1,2\\}', '\\?', '\\+'))
      .map(([a, r]) => a + r);
    const sequence = fc.array(part, { maxLength: 4 }).map((list) => list.join(''));
    const source = fc.oneof(
      sequence,
      fc.tuple(sequence, sequence).map(([a, b]) => `${a}\\|${b}`),
      fc.tuple(sequence, sequence, sequence).map(([a, b, c]) => `\\(${a}\\|${b}\\)*${c}`),
    );
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 })
      .map((list) => list.join(''));
    fc.assert(
      fc.property(source, text, (regex, name) => {
        const same = new RegExp(`^(?:${regex.replace(/\\([(){}|?+])/g, '$1')})$`);
        expect(matches(regex, name)).toBe(same.test(name));
      }),
      { numRuns: 3000 },
    );
  });

  it('is not slowed by what makes a backtracking matcher explode', () => {
    const started = performance.now();
    for (const source of ['\\(a*\\)*b', '\\(a\\|a\\)*b', '\\(a\\|aa\\)*b', '.*.*.*.*.*.*b']) {
      expect(matches(source, 'a'.repeat(20000))).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('stays right when there are more state sets than it remembers', () => {
    // The eleventh character from the end is an a: a deterministic automaton has 2^11 states.
    const automaton = compileAutomaton(parseBasicRegex(`.*a${'.'.repeat(10)}`));
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b'), { maxLength: 300 }), (list) => {
        const text = list.join('');
        expect(automaton.matches(text)).toBe(text.at(-11) === 'a');
      }),
      { numRuns: 300 },
    );
  });
});
