import fc from 'fast-check';
import { UserError } from '../../../src/base/errors.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
} from '../../../src/filter/parse-filter.js';
import {
  NOWHERE,
  type FilterExpression,
  type ModuleIdentity,
  type SymbolIdentity,
} from '../../../src/filter/symbol-filter.js';

const main: ModuleIdentity = { name: 'tst', path: '/home/me/tst', isMainProgram: true };
const libtst = library('libtst.so');
const libc = library('libc.so.6', '/usr/lib/x86_64-linux-gnu/libc.so.6');
const loader = library('ld-linux-x86-64.so.2', '/usr/lib64/ld-linux-x86-64.so.2');
const libstdcxx = library('libstdc++.so.6', '/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30');
const all = [main, libtst, libc];

function library(name: string, path = `/usr/lib/${name}`): ModuleIdentity {
  return { name, path, isMainProgram: false };
}

/** Of `-e`: does it take the calls of this module? */
function takes(filter: FilterExpression, symbol: SymbolIdentity, caller: ModuleIdentity): boolean {
  return filter.judge({ symbol, caller }) === 'yes';
}

/** Of `-l` and `-x`. */
function takesOf(
  filter: FilterExpression,
  symbol: SymbolIdentity,
  callee: ModuleIdentity,
): boolean {
  return filter.judge({ symbol, callee }) === 'yes';
}

function matched(text: string, names: readonly string[], modules = all): readonly string[] {
  const filter = parseCallFilter(text);
  return modules.flatMap((module) =>
    names.filter((name) => takes(filter, { name }, module)).map((n) => `${n}@${module.name}`),
  );
}

