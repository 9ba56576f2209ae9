import { fileNamesOf, type PrototypeLibrary } from '../../../src/prototype/prototype-library.js';
import { libraryWithFiles } from '../../support/library-with-files.js';

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

  it('tells of mistakes in files of the user, and of files that are not there', () => {
    const { library } = libraryWithFiles(
      { '/a.conf': 'int f(strnig);\nint g(int);', '/b.h': 'int h(int x);' },
      ['/a.conf:/b.h', '/nothing.conf'],
    );
    expect(
      library.diagnostics.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    ).toEqual(['/nothing.conf:1: cannot be read', "/a.conf:1: unknown type 'strnig'"]);
    expect(library.lookup(['prog'], 'g')?.name).toBe('g');
    expect(namesOf(library, ['prog'], 'h')).toEqual(['x']);
  });

  it('lets files of the user share typedefs', () => {
    const { library } = libraryWithFiles(
      { '/a.conf': 'typedef t = int;', '/b.conf': 'int f(t x);\nint g(u x);' },
      ['/a.conf', '/b.conf'],
    );
    expect(namesOf(library, ['prog'], 'f')).toEqual(['x']);
    expect(library.diagnostics).toHaveLength(1);
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
