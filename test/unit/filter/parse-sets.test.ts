import { UserError } from '../../../src/base/errors.js';
import { parseCallFilter, parseFunctionFilter } from '../../../src/filter/parse-filter.js';
import { parseSets } from '../../../src/filter/sets/parse-sets.js';
import type { FilterExpression, ModuleIdentity } from '../../../src/filter/symbol-filter.js';

const sets = (...texts: readonly string[]) =>
  parseSets(texts.map((text, index) => ({ path: `file${index + 1}`, text })));

const members = (text: string, name: string) =>
  sets(text)
    .get(name)
    ?.members.map(({ pattern }) => pattern);

function mistake(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'none';
}

const main: ModuleIdentity = { name: 'tst', path: '/tst', isMainProgram: true };
const libc: ModuleIdentity = { name: 'libc.so.6', path: '/lib/libc.so.6', isMainProgram: false };

/** Of these names, those that it takes from that module. */
function takes(filter: FilterExpression, names: readonly string[], caller = main) {
  return names.filter((name) => filter.judge({ symbol: { name }, caller }) === 'yes');
}

describe('a file of sets', () => {
  it('has a name, and patterns behind it and below', () => {
    const found = sets(
      '# Locks of ours.\n%locks: my_lock my_unlock\n# more\n\n  lock_*\n%b:\nx y\n',
    );
    expect([...found.values()].map(({ name, description }) => [name, description])).toEqual([
      ['locks', 'Locks of ours.'],
      ['b', ''],
    ]);
    expect(members('%locks: my_lock\n\tlock_*  my_lock', 'locks')).toEqual(['my_lock', 'lock_*']);
  });

  it('takes over another set, and may add to one of the same name', () => {
    expect(members('%a: f g\n%b: %a h', 'b')).toEqual(['f', 'g', 'h']);
    const found = sets('%a: f', '%a: %a g', '%c: %a');
    expect(found.get('a')?.members).toHaveLength(2);
    expect(found.get('c')?.members).toHaveLength(2);
  });

  it('keeps the words of a set that is extended without any', () => {
    const described = (...texts: readonly string[]) => sets(...texts).get('a')?.description;
    expect(described('# Locks.\n%a: f', '%a: %a g')).toBe('Locks.');
    expect(described('# Locks.\n%a: f\n%a: %a g')).toBe('Locks.');
    expect(described('# Locks.\n%a: f', '# More locks.\n%a: %a g')).toBe('More locks.');
  });

  it.each([
    ['f g', "file1:1: a set begins with its name: '%mine:'"],
    ['%a: f\n%b: %other', "file1:2: there is no set '%other' (there are %a)"],
    ['%memory: f\n%b: %memroy', "file1:2: there is no set '%memroy'; did you mean %memory?"],
    ['%a: %a', "file1:1: there is no set '%a' (there are none)"],
    ['\n%a: f[x', "file1:2: 'f[x': unmatched '['"],
    ['%a: f,g', "file1:1: 'f,g': ',' joins nothing: white space stands between patterns"],
    ['%a: x\nf|g*', "file1:2: 'f|g*': '|' joins nothing: white space stands between patterns"],
    ['%a: /f\\(/', "file1:1: '/f\\(/': unmatched '\\('"],
    ['%a:\n# nothing\n%b: f', 'file1:3: the set %a is empty'],
    ['%a:', 'file1:1: the set %a is empty'],
    ['%a: f\x1b[', "file1:1: 'f\\x1b[': unmatched '['"],
  ])('says where the mistake is in %j', (text, message) => {
    expect(mistake(() => sets(text))).toBe(message);
  });
});

describe('a set in a filter', () => {
  const known = sets('%mem: malloc free g_*\n%cpp: ns::*\n%re: /^str.*/');
  const parsing = {
    sets: () => known,
    demangle: (name: string) => (name === '_ZN2ns1fEi' ? 'ns::f(int)' : undefined),
  };
  const filter = (text: string) => parseCallFilter(text, parsing);
  const names = ['malloc', 'malloc2', 'free', 'g_new', 'puts', '_ZN2ns1fEi', 'strlen'];

  it('stands for all of its functions', () => {
    expect(takes(filter('%mem'), names)).toEqual(['malloc', 'free', 'g_new']);
    expect(takes(filter('%cpp'), names)).toEqual(['_ZN2ns1fEi']);
    expect(takes(filter('%re'), names)).toEqual(['strlen']);
  });

  it('is a rule as any other: in chains, with libraries, with arrows', () => {
    expect(takes(filter('%mem+puts-free'), names)).toEqual(['malloc', 'g_new', 'puts']);
    expect(takes(filter('@MAIN-%mem'), names)).toHaveLength(names.length - 3);
    expect(takes(filter('-%mem'), names)).toHaveLength(names.length - 3);
    expect(takes(filter('%mem@libc.so*'), names)).toEqual([]);
    expect(takes(filter('%mem@libc.so*'), names, libc)).toEqual(['malloc', 'free', 'g_new']);
    expect(takes(filter('libc.so.6->%mem'), names, libc)).toEqual(['malloc', 'free', 'g_new']);
    const entry = parseFunctionFilter('%mem@libc.so.6', parsing);
    expect(entry.judge({ symbol: { name: 'free' }, callee: libc })).toBe('yes');
    expect(entry.judge({ symbol: { name: 'free' }, callee: main })).toBe('no');
  });

  it('lets tables be searched by what names begin with', () => {
    expect(filter('%mem').namePrefixes).toEqual(['malloc', 'free', 'g_']);
    expect(filter('%cpp').namePrefixes).toBeUndefined();
    expect(filter('%cpp').rules[0]?.readsNames).toBe(false);
  });

  it('fits names that the trace shows in place of others', () => {
    const shownNames = () => new Map([['ctl', ['g_set', 'g_get']]]);
    const expression = parseCallFilter('%mem', { ...parsing, shownNames });
    const call = { symbol: { name: 'ctl' }, caller: main };
    expect(expression.judge(call)).toBe('open');
    expect(expression.judge({ ...call, shownAs: 'g_set' })).toBe('yes');
    expect(expression.judge({ ...call, shownAs: 'ctl' })).toBe('no');
  });

  it.each([
    ['%men', /there is no set '%men'; did you mean %mem\? at column 1/],
    ['puts+%zzzzzz', /there is no set '%zzzzzz' \(there are %mem %cpp %re\) at column 6/],
    ['%mem*', /there is no set '%mem\*'/],
    ['%', /there is no set '%' \(there are/],
  ])('is refused where there is none: %s', (text, message) => {
    expect(mistake(() => filter(text))).toMatch(message);
  });

  it('is no pattern behind a backslash or in a regular expression', () => {
    expect(takes(filter('\\%mem'), ['%mem', 'free'])).toEqual(['%mem']);
    expect(takes(filter('/%mem/'), ['%mem', 'free'])).toEqual(['%mem']);
  });
});