function userError(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseCallFilter', () => {
  it('takes a bare name from every module', () => {
    expect(matched('malloc', ['malloc', 'mallocx', 'xmalloc'])).toEqual([
      'malloc@tst',
      'malloc@libtst.so',
      'malloc@libc.so.6',
    ]);
  });

  it('applies + and - from left to right', () => {
    expect(matched('malloc+free', ['malloc', 'free', 'puts'], [main])).toEqual([
      'malloc@tst',
      'free@tst',
    ]);
    expect(matched('m*-malloc', ['malloc', 'memcpy'], [main])).toEqual(['memcpy@tst']);
    expect(matched('malloc-malloc', ['malloc'])).toEqual([]);
    expect(matched('-m*+malloc', ['malloc', 'memcpy', 'puts'], [main])).toEqual([
      'malloc@tst',
      'puts@tst',
    ]);
  });

  it('lets a leading - or ! take away from everything', () => {
    expect(matched('-malloc', ['malloc', 'puts'], [main, libc])).toEqual([
      'puts@tst',
      'puts@libc.so.6',
    ]);
    expect(matched('!malloc', ['malloc', 'puts'], [main])).toEqual(['puts@tst']);
    expect(matched('-@MAIN', ['puts'])).toEqual(['puts@libtst.so', 'puts@libc.so.6']);
  });

  it('ignores a + at either end', () => {
    expect(matched('+malloc', ['malloc', 'puts'], [main])).toEqual(['malloc@tst']);
    expect(matched('malloc+', ['malloc', 'puts'], [main])).toEqual(['malloc@tst']);
  });

  it('takes nothing for an empty expression and everything for @', () => {
    expect(matched('', ['puts'])).toEqual([]);
    expect(matched('@', ['puts'], [main])).toEqual(['puts@tst']);
  });

  it('tells modules by SONAME and the program as MAIN', () => {
    expect(matched('@MAIN', ['puts'])).toEqual(['puts@tst']);
    expect(matched('@libtst.so', ['puts'])).toEqual(['puts@libtst.so']);
    expect(matched('@libc.so*', ['puts'])).toEqual(['puts@libc.so.6']);
    expect(matched('@libc.so', ['puts'])).toEqual([]);
    expect(matched('puts@tst', ['puts'])).toEqual(['puts@tst']);
    expect(matched('add@MAIN+func*@libtst.so-func_g*', ['add', 'func_a', 'func_g'])).toEqual([
      'add@tst',
      'func_a@libtst.so',
    ]);
    expect(matched('@MAIN-p*', ['puts', 'add'])).toEqual(['add@tst']);
    expect(matched('func*@', ['func1'], [libtst])).toEqual(['func1@libtst.so']);
  });

  it('takes ^MAIN, [M]AIN and /MAIN/ for a library of that name', () => {
    const named = library('MAIN');
    for (const text of ['@^MAIN', '@[M]AIN', '@/MAIN/', '@\\MAIN']) {
      expect(matched(text, ['f'], [main, named])).toEqual(['f@MAIN']);
    }
  });

  it('takes ^ and $ around a glob as anchors', () => {
    expect(matched('^puts', ['puts', 'fputs'], [main])).toEqual(['puts@tst']);
    expect(matched('p*s$', ['puts', 'putsx'], [main])).toEqual(['puts@tst']);
    expect(matched('cost\\$', ['cost$', 'cost'], [main])).toEqual(['cost$@tst']);
  });

  it('matches /regex/ against the whole name', () => {
    expect(matched('/f/', ['f', 'func', 'if'], [main])).toEqual(['f@tst']);
    expect(matched('/f.*/', ['f', 'func', 'if'], [main])).toEqual(['f@tst', 'func@tst']);
    expect(matched('/puts\\|malloc/', ['puts', 'malloc', 'mallocx'], [main])).toEqual([
      'puts@tst',
      'malloc@tst',
    ]);
    expect(matched('/func.*@.*tst.*/', ['func1', 'puts'])).toEqual([
      'func1@tst',
      'func1@libtst.so',
    ]);
    expect(matched('@/.*libtst.*/', ['puts'])).toEqual(['puts@libtst.so']);
  });

  it('frees the other end where a regex is anchored', () => {
    expect(matched('/^f/', ['f', 'func', 'if'], [main])).toEqual(['f@tst', 'func@tst']);
    expect(matched('/puts$/', ['puts', 'fputs', 'putsx'], [main])).toEqual([
      'puts@tst',
      'fputs@tst',
    ]);
  });

  it('does not split inside sets, escapes and regular expressions', () => {
    expect(matched('[a-c]*', ['abs', 'calloc', 'free'], [main])).toEqual(['abs@tst', 'calloc@tst']);
    expect(matched('p[!xyz]ts', ['puts', 'pyts'], [main])).toEqual(['puts@tst']);
    expect(matched('a[+@-]b', ['a+b', 'a-b', 'a@b', 'ab'], [main])).toHaveLength(3);
    expect(matched('operator\\-\\>', ['operator->'], [main])).toHaveLength(1);
    expect(matched('/a-b+c/', ['a-b+c'], [main])).toHaveLength(1);
    expect(matched('/[/@]x/', ['/x', '@x', 'x'], [main])).toHaveLength(2);
  });

  it('knows the - and + of library names from operators', () => {
    expect(matched('@ld-linux-x86-64.so.2', ['f'], [loader, libc])).toHaveLength(1);
    expect(matched('-@ld-linux-x86-64.so.2', ['f'], [loader, libc])).toEqual(['f@libc.so.6']);
    expect(matched('@libstdc++.so.6+malloc@MAIN', ['f', 'malloc'], [libstdcxx, main])).toEqual([
      'f@libstdc++.so.6',
      'malloc@libstdc++.so.6',
      'malloc@tst',
    ]);
    expect(matched('@libc.so.6-malloc', ['malloc', 'free'], [libc])).toEqual(['free@libc.so.6']);
  });

  it('compares a library that begins with a slash with the path', () => {
    const path = '@/usr/lib/x86_64-linux-gnu/libc.so.6';
    expect(matched(path, ['f'], [libc, loader])).toEqual(['f@libc.so.6']);
    expect(matched(`malloc${path}-free`, ['malloc', 'free'], [libc])).toEqual(['malloc@libc.so.6']);
    expect(matched('@/usr/lib/*', ['f'], [libc, main])).toEqual(['f@libc.so.6']);
    expect(matched('@/lib/libc.so.6', ['f'], [libc])).toEqual([]);
  });

  it('follows links of paths where it is told how', () => {
    const paths = (path: string): string => path.replace(/^\/lib\//, '/usr/lib/');
    const written = parseCallFilter('@/lib/x86_64-linux-gnu/libc.so.6', { paths });
    expect(written.canBeCaller(libc)).toBe(true);
    const linked = parseCallFilter('@/usr/lib/libz.so.1', { paths });
    expect(linked.canBeCaller(library('libz.so.1', '/lib/libz.so.1'))).toBe(true);
  });

  it('selects versions', () => {
    const filter = parseCallFilter('SSL_*@@OPENSSL_3*@libssl.so.3');
    const libssl = library('libssl.so.3');
    expect(takes(filter, { name: 'SSL_new', version: 'OPENSSL_3.0.0' }, libssl)).toBe(true);
    expect(takes(filter, { name: 'SSL_new', version: 'OPENSSL_1_1_0' }, libssl)).toBe(false);
    expect(takes(filter, { name: 'SSL_new' }, libssl)).toBe(false);
    expect(takes(filter, { name: 'SSL_new', version: 'OPENSSL_3.0.0' }, main)).toBe(false);
    const anyName = parseCallFilter('@@GLIBC_2.34');
    expect(takes(anyName, { name: 'f', version: 'GLIBC_2.34' }, main)).toBe(true);
  });

  it('matches demangled names, with or without parameters', () => {
    const demangle = (name: string) => (name === '_ZN2ns1fEi' ? 'ns::f(int)' : undefined);
    const matches = (text: string): boolean =>
      takes(parseCallFilter(text, { demangle }), { name: '_ZN2ns1fEi' }, main);
    expect(matches('ns::f')).toBe(true);
    expect(matches('ns::f(int)')).toBe(true);
    expect(matches('ns::*')).toBe(true);
    expect(matches('/ns::[fg]/')).toBe(true);
    expect(matches('ns::g')).toBe(false);
  });

  it('asks for demangled names only when a rule needs them', () => {
    const demangle = (): string => {
      throw new Error('asked');
    };
    const filter = parseCallFilter('_ZN*+/\\(a\\)/', { demangle });
    expect(takes(filter, { name: '_ZN2ns1fEi' }, main)).toBe(true);
  });
});

