/** The package as users get it: complete, small, and good enough for somebody who is not root. */
import { accessSync, constants, copyFileSync, chmodSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { installPackage } from '../support/installed-package.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const NOBODY = 65534;

describe('the packed package', () => {
  itCompiles(
    'works as `npx tsltrace` in an empty folder',
    () =>
      withTemporaryFolder(async (folder) => {
        const home = installPackage(folder);
        expect(readdirSync(home).sort()).not.toContain('test');
        const run = await runProgram(
          ['npx', '--no-install', 'tsltrace', '-e', 'strlen', buildProgram('calls-strlen')],
          { cwd: folder, env: { npm_config_offline: 'true', npm_config_update_notifier: 'false' } },
        );
        expect(run.stderr).toMatch(/strlen\("hello"\)\s+= 5/);
        expect(run.status).toBe(0);
      }),
    60_000,
  );

  skipUnless(hasTool('gcc') && isRoot(), 'needs root, who can become nobody')(
    'works for an ordinary user, installed where that user may not write',
    () =>
      withTemporaryFolder(async (folder) => {
        const home = installPackage(folder);
        chmodSync(folder, 0o755);
        const program = join(folder, 'counts-calls');
        copyFileSync(buildProgram('counts-calls'), program);
        const run = await runProgram(
          [nodeForEverybody(folder), commandOf(home), '-e', 'toupper', program, '500'],
          { uid: NOBODY, gid: NOBODY, cwd: '/', env: { HOME: '/nonexistent' } },
        );
        expect(run).toMatchObject({ status: 0, signal: null });
        expect(run.stdout).toContain('expect toupper 500');
        expect(run.stderr.match(/->toupper\(/g)).toHaveLength(500);
      }),
    60_000,
  );
});

function commandOf(home: string): string {
  return join(dirname(home), '.bin/tsltrace');
}

/** The Node that runs this test, or a copy of it where an ordinary user cannot reach it. */
function nodeForEverybody(folder: string): string {
  const reachable = !process.execPath.startsWith('/root/');
  if (reachable) return process.execPath;
  const copy = join(folder, 'node');
  copyFileSync(process.execPath, copy);
  accessSync(copy, constants.X_OK);
  return copy;
}
