import { fileNamesOf, type PrototypeLibrary } from '../../../src/prototype/prototype-library.js';
import { libraryWithFiles, REFUSED } from '../../support/library-with-files.js';

const namesOf = (library: PrototypeLibrary, libraries: string[], symbol: string): string[] =>
  (library.lookup(libraries, symbol)?.parameters ?? []).map(({ name }) => name ?? '');

describe('PrototypeLibrary', () => {
  it('reads a bundled file only when its library is asked for', () => {
    const { library, reads } = libraryWithFiles({
      '/bundled/libc.so.conf': 'int f(int bundled);',
      '/bundled/libm.so.conf': 'int g(int bundled);',
    });
    expect(reads).not.toContain('/bundled/libc.so.conf');
    expect(namesOf(library, ['libc.so.6'], 'f')).toEqual(['bundled']);
    expect(reads).not.toContain('/bundled/libm.so.conf');
    const before = reads.length;
    library.lookup(['libc.so.6'], 'f');
    expect(reads).toHaveLength(before);
  });

  it('prefers what is given, then the user, then ours, then the system', () => {
    const files: Record<string, string> = {
      '/etc/ltrace.conf': 'int f(int system);\nint only(int system);',
      '/bundled/libx.so.conf': 'int f(int bundled);',
      '/home/me/.ltrace.conf': 'int f(int own);',
      '/home/me/.config/ltrace/libx.so.conf': 'int f(int config);',
      '/given/libx.so.2.conf': 'int f(int directory);',
      '/given.conf': 'int f(int given);',
    };
    const order = ['given', 'directory', 'config', 'own', 'bundled', 'system'];
    const paths = Object.keys(files).reverse();
    for (const [index, expected] of order.entries()) {
      const left = Object.fromEntries(
        Object.entries(files).filter(([path]) => paths.indexOf(path) >= index),
      );
      const given = ['/given.conf', '/given'].filter((path) =>
        Object.keys(left).some((name) => name.startsWith(path)),
      );
      expect(namesOf(libraryWithFiles(left, given).library, ['libx.so.2.0'], 'f')).toEqual([
        expected,
      ]);
    }
    expect(namesOf(libraryWithFiles(files).library, ['libx.so'], 'only')).toEqual(['system']);
  });

  it('looks in every library, and for aliases last', () => {
    const { library } = libraryWithFiles({
      '/bundled/libc.so.conf': 'int f(int libc);\nint alias(int aliased);',
      '/bundled/libpthread.so.conf': 'int p(int thread);',
    });
    expect(namesOf(library, ['libjemalloc.so.2', 'libc.so.6'], 'f')).toEqual(['libc']);
    expect(library.lookup(['libc.so.6'], '__f')).toBeUndefined();
    expect(library.lookup(['libc.so.6'], '__f', ['alias'])?.name).toBe('alias');
  });

  it('knows functions of libraries that a program has inside by their names', () => {
    const { library } = libraryWithFiles({
      '/bundled/libssl.so.conf': 'int SSL_new(int ssl);\nint other(int ssl);',
      '/bundled/libcrypto.so.conf': 'int i2d_X509(int crypto);',
    });
    expect(namesOf(library, ['node'], 'SSL_new')).toEqual(['ssl']);
    expect(namesOf(library, ['node'], 'i2d_X509')).toEqual(['crypto']);
    expect(library.lookup(['node'], 'other')).toBeUndefined();
  });

  it('follows imports, also in circles, and sees their types', () => {
    const { library } = libraryWithFiles({
      '/bundled/libc.so.conf': 'import "libpthread.so";\nint f(mutex m);\ntypedef here = int;',
      '/bundled/libpthread.so.conf':
        'import "libc.so";\ntypedef mutex = hex(long);\nint p(here h);',
    });
    expect(namesOf(library, ['libc.so.6'], 'p')).toEqual(['h']);
    expect(namesOf(library, ['libc.so.6'], 'f')).toEqual(['m']);
    expect(library.lookup(['libc.so.6'], 'nothing')).toBeUndefined();
  });

  it('tells of mistakes in files of the user, and goes on with the rest', () => {
    const { library, told } = libraryWithFiles(
      {
        '/a.conf': 'int f(strnig);\nint g(int);',
        '/b.h': 'int h(int x);',
        '/home/me/.ltrace.conf': `${REFUSED}is a pipe`,
      },
      ['/a.conf:/b.h'],
    );
    expect(told).toEqual([
      '/home/me/.ltrace.conf: error: is a pipe',
      "/a.conf:1:7: error: unknown type 'strnig'",
    ]);
    expect(library.lookup(['prog'], 'g')?.name).toBe('g');
    expect(namesOf(library, ['prog'], 'h')).toEqual(['x']);
  });

  it('refuses what is given and cannot be read, also beside what can', () => {
    const files = { '/a.conf': 'int g(int);', '/pipe.conf': `${REFUSED}is a device` };
    expect(() => libraryWithFiles(files, ['/a.conf:/nothing.conf'])).toThrow(
      'cannot read the prototypes in /nothing.conf: No such file or directory',
    );
    expect(() => libraryWithFiles(files, ['/pipe.conf'])).toThrow(
      'cannot read the prototypes in /pipe.conf: is a device',
    );
  });

  it('tells of mistakes in the file of a library when that is looked up, of each file the first twenty', () => {
    const { library, told } = libraryWithFiles({
      '/home/me/.ltrace/libx.so.conf': 'int f(strnig);\nimport "none";\n'.concat(
        'nonsense\n'.repeat(30),
      ),
      '/home/me/.ltrace/liby.so.conf': `${REFUSED}is larger than it may be`,
    });
    expect(told).toEqual([]);
    library.lookup(['libx.so', 'liby.so'], 'other');
    const own = '/home/me/.ltrace/libx.so.conf';
    expect(told.slice(0, 2)).toEqual([
      // Looked for before the type is given up.
      `${own}: error: there is no none.conf to import`,
      `${own}:1:7: error: unknown type 'strnig'`,
    ]);
    expect(told.filter((line) => line.startsWith(`${own}:`) && /:\d+: /.test(line))).toHaveLength(
      20,
    );
    expect(told.slice(21)).toEqual([
      `${own}: error: more mistakes follow`,
      '/home/me/.ltrace/liby.so.conf: error: is larger than it may be',
    ]);
  });

  it('keeps secret what we call so, whoever describes the function', () => {
    const ours = [
      'secret(string) crypt(secret(string) phrase, string setting);',
      'typedef key = struct(int size, secret(buffer(size)) bytes);',
      'int keep(int, key* k);',
      'int opt(int id, addr value);',
      'variant opt(id == 3) int opt(int id, secret(string) value);',
      'string print(secret(format) format);',
    ];
    const theirs = [
      'string crypt(string, string);',
      'int keep(int, array(char, 8)*, string more);',
      'int opt(int, string);',
      'variant opt(arg1 == 4) int opt_four(int, string text);',
      'string print(string, string, int);',
      'int unknown(string password);',
    ].join('\n');
    for (const [path, given] of [
      ['/own.conf', ['/own.conf']],
      ['/home/me/.ltrace.conf', []],
      ['/home/me/.ltrace/liba.so.conf', []],
    ] as const) {
      const files = { '/bundled/liba.so.conf': ours.join('\n'), [path]: theirs };
      const { library } = libraryWithFiles(files, given);
      expect(library.lookup(['liba.so'], 'crypt')?.parameters[0]?.name).toBe('phrase');
      expect(library.lookup(['liba.so'], 'crypt')).toBe(library.lookup(['liba.so'], 'crypt'));
      const secret = (name: string, at: number, variant = -1): boolean => {
        const found = library.lookup(['liba.so'], name);
        const one = variant === -1 ? found : found?.variants[variant]?.prototype;
        const type = at === -1 ? one?.result : one?.parameters[at]?.type;
        return type?.kind === 'lens' && type.lens.kind === 'secret';
      };
      expect([secret('crypt', -1), secret('crypt', 0), secret('crypt', 1)]).toEqual([
        true,
        true,
        false,
      ]);
      expect([secret('keep', 0), secret('keep', 1), secret('keep', 2)]).toEqual([
        false,
        true,
        false,
      ]);
      expect([secret('opt', 0), secret('opt', 1), secret('opt', 1, 0)]).toEqual([
        false,
        true,
        true,
      ]);
      expect([secret('print', -1), secret('print', 1), secret('print', 2)]).toEqual([
        false,
        true,
        true,
      ]);
      expect(secret('unknown', 0)).toBe(false);
    }
  });

  it('takes a parameter of a C header for a secret where its name says so', () => {
    const { library } = libraryWithFiles(
      {
        '/a.h':
          'int login(const char *user, const char *password, int pin, char **secret, const char *base_url, int uri, char *curl);',
      },
      ['/a.h'],
    );
    const kinds = library
      .lookup(['x'], 'login')
      ?.parameters.map(({ type }) => (type.kind === 'lens' ? type.lens.kind : type.kind));
    const more = ['url', 'scalar', 'string'];
    expect(kinds).toEqual(['string', 'secret', 'scalar', 'secret', ...more]);
  });

  it('keeps passwords in URLs secret, whoever describes the function', () => {
    const { library } = libraryWithFiles(
      {
        '/bundled/liba.so.conf': 'int fetch(url(string) from, string to);',
        '/own.conf': 'int fetch(string, string);',
      },
      ['/own.conf'],
    );
    const types = library.lookup(['liba.so'], 'fetch')?.parameters.map(({ type }) => type);
    expect(types).toMatchObject([{ lens: { kind: 'url' } }, { lens: { kind: 'string' } }]);
  });

  it('lets files of the user share typedefs', () => {
    const { library, told } = libraryWithFiles(
      { '/a.conf': 'typedef t = int;', '/b.conf': 'int f(t x);\nint g(u x);' },
      ['/a.conf', '/b.conf'],
    );
    expect(namesOf(library, ['prog'], 'f')).toEqual(['x']);
    expect(told).toHaveLength(1);
  });

  it('finds system calls in their own file and under their old names', () => {
    const { library } = libraryWithFiles({
      '/bundled/syscalls.conf': 'int read(int ours);\nint write(int ours);',
      '/home/me/.ltrace.conf': 'int SYS_read(int own);',
    });
    expect(library.lookupSyscall('read')?.parameters[0]?.name).toBe('own');
    expect(library.lookupSyscall('write')?.parameters[0]?.name).toBe('ours');
    expect(library.lookupSyscall('nothing')).toBeUndefined();
  });

  it('does not let a SONAME lead elsewhere', () => {
    const { library, reads } = libraryWithFiles({ '/etc/passwd.conf': 'int f();' });
    library.lookup(['../etc/passwd', '/etc/passwd', '..', 'a'.repeat(5000)], 'f');
    expect(reads.filter((path) => path.includes('passwd'))).toEqual([]);
    expect(fileNamesOf('libssl.so.1.1')).toEqual(['libssl.so.1.1', 'libssl.so.1', 'libssl.so']);
    expect(fileNamesOf('libstdc++.so.6')).toEqual(['libstdc++.so.6', 'libstdc++.so']);
    expect(fileNamesOf('python3.11')).toEqual(['python3.11']);
  });
});