describe('a name as the trace shows it', () => {
  const libssl = library('libssl.so.3');
  const modules = [main, libtst, libssl, loader, libstdcxx, NOWHERE];

  /** Caller and callee of the calls of `f` that the filter takes. */
  function callsOf(text: string, parse = parseCallFilter): readonly string[] {
    const filter = parse(text);
    return modules.flatMap((caller) =>
      modules.flatMap((callee) =>
        filter.judge({ symbol: { name: 'f' }, shownAs: 'f', caller, callee }) === 'yes'
          ? [`${caller.name}->${callee.name}`]
          : [],
      ),
    );
  }
  const from = (caller: ModuleIdentity) =>
    modules.map((callee) => `${caller.name}->${callee.name}`);

  it('may have its caller before it', () => {
    expect(callsOf('tst->f')).toEqual(from(main));
    expect(callsOf('MAIN->f')).toEqual(from(main));
    expect(callsOf('libtst.so->*')).toEqual(from(libtst));
    expect(callsOf('ld-linux-x86-64.so.2->f')).toEqual(from(loader));
    expect(callsOf('libstdc++.so.6->f')).toEqual(from(libstdcxx));
    expect(callsOf('?->f')).toEqual(from(NOWHERE));
    expect(callsOf('/lib.*st.*/->f')).toEqual([...from(libtst), ...from(libstdcxx)]);
    expect(callsOf('/usr/lib64/ld-linux-x86-64.so.2->f')).toEqual(from(loader));
    expect(callsOf('->f')).toHaveLength(modules.length ** 2);
    expect(callsOf('tst->g')).toEqual([]);
  });

  it('may have the library that is called behind it, too', () => {
    const expected = ['tst->libssl.so.3'];
    expect(callsOf('f@tst->libssl*')).toEqual(expected);
    expect(callsOf('f*@MAIN->libssl.so.3')).toEqual(expected);
    expect(callsOf('tst->f@libssl*')).toEqual(expected);
    expect(callsOf('@tst->libssl*')).toEqual(expected);
    expect(callsOf('f@->libssl*')).toHaveLength(modules.length);
    expect(callsOf('f@ld-linux-x86-64.so.2->ld-linux-x86-64.so.2')).toEqual([
      'ld-linux-x86-64.so.2->ld-linux-x86-64.so.2',
    ]);
    expect(callsOf('f@libstdc++.so.6->/.*ssl.*/')).toEqual(['libstdc++.so.6->libssl.so.3']);
    for (const text of ['f@tst->libssl*', 'tst->f@libssl*']) {
      expect(callsOf(text, parseFunctionFilter)).toEqual(expected);
    }
  });

  it('stands in chains like any other', () => {
    expect(callsOf('g+tst->f+h@libtst.so')).toEqual(from(main));
    expect(callsOf('tst->f-f@MAIN->libssl*')).toEqual(
      from(main).filter((call) => !call.endsWith('libssl.so.3')),
    );
    expect(callsOf('tst->f+libtst.so->f')).toEqual([...from(main), ...from(libtst)]);
    expect(callsOf('f@MAIN->libssl.so.3+f@libtst.so->libssl.so.3')).toEqual([
      'tst->libssl.so.3',
      'libtst.so->libssl.so.3',
    ]);
    expect(callsOf('!->f')).toEqual([]);
  });

  it('keeps the hyphens of its caller', () => {
    const git = { ...main, name: 'git-remote-https' };
    for (const text of ['git-remote-https->f', 'f@git-remote-https->libssl*']) {
      const filter = parseCallFilter(text);
      const call = { symbol: { name: 'f' }, caller: git, callee: libssl };
      expect(filter.judge(call)).toBe('yes');
      expect(filter.rules).toHaveLength(1);
    }
  });

  it.each([
    ['_ZN2ns1AplERKS0_', 'ns::A::operator+(ns::A const&)'],
    ['_ZN2ns1AmIERKS0_', 'ns::A::operator-=(ns::A const&)'],
    ['_ZN2ns1AptEv', 'ns::A::operator->()'],
    ['_ZN2ns1AmmEv', 'ns::A::operator--()'],
    ['_ZN2ns1AixEi', 'ns::A::operator[](int)'],
    ['_ZN2ns1AcmEi', 'ns::A::operator,(int)'],
    ['_ZN2ns1AooEi', 'ns::A::operator||(int)'],
    ['_Znam', 'operator new[](unsigned long)'],
    ['_ZN2ns1fB5cxx11Ev', 'ns::f[abi:cxx11]()'],
    ['_ZNSolsEi', 'std::ostream::operator<<(int)'],
    [
      '_ZNSt6vectorIiSaIiEE9push_backERKi',
      'std::vector<int, std::allocator<int> >::push_back(int const&)',
    ],
    ['_ZN12_GLOBAL__N_13runEv', '(anonymous namespace)::run()'],
    ['_ZN4core3fmt9Formatter9write_str17h0123456789abcdefE', 'core::fmt::Formatter::write_str'],
    [
      '_ZN45_$LT$$u5b$u8$u5d$$u20$as$u20$ns..Trait$GT$3run17h0123456789abcdefE',
      '<[u8] as ns::Trait>::run',
    ],
  ])('may be that of %s', (name, readable) => {
    const filter = parseCallFilter(readable, {
      demangle: (asked) => (asked === name ? readable : undefined),
    });
    expect(filter.rules).toHaveLength(1);
    expect(takes(filter, { name }, main)).toBe(true);
    expect(takes(filter, { name: 'other' }, main)).toBe(false);
  });

  it('may be none of its own', () => {
    const shown = new Map([['ctrl', ['set_mode', 'get_mode']]]);
    const parse = (text: string) => parseCallFilter(text, { shownNames: () => shown });
    const judged = (text: string, shownAs?: string) =>
      parse(text).judge({ symbol: { name: 'ctrl' }, caller: main, ...(shownAs && { shownAs }) });
    for (const text of ['set_mode', 'set_*', '/set.*/', 'set_mode@tst', 'tst->set_mode']) {
      expect(judged(text)).toBe('open');
      expect(judged(text, 'set_mode')).toBe('yes');
      expect(judged(text, 'get_mode')).toBe('no');
      expect(judged(text, 'ctrl')).toBe('no');
    }
    expect(judged('ctrl')).toBe('yes');
    expect(judged('*_mode+c*')).toBe('yes');
    expect(judged('ctrl-set_mode')).toBe('open');
    expect(judged('ctrl-set_mode', 'set_mode')).toBe('no');
    expect(judged('ctrl-set_mode', 'ctrl')).toBe('yes');
    expect(judged('set_mode@libtst.so')).toBe('no');
    expect(parse('set_mode').namePrefixes).toEqual(['set_mode', 'ctrl']);
    expect(parse('set_mode').dependsOnShownName({ name: 'ctrl' })).toBe(true);
    expect(parse('ctrl').dependsOnShownName({ name: 'ctrl' })).toBe(false);
  });

  it('is asked for by nobody who names no functions', () => {
    const shownNames = (): never => {
      throw new Error('asked');
    };
    expect(parseCallFilter('@MAIN-@libtst.so', { shownNames }).rules).toHaveLength(2);
  });
});

