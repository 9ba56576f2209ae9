/** How the command starts: on a Node that is too old, and by a code cache that nobody else could have written. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../support/project.js';
import { runProgram, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { isRoot } from '../support/toolchain.js';

const LOADER = inProject('dist/tsltrace.js');
const NOBODY = 65534;

/** Says of each script with a code cache whether V8 took it, and whether one was asked for at all. */
const TELLS = `
  const vm = require('node:vm');
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      const said = { undefined: 'no cache', true: 'rejected', false: 'taken' };
      process._rawDebug('cache: ' + said[String(this.cachedDataRejected)]);
    }
  };
`;

function withHome(
  use: (home: string, start: () => Promise<string>) => Promise<void>,
): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const home = join(folder, 'home');
    mkdirSync(home, { mode: 0o755 });
    const tells = join(folder, 'tells.js');
    writeFileSync(tells, TELLS);
    const start = async (): Promise<string> => {
      const words = ['-r', tells, LOADER, '-o', '/dev/null', '/bin/true'];
      const env = { HOME: home, XDG_CACHE_HOME: '' };
      const run = await runProgram([process.execPath, ...words], { env });
      expect(run.status).toBe(0);
      return /^cache: (.*)$/m.exec(run.stderr)?.[1] ?? run.stderr;
    };
    await use(home, start);
  });
}

const cachesIn = (home: string): readonly string[] => {
  const folder = join(home, '.cache/tsltrace');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cache'))
    .map((name) => join(folder, name));
};

const permissions = (path: string): number => statSync(path).mode & 0o777;

describe('the code cache', () => {
  it('is made by the first run, for its user alone, and taken by the second', () =>
    withHome(async (home, start) => {
      expect(await start()).toBe('no cache');
      const [cache = ''] = cachesIn(home);
      expect(permissions(join(home, '.cache/tsltrace'))).toBe(0o700);
      expect(permissions(cache)).toBe(0o600);
      expect(await start()).toBe('taken');
    }));

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 5000)],
    ['empty', () => Buffer.alloc(0)],
    ['nothing but zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    [
      'of another V8',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(4, 7), bytes.subarray(8)]),
    ],
  ])('is made anew where it is %s', (_, damage) =>
    withHome(async (home, start) => {
      await start();
      const [cache = ''] = cachesIn(home);
      writeFileSync(cache, damage(readFileSync(cache)));
      expect(await start()).toBe('rejected');
      expect(await start()).toBe('taken');
    }),
  );

  it.each([
    ['a folder that others may write to', (folder: string) => chmodSync(folder, 0o777)],
    ['a file that others may write to', (_: string, file: string) => chmodSync(file, 0o666)],
  ])('is not taken from %s', (_, spoil) =>
    withHome(async (home, start) => {
      await start();
      const [cache = ''] = cachesIn(home);
      spoil(join(home, '.cache/tsltrace'), cache);
      expect(await start()).toBe('no cache');
    }),
  );

  skipUnless(isRoot(), 'needs root, who can give files to others')(
    'is not taken from what belongs to somebody else',
    () =>
      withHome(async (home, start) => {
        await start();
        const [cache = ''] = cachesIn(home);
        chownSync(cache, NOBODY, NOBODY);
        expect(await start()).toBe('no cache');
        chownSync(join(home, '.cache/tsltrace'), NOBODY, NOBODY);
        expect(await start()).toBe('no cache');
      }),
  );

  skipUnless(isRoot(), 'needs root, who can give files to others')(
    'is not put into the home of somebody else, as sudo may leave it',
    () =>
      withHome(async (home, start) => {
        chownSync(home, NOBODY, NOBODY);
        expect(await start()).toBe('no cache');
        expect(readdirSync(home)).toEqual([]);
      }),
  );

  it('is not taken by a link', () =>
    withHome(async (home, start) => {
      await start();
      const elsewhere = join(home, 'elsewhere');
      mkdirSync(elsewhere);
      spawnSync('mv', [join(home, '.cache/tsltrace'), elsewhere]);
      symlinkSync(join(elsewhere, 'tsltrace'), join(home, '.cache/tsltrace'));
      expect(await start()).toBe('no cache');
    }));

  it('is done without where there is no home', async () => {
    const env = { HOME: '', XDG_CACHE_HOME: 'relative' };
    const run = await runProgram([process.execPath, LOADER, '-o', '/dev/null', '/bin/true'], {
      env,
      cwd: '/',
    });
    expect(run.status).toBe(0);
    expect(existsSync('/relative')).toBe(false);
  });
});

describe('a Node that is too old', () => {
  const asOld = (version: string, script: string, folder: string): Promise<Run> => {
    const pretend = join(folder, `${version}.js`);
    const versions = `{ ...process.versions, node: '${version}' }`;
    writeFileSync(pretend, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    return runProgram([process.execPath, '-r', pretend, script, '/bin/true']);
  };

  it.each(['4.9.1', '18.20.4', '20.18.3'])('is told what is needed on one line: %s', (version) =>
    withTemporaryFolder(async (folder) => {
      for (const script of [
        'dist/tsltrace.js',
        'scripts/prepare.js',
        'scripts/demo.js',
        'scripts/test.js',
      ]) {
        const run = await asOld(version, inProject(script), folder);
        expect(run.stdout).toBe('');
        expect(run.stderr).toBe(
          `tsltrace: needs Node.js 20.19 or later, and ${process.execPath} is ${version}\n`,
        );
        expect(run.status).toBe(script.startsWith('dist') ? 125 : 1);
      }
    }),
  );

  it.each(['20.19.0', '22.1.0', '100.0.0'])('is not %s', (version) =>
    withTemporaryFolder(async (folder) => {
      const run = await asOld(version, LOADER, folder);
      expect(run.status).toBe(0);
    }),
  );
});
