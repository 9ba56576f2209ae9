/**
 * The names in `enum(...)` and `flags(...)` of the bundled prototypes have the values that the installed
 * headers give them. A file says by `# from HEADER...` which headers its typedefs repeat, and by
 * `# not compared, REASON: NAME...` which names those headers do not have.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

interface Constant {
  readonly name: string;
  readonly value: string;
}

interface ConstantFile {
  readonly headers: readonly string[];
  readonly constants: readonly Constant[];
}

const folder = inProject('src/prototype/bundled');
/** Besides those that gcc searches. */
const otherFolders = ['/usr/include/nss', '/usr/include/nspr'];
const includeFolders = [
  ...otherFolders,

  '/usr/include',
  '/usr/include/x86_64-linux-gnu',
  '/usr/include/i386-linux-gnu',
];

function constantsOf(text: string): ConstantFile {
  const headers = new Set<string>();
  const skipped = new Set<string>();
  const constants: Constant[] = [];
  let comparing = false;
  for (const line of text.split('\n')) {
    const from = /^# from (no header|[\w./ -]+)/.exec(line)?.[1];
    if (from !== undefined) {
      comparing = from !== 'no header';
      if (comparing) for (const header of from.split(' ')) headers.add(header);
    }
    const names = /^# not compared, [^:]*: (.*)$/.exec(line)?.[1] ?? '';
    for (const name of names.split(' ')) skipped.add(name);
    if (comparing && line.startsWith('typedef ')) {
      for (const [, name, value] of line.matchAll(/\b([A-Za-z_]\w*)=(-?\w+)/g)) {
        if (name !== undefined && value !== undefined) constants.push({ name, value });
      }
    }
  }
  const compared = constants.filter((constant) => !skipped.has(constant.name));
  return { headers: [...headers], constants: compared };
}

/** A program that prints each name whose value differs; flags of 32 bits may be negative in C. */
function programFor({ headers, constants }: ConstantFile): string {
  const checks = constants.map(
    ({ name, value }) =>
      `  if ((long long)(${name}) != (long long)${value}LL && (unsigned)(long long)(${name}) != ${value}LL)\n` +
      `    printf("${name} is %lld, not ${value}\\n", (long long)(${name}));`,
  );
  return [
    '#define _GNU_SOURCE',
    '#include <stdio.h>',
    ...headers.map((header) => `#include <${header}>`),
    'int main(void) {',
    ...checks,
    `  puts("compared ${String(constants.length)}");`,
    '  return 0;',
    '}',
    '',
  ].join('\n');
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr.slice(0, 2000)}`);
  return stdout;
}

describe('the constants of the bundled prototypes', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.conf'));
  for (const file of files) {
    const constantFile = constantsOf(readFileSync(join(folder, file), 'utf8'));
    if (constantFile.constants.length === 0) continue;
    const missing = constantFile.headers.find(
      (header) => !includeFolders.some((place) => existsSync(join(place, header))),
    );
    skipUnless(missing === undefined, `needs <${missing ?? ''}>`)(
      `of ${file} are those of the headers`,
      async () => {
        await withTemporaryFolder((place) => {
          const source = join(place, 'constants.c');
          const program = join(place, 'constants');
          writeFileSync(source, programFor(constantFile));
          const search = otherFolders.map((other) => `-I${other}`);
          run('gcc', '-w', '-O0', ...search, '-o', program, source);
          expect(run(program)).toBe(`compared ${String(constantFile.constants.length)}\n`);
          return Promise.resolve();
        });
      },
      60_000,
    );
  }

  it('are many', () => {
    const count = (file: string): number =>
      constantsOf(readFileSync(join(folder, file), 'utf8')).constants.length;
    expect(count('libcrypto.so.conf')).toBeGreaterThan(1000);
    expect(count('libssl.so.conf')).toBeGreaterThan(500);
    expect(count('libc.so.conf')).toBeGreaterThan(500);
  });
});