describe('what a filter tells the engine', () => {
  it('knows what names begin with', () => {
    const prefixes = (text: string) => parseCallFilter(text).namePrefixes;
    expect(prefixes('SSL_CTX*@*+fre?-free')).toEqual(['SSL_CTX', 'fre']);
    expect(prefixes('^malloc$@MAIN')).toEqual(['malloc']);
    expect(prefixes('a\\*b+caf\u00e9*')).toEqual(['a*b', 'caf']);
    expect(prefixes('[ab]c')).toBeUndefined();
    expect(prefixes('*')).toBeUndefined();
    expect(prefixes('/^SSL/')).toBeUndefined();
    expect(prefixes('ns::f')).toBeUndefined();
    expect(prefixes('@MAIN')).toBeUndefined();
    expect(prefixes('-malloc')).toBeUndefined();
  });

  it('rules out modules', () => {
    expect(parseCallFilter('malloc@MAIN').canBeCaller(libc)).toBe(false);
    expect(parseCallFilter('malloc@MAIN').canBeCaller(main)).toBe(true);
    expect(parseCallFilter('malloc-@libc*').canBeCaller(libc)).toBe(false);
    expect(parseCallFilter('malloc-free@libc*').canBeCaller(libc)).toBe(true);
    expect(parseCallFilter('-@MAIN').canBeCaller(main)).toBe(false);
  });

  it('keeps its rules for reports', () => {
    const { rules } = parseCallFilter('-malloc+free@libc.so.6');
    expect(rules.map(({ text, effect }) => `${effect} ${text}`)).toEqual([
      'unmark malloc',
      'mark free@libc.so.6',
    ]);
    expect(rules[1]?.fits({ symbol: { name: 'free' }, caller: libc })).toBe('yes');
  });
});

