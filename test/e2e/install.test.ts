/** From a fresh clone to the command, and from one change to the next build. Nothing is asked of the network. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { copyCheckout } from '../support/checkout-copy.js';
import { runProgram, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

const MINUTES_4 = 240_000;

/** What npm gives to its scripts would send the inner npm to the outer one's folders. */
const env = {
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^npm_/i.test(name))
      .map((name) => [name, '']),
  ),
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
};

function npm(cwd: string, ...words: readonly string[]): Promise<Run> {
  return runProgram(['npm', ...words], { cwd, env, timeoutMs: MINUTES_4 });
}

async function expectInstalled(prefix: string, checkout: string): Promise<void> {
  const command = join(prefix, 'bin/tsltrace');
  const run = await runProgram([command, '-e', 'setlocale', '/bin/ls'], { cwd: '/' });
  expect(run.stderr).toMatch(/^ls->setlocale\(/m);
  expect(run.status).toBe(0);
  const manual = join(prefix, 'share/man/man1/tsltrace.1');
  expect(readFileSync(manual, 'utf8')).toBe(
    readFileSync(join(checkout, 'docs/tsltrace.1'), 'utf8'),
  );
}

describe('npm install -g . in a fresh clone', () => {
  it(
    'builds it, and gives the command and its manual page',
    () =>
      withTemporaryFolder(async (folder) => {
        const checkout = join(folder, 'clone');
        copyCheckout(checkout, 'installed');
        const prefix = join(folder, 'prefix');
        const run = await npm(checkout, 'install', '--global', '--prefix', prefix, '.');
        expect(run).toMatchObject({ status: 0, signal: null });
        await expectInstalled(prefix, checkout);
        // Built already: nothing is compiled a second time.
        const built = statSync(join(checkout, 'dist/tsltrace.js')).mtimeMs;
        await npm(checkout, 'install', '--global', '--prefix', prefix, '.');
        expect(statSync(join(checkout, 'dist/tsltrace.js')).mtimeMs).toBe(built);
      }),
    MINUTES_4,
  );

  skipUnless(
    existsSync(join(homedir(), '.npm/_cacache')),
    'needs the packages in the cache of npm (npm ci puts them there)',
  )(
    'installs the packages that a build takes, too',
    () =>
      withTemporaryFolder(async (folder) => {
        const checkout = join(folder, 'clone');
        copyCheckout(checkout, 'missing');
        const prefix = join(folder, 'prefix');
        const run = await npm(checkout, 'install', '--global', '--prefix', prefix, '.');
        expect(run).toMatchObject({ status: 0, signal: null });
        await expectInstalled(prefix, checkout);
      }),
    MINUTES_4,
  );

  it('says in one line what is missing where it cannot be built', () =>
    withTemporaryFolder(async (folder) => {
      const checkout = join(folder, 'clone');
      copyCheckout(checkout, 'missing');
      const run = await runProgram([process.execPath, 'scripts/prepare.js'], {
        cwd: checkout,
        env,
      });
      expect(run.stderr).toMatch(/^tsltrace: .* run npm install without --omit=dev\n$/);
      expect(run.status).toBe(1);
    }));
});

describe('a build', () => {
  it(
    'is announced by the demo, compiles what changed, drops what has no source, and is not made twice',
    () =>
      withTemporaryFolder(async (folder) => {
        copyCheckout(folder, 'installed');
        const script = (...words: readonly string[]): Promise<Run> =>
          runProgram([process.execPath, ...words], { cwd: folder, timeoutMs: 120_000 });
        const build = async (): Promise<void> => {
          const run = await script('scripts/build.js', '--if-changed');
          expect(run).toMatchObject({ status: 0, stderr: '' });
        };
        const demo = await script('scripts/demo.js');
        expect(demo.stderr).toMatch(
          /^demo: building tsltrace first, which takes some ten seconds$/m,
        );
        expect(demo.stderr).toMatch(/^\$ tsltrace -e [^]*->SSL_CTX_new/m);

        const written = (): readonly number[] =>
          ['tsltrace.js', 'src/main.js', 'test/unit/passes.test.js'].map(
            (name) => statSync(join(folder, 'dist', name)).mtimeMs,
          );
        const before = written();
        await build();
        expect(written()).toEqual(before);

        renameSync(
          join(folder, 'test/unit/passes.test.ts'),
          join(folder, 'test/unit/other.test.ts'),
        );
        rmSync(join(folder, 'dist/src/session.js'));
        const version = 'export const readVersion = (): string => "9";\n';
        writeFileSync(join(folder, 'src/version.ts'), version);
        await build();
        expect(readdirSync(join(folder, 'dist/test/unit')).sort()).toEqual([
          'other.test.d.ts',
          'other.test.js',
        ]);
        expect(existsSync(join(folder, 'dist/src/session.js'))).toBe(true);
        expect((await script('dist/tsltrace.js', '-V')).stdout).toBe('tsltrace 9\n');
      }),
    MINUTES_4,
  );
});
