import fc from 'fast-check';
import { UserError } from '../../../src/base/errors.js';
import { ALL_OPTIONS, takesArgument } from '../../../src/cli/options/all-options.js';
import { ParsedOptions } from '../../../src/cli/parsed-options.js';

const parse = (...words: readonly string[]): ParsedOptions => new ParsedOptions(words);

function message(...words: readonly string[]): string {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof UserError && error.status === 'usage') return error.message;
    throw error;
  }
  return 'no error';
}

describe('ParsedOptions', () => {
  it('reads an argument that is glued, apart, or behind =', () => {
    for (const words of [
      ['-efoo'],
      ['-e', 'foo'],
      ['--calls=foo'],
      ['--calls', 'foo'],
      ['--cal=foo'],
    ]) {
      expect(parse(...words, 'ls').all('calls')).toEqual(['foo']);
      expect(parse(...words, 'ls').operands).toEqual(['ls']);
    }
    expect(parse('-A5', '-s80').integer('array-limit')).toBe(5);
    expect(parse('-A5', '-s80').integer('string-limit')).toBe(80);
  });

  it('reads clusters, the last of which may take an argument', () => {
    const options = parse('-fcoFILE', '-ttCn', '2', 'ls');
    expect(options.count('follow')).toBe(1);
    expect(options.has('summary')).toBe(true);
    expect(options.last('output')).toBe('FILE');
    expect(options.count('timestamps')).toBe(2);
    expect(options.has('demangle')).toBe(true);
    expect(options.integer('indent')).toBe(2);
    expect(options.operands).toEqual(['ls']);
  });

  it('stops at the command and leaves its words alone', () => {
    const words = ['-f', 'cmd', '-c', '--help', '--', '-x', ''];
    expect(parse(...words).operands).toEqual(words.slice(1));
    expect(parse(...words).has('summary')).toBe(false);
    expect(parse('-f', '--', '-c').operands).toEqual(['-c']);
    expect(parse('-').operands).toEqual(['-']);
    expect(parse('').operands).toEqual(['']);
  });

  it('takes the next word as the argument whatever it looks like', () => {
    expect(parse('-e', '-malloc', 'ls').all('calls')).toEqual(['-malloc']);
    expect(parse('-e', '--', 'ls').all('calls')).toEqual(['--']);
    expect(parse('--calls', '', 'ls').all('calls')).toEqual(['']);
  });

  it('keeps every value of what may be repeated, in order, and the last of the others', () => {
    expect(parse('-ea', '-e', 'b', '--calls=c').all('calls')).toEqual(['a', 'b', 'c']);
    expect(parse('-s1', '-s2').integer('string-limit')).toBe(2);
    expect(parse('-f', '-f').count('follow')).toBe(2);
    expect(parse('-p', '1,2', '-p', '3').all('attach')).toEqual(['1,2', '3']);
  });

  it('lets some long options stand alone', () => {
    const options = parse('--color', '--debug', 'ls');
    expect(options.last('color')).toBe('always');
    expect(options.last('debug')).toBe('all');
    expect(options.operands).toEqual(['ls']);
    expect(parse('--color=never').last('color')).toBe('never');
  });

  it('reads integers as C does', () => {
    const values = ['0x14', '020', '0', '32', '+7'].map((text) =>
      parse('-s', text).integer('string-limit'),
    );
    expect(values).toEqual([20, 16, 0, 32, 7]);
  });

  it.each([
    [['-n', '30'], "-n: '30' is not an integer from 0 to 20"],
    [['-a', 'x'], "-a: 'x' is not an integer from 0 to 10000"],
    [['-s', '-1'], "-s: '-1' is not an integer from 0 to 2147483647"],
    [['-s', '089'], "-s: '089' is not an integer from 0 to 2147483647"],
    [['-w', '0'], "-w: '0' is not an integer from 1 to 100000"],
    [['-q'], "unknown option '-q'"],
    [['-fq'], "unknown option '-q'"],
    [['--nothing'], "unknown option '--nothing'"],
    [['--=x'], "unknown option '--'"],
    [
      ['--s'],
      "option '--s' could be any of --sets, --syscalls, --successful-only, --string-limit, --show-secrets, --summary, --sort, --summary-format, --save-baseline",
    ],
    [['--follow=1'], '--follow takes no argument'],
    [['-o'], '-o needs an argument (FILE)'],
    [['--output'], '--output needs an argument (FILE)'],
    [
      ['--format', 'xml'],
      "--format: 'xml' is none of text, json, chrome, html, folded, speedscope",
    ],
    [['--no\nthing'], "unknown option '--no\\x0athing'"],
  ])('refuses %j', (words, expected) => {
    expect(message(...words)).toBe(expected);
  });

  it('prefers the whole name to others that it begins', () => {
    expect(parse('--follow').count('follow')).toBe(1);
    expect(parse('--summary').has('summary')).toBe(true);
  });

  it('hands on values as they are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom('"a"', "'b'", '-x', '--help', 'a=b', '1', 'true', ''),
          ),
        ),
        (values) => {
          expect(parse(...values.flatMap((value) => ['-e', value])).all('calls')).toEqual(values);
          expect(parse(...values.map((value) => `--calls=${value}`)).all('calls')).toEqual(values);
        },
      ),
    );
  });

  it('reads any words at all, or says in one line why not', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...ALL_OPTIONS.map(({ name }) => `--${name}`)),
      fc.string().map((text) => `-${text}`),
      fc.constantFrom(
        '--',
        '-',
        '-tt',
        '-fco',
        '__proto__',
        '--__proto__',
        '--constructor=1',
        '-s9',
      ),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          const options = parse(...words);
          expect(words.slice(words.length - options.operands.length)).toEqual(options.operands);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as UserError).message).not.toMatch(/[\n\0]/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the declarations', () => {
  it('name each option once', () => {
    const names = ALL_OPTIONS.flatMap(({ name, letter }) => [name, letter ?? name]);
    const letters = ALL_OPTIONS.map(({ letter }) => letter).filter(
      (letter) => letter !== undefined,
    );
    expect(new Set(ALL_OPTIONS.map(({ name }) => name)).size).toBe(ALL_OPTIONS.length);
    expect(new Set(letters).size).toBe(letters.length);
    expect(names).not.toContain('');
  });

  it('have all letters of ltrace', () => {
    const letters = ALL_OPTIONS.map(({ letter }) => letter).filter(
      (letter) => letter !== undefined,
    );
    expect(letters).toEqual(expect.arrayContaining(Array.from('aAbcCDeFfhilLnoprsStTuVwx')));
  });

  it('have a placeholder exactly where there is an argument', () => {
    for (const option of ALL_OPTIONS) {
      const kind = option.value.kind;
      expect(takesArgument(option)).toBe(kind !== 'flag' && kind !== 'count');
    }
  });
});