describe('parseFunctionFilter', () => {
  it('takes addresses', () => {
    const filter = parseFunctionFilter('0x1234@libtst.so+0xff');
    expect(filter.addressesIn(libtst)).toEqual([0x1234]);
    expect(filter.addressesIn(main)).toEqual([0xff]);
    expect(filter.canBeCallee(libtst)).toBe(true);
    expect(filter.canBeCallee(libc)).toBe(false);
    expect(takesOf(filter, { name: '0x1234' }, libtst)).toBe(true);
    expect(takesOf(filter, { name: '0x12' }, libtst)).toBe(false);
    expect(filter.rules[0]?.address).toBe(0x1234);
    expect(filter.namePrefixes).toEqual([]);
  });

  it('unmarks addresses', () => {
    expect(parseFunctionFilter('0x10+0x20-0x10').addressesIn(main)).toEqual([0x20]);
  });
});

describe('parseLibraryFilter', () => {
  function fits(text: string, module: ModuleIdentity): boolean {
    return takesOf(parseLibraryFilter(text), { name: 'f' }, module);
  }

  it('has no operators', () => {
    expect(fits('libc.so.6', libc)).toBe(true);
    expect(fits('ld-linux*', loader)).toBe(true);
    expect(fits('libstdc++.so.6', libstdcxx)).toBe(true);
    expect(fits('/libc.*/', libc)).toBe(true);
    expect(fits('MAIN', main)).toBe(true);
    expect(fits('/usr/lib*/ld-*', loader)).toBe(true);
    expect(fits('libz*', libc)).toBe(false);
  });
});

