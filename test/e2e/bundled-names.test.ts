/**
 * The names of the bundled prototypes are names that the installed libraries export, and the libraries' exports
 * are described to the shares below. What a program was seen to import from OpenSSL is described to the last name.
 */
import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PrototypeFile } from '../../src/prototype/conf/prototype-file.js';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';

interface Library {
  readonly file: string;
  readonly conf: string;
  /** Least share of the exported functions that must be described, in per cent. */
  readonly described: number;
  /** Least share of the described functions that the library must export: others are of other releases. */
  readonly exported: number;
}

const folder = '/usr/lib/x86_64-linux-gnu';
const libraries: readonly Library[] = [
  { file: 'libc.so.6', conf: 'libc.so', described: 70, exported: 96 },
  { file: 'libm.so.6', conf: 'libm.so', described: 35, exported: 100 },
  { file: 'libstdc++.so.6', conf: 'libstdc++.so', described: 15, exported: 98 },
  { file: 'libssl.so.3', conf: 'libssl.so', described: 100, exported: 90 },
  { file: 'libcrypto.so.3', conf: 'libcrypto.so', described: 99, exported: 95 },
  { file: 'libgnutls.so.30', conf: 'libgnutls.so', described: 90, exported: 99 },
  { file: 'libnss3.so', conf: 'libnss3.so', described: 85, exported: 99 },
  { file: 'libssl3.so', conf: 'libssl3.so', described: 90, exported: 99 },
  { file: 'libsmime3.so', conf: 'libsmime3.so', described: 99, exported: 99 },
  { file: 'libnspr4.so', conf: 'libnspr4.so', described: 75, exported: 99 },
  { file: 'libz.so.1', conf: 'libz.so', described: 100, exported: 99 },
  { file: 'libcurl.so.4', conf: 'libcurl.so', described: 99, exported: 99 },
];

interface DynamicSymbols {
  readonly exported: readonly string[];
  readonly imported: readonly string[];
}

function dynamicSymbols(path: string): DynamicSymbols {
  const { stdout, status } = spawnSync('readelf', ['-W', '--dyn-syms', path], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`readelf cannot read ${path}`);
  const exported = new Set<string>();
  const imported = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [, , , type, binding, , section, versioned] = line.trim().split(/\s+/);
    const name = versioned?.replace(/@.*/, '');
    if (name === undefined || binding === 'LOCAL') continue;
    if (section === 'UND') imported.add(name);
    else if (type === 'FUNC' || type === 'IFUNC') exported.add(name);
  }
  return { exported: [...exported], imported: [...imported] };
}

function namesOf(conf: string): Set<string> {
  const path = join(inProject('src/prototype/bundled'), `${conf}.conf`);
  return new Set(new PrototypeFile(path, readFileSync(path, 'utf8')).prototypeNames);
}

const share = (part: readonly string[], whole: readonly string[]): number =>
  (100 * part.length) / whole.length;

describe('the names of the bundled prototypes', () => {
  for (const { file, conf, described, exported } of libraries) {
    const path = join(folder, file);
    skipUnless(existsSync(path), `needs ${file}`)(`are those that ${file} exports`, () => {
      const names = namesOf(conf);
      const exports = dynamicSymbols(path).exported;
      const known = exports.filter((name) => names.has(name));
      const present = new Set(exports);
      const real = [...names].filter((name) => present.has(name));
      expect(share(known, exports)).toBeGreaterThanOrEqual(described);
      expect(share(real, [...names])).toBeGreaterThanOrEqual(exported);
    });
  }

  const users = [pythonSsl(), '/usr/bin/openssl', join(folder, 'libcurl.so.4')];
  for (const user of users) {
    const ready = user !== undefined && existsSync(user) && existsSync(join(folder, 'libssl.so.3'));
    skipUnless(ready, `needs ${user ?? "Python's ssl module"} and libssl.so.3`)(
      `cover all that ${user ?? 'nothing'} imports from OpenSSL`,
      () => {
        const { imported } = dynamicSymbols(user ?? '');
        for (const [file, conf] of [
          ['libssl.so.3', 'libssl.so'],
          ['libcrypto.so.3', 'libcrypto.so'],
        ] as const) {
          const exports = new Set(dynamicSymbols(join(folder, file)).exported);
          const used = imported.filter((name) => exports.has(name));
          const names = namesOf(conf);
          expect(used.length).toBeGreaterThan(30);
          expect(used.filter((name) => !names.has(name))).toEqual([]);
        }
      },
    );
  }
});

/** Path of Python's compiled ssl module. */
function pythonSsl(): string | undefined {
  const { stdout, status } = spawnSync('python3', ['-c', 'import _ssl; print(_ssl.__file__)'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
