/** Our own sets of functions hold what the libraries on this machine export, whatever it is called there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ElfImage } from '../../../src/elf/elf-image.js';
import { parseCallFilter } from '../../../src/filter/parse-filter.js';
import { parseSets } from '../../../src/filter/sets/parse-sets.js';
import { readSetFiles } from '../../../src/prototype/set-files.js';
import { prototypeFiles } from '../../../src/prototype/prototype-files.js';
import { skipUnless } from '../../support/skip-unless.js';

const sets = parseSets(
  readSetFiles(
    prototypeFiles(() => undefined),
    {},
    [],
  ),
);

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64'];

const fileOf = (soname: string): string | undefined =>
  LIBRARIES.map((folder) => join(folder, soname)).find((path) => existsSync(path));

function exportsOf(soname: string): readonly string[] {
  const path = fileOf(soname);
  if (path === undefined) throw new Error(`no ${soname}`);
  const table = ElfImage.parse(readFileSync(path), path).dynamicTable.table;
  const indices = Array.from({ length: table.capacity }, (_, index) => index);
  const functions = indices.filter((index) => table.isDefinedFunction(index));
  return [...new Set(functions.flatMap((index) => table.at(index)?.name ?? []).filter(Boolean))];
}

const filterOf = (text: string) => parseCallFilter(text, { sets: () => sets });

/** Which of them no such filter takes. */
function missing(names: readonly string[], text: string): readonly string[] {
  const filter = filterOf(text);
  return names.filter((name) => !filter.mayTake({ name }));
}

/** glibc's name for a function that has several: `__read_chk`, `read64`, `__isoc23_strtol`, `_IO_puts`. */
function plainName(name: string): string {
  return name
    .replace(/^_IO_/, '')
    .replace(/^__(?:isoc99_|isoc23_|libc_)?/, '')
    .replace(/_chk$/, '')
    .replace(/_2$/, '')
    .replace(/(?<=[a-z_])64(?=$|_)/, '');
}

const itHas = (soname: string) => skipUnless(fileOf(soname) !== undefined, `needs ${soname}`);

describe('the bundled sets', () => {
  it('are those of the manual', () => {
    const names = ['crypto', 'file', 'memory', 'net', 'process', 'string', 'thread', 'tls'];
    expect([...sets.keys()]).toEqual(names);
    for (const { description } of sets.values()) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  itHas('libc.so.6')('know a function of the C library under all of its names', () => {
    const exported = exportsOf('libc.so.6');
    for (const { name, members } of sets.values()) {
      const written = new Set(members.map(({ pattern }) => pattern));
      const others = exported.filter((each) => written.has(plainName(each)));
      // Inside of libc, to read files of its own.
      const wanted = others.filter((each) => !each.endsWith('_nocancel'));
      expect({ name, missing: missing(wanted, `%${name}`) }).toEqual({ name, missing: [] });
    }
  });

  itHas('libc.so.6')('have no misspelt names of the C library', () => {
    const exported = new Set(exportsOf('libc.so.6'));
    // In a library of its own, in others, newer than 2.36, or linked in: libresolv, musl and the BSDs, libc_nonshared.
    const elsewhere =
      /^(?:getdents|inet_net_.*|res_.*|ns_.*|strlc.*|wcslc.*|atexit|at_quick_exit|__isoc23_.*|n?crypt.*|encrypt.*|setkey.*)$/;
    for (const name of ['file', 'memory', 'process', 'string', 'thread'] as const) {
      const ours = (sets.get(name)?.members ?? []).map(({ pattern }) => pattern);
      const plain = ours.filter((each) => /^[a-z_0-9]+$/.test(each) && !OF_OTHERS.test(each));
      const unknown = plain.filter((each) => !exported.has(each) && !elsewhere.test(each));
      expect({ name, unknown }).toEqual({ name, unknown: [] });
    }
  });

  it.each([
    ['libssl.so.3', '%tls', /^$/],
    ['libgnutls.so.30', '%tls', /^(?:_|dsa_generate_dss_keypair$)/],
    ['libcurl.so.4', '%net', /^$/],
    ['libcares.so.2', '%net', /^$/],
    ['libgcrypt.so.20', '%crypto', /^_gcry_mpi_get_const$/],
    ['libnettle.so.8', '%crypto', /^$/],
    ['libsodium.so.23', '%crypto', /^$/],
    ['libcrypt.so.1', '%crypto', /^$/],
    ['libssl3.so', '%tls', /^$/],
  ])('hold all of %s', (soname, text, but) => {
    if (fileOf(soname) === undefined) return;
    const exported = exportsOf(soname);
    expect(exported.length).toBeGreaterThan(5);
    expect(missing(exported, text).filter((name) => !but.test(name))).toEqual([]);
  });
});

/** Libraries that write their names as the C library does. */
const OF_OTHERS =
  /^(?:g_|gz|uv_|mi_|tc_|je_|apr_|_?talloc_|sqlite3_|[rxsdn]d?allocx|mallctl|malloc_stats_print|pcre|rallocx|mallocx)/;