describe('mistakes in filters', () => {
  it.each([
    ['ma[lloc', "-e 'ma[lloc': unmatched '[' at column 3: ma>>>[lloc"],
    ['/abc', "-e '/abc': unmatched '/' in symbol name at column 1: >>>/abc"],
    ['a+-b', "-e 'a+-b': a rule is missing after '+' at column 3: a+>>>-b"],
    ['a-', "-e 'a-': a rule is missing after '-' at column 3: a->>>"],
    ['-', "-e '-': a rule is missing after '-' at column 2: ->>>"],
    ['a@b@c', "-e 'a@b@c': unexpected '@' at column 4: a@b>>>@c"],
    ['/a/b', "-e '/a/b': unexpected 'b' at column 4: /a/>>>b"],
    ['a\\', "-e 'a\\': '\\' with nothing after it at column 2: a>>>\\"],
    ['[z-a]', "-e '[z-a]': range runs backwards at column 2: [>>>z-a]"],
    ['[[:nope:]]', "-e '[[:nope:]]': unknown character class 'nope' at column 2: [>>>[:nope:]]"],
    ['x+/\\(a/', "-e 'x+/\\(a/': unmatched '\\(' at column 4: x+/>>>\\(a/"],
    [
      '/\\(a\\)\\1/',
      "-e '/\\(a\\)\\1/': back-references are not supported at column 7: /\\(a\\)>>>\\1/",
    ],
    ['a@@', "-e 'a@@': a version is missing after '@@' at column 4: a@@>>>"],
    ['0x10', "-e '0x10': an address needs -x at column 1: >>>0x10"],
    [
      'malloc,free',
      "-e 'malloc,free': ',' joins nothing: rules are joined by '+' at column 7: malloc>>>,free",
    ],
    [
      '{malloc,free}',
      "-e '{malloc,free}': ',' joins nothing: rules are joined by '+' at column 8: {malloc>>>,free}",
    ],
    [
      'a|b@MAIN',
      "-e 'a|b@MAIN': '|' joins nothing: rules are joined by '+' at column 2: a>>>|b@MAIN",
    ],
    ['f@tst->', "-e 'f@tst->': a library is missing after '->' at column 8: f@tst->>>>"],
    ['a\nb[', "-e 'a\\x0ab[': unmatched '[' at column 4: a\\x0ab>>>["],
  ])('%j', (text, message) => {
    const error = userError(() => parseCallFilter(text));
    expect(error.message).toBe(message);
    expect(error.status).toBe('usage');
  });

  it('shows only the neighbourhood of a mistake in a long expression', () => {
    const { message } = userError(() => parseCallFilter(`${'a'.repeat(100000)}[`));
    expect(message.length).toBeLessThan(250);
    expect(message).toContain('column 100001');
  });

  it('refuses what would grow without bound', () => {
    for (const text of [
      '/\\(\\(a\\{255\\}\\)\\{255\\}\\)\\{255\\}/',
      `/a${'*'.repeat(100000)}/`,
      `/${'\\('.repeat(100000)}/`,
      `/${'a'.repeat(100000)}/`,
    ]) {
      expect(() => parseCallFilter(text)).toThrow(UserError);
    }
  });
});

describe('any text at all', () => {
  const shards = fc.constantFrom(
    '->',
    'operator->',
    '[]',
    ...Array.from('+-@!/\\[]^$*?.:(){}|a'),
    '@@',
    '/a/',
    '[a-c]',
    '[[:',
    ':]',
    'MAIN',
    '.so',
    '\\(',
    '\\)',
    '\\{1,2\\}',
    '\\|',
    '0x1',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(shards, { maxLength: 30 }).map((list) => list.join('')),
  );

  it.each([
    ['-e', parseCallFilter],
    ['-x', parseFunctionFilter],
    ['-l', parseLibraryFilter],
  ])('gives a filter or a one-line UserError (%s)', (_option, parse) => {
    fc.assert(
      fc.property(text, fc.string(), (expression, name) => {
        let filter: FilterExpression;
        try {
          filter = parse(expression);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as UserError).message).not.toContain('\n');
          return;
        }
        const hit = filter.judge({ symbol: { name }, caller: libc, callee: libc }) === 'yes';
        if (hit) expect(filter.canBeCaller(libc) && filter.canBeCallee(libc)).toBe(true);
        if (hit && filter.namePrefixes) {
          expect(filter.namePrefixes.some((prefix) => name.startsWith(prefix))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to its length', () => {
    const size = 10000;
    const started = performance.now();
    for (const piece of ['-a', '@a-', '+', 'a@b-', '[', '\\', '/', '@/a-', '.so-', '->', 'a->b+']) {
      try {
        takes(parseCallFilter(`@${piece.repeat(size)}`), { name: 'x' }, libc);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  }, 120_000);
});

describe('memory that belongs to no file', () => {
  const memory = (name: string): ModuleIdentity => ({ name, path: '', isMainProgram: false });
  const anonymous = memory('[anon]');

  it('goes by the name that the kernel gives it, not by a set of letters', () => {
    const places = [anonymous, memory('[anon:v8]'), memory('[heap]'), memory('memfd:jit'), main];
    const callers = (text: string): readonly string[] =>
      matched(text, ['f'], [...places, library('a'), library('h')]).map((found) => found.slice(2));
    expect(callers('@[anon]')).toEqual(['[anon]', '[anon:v8]']);
    expect(callers('f@[anon:*]')).toEqual(['[anon:v8]']);
    expect(callers('@[heap]')).toEqual(['[heap]']);
    expect(callers('@memfd:*')).toEqual(['memfd:jit']);
    expect(callers('@*anon*')).toEqual(['[anon]', '[anon:v8]']);
    expect(callers('@MAIN')).toEqual(['tst']);
    expect(callers('-@[anon]')).toEqual(['[heap]', 'memfd:jit', 'tst', 'a', 'h']);
  });

  it.each([
    ['f', 'any'],
    ['@MAIN', undefined],
    ['f@libtst.so', undefined],
    ['f@[heap]', 'named'],
    ['-f', undefined],
    ['-g', 'any'],
    ['f-@[heap]', 'any'],
    ['f-@*', undefined],
    ['-@MAIN', 'any'],
  ] as const)('may be the caller of f by the filter %s: %s', (text, fit) => {
    expect(parseCallFilter(text).matchesOutside({ name: 'f' })).toBe(fit);
  });
});
