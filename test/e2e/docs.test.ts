/** Every block of commands in README and docs/recipes.md runs as it stands there, in a copy of the checkout. */
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandBlocks, shapeOf } from '../support/doc-blocks.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasPythonModule, toolPath } from '../support/toolchain.js';

const DOCUMENTS = ['README.md', 'docs/recipes.md'];

/** By their first command; why each cannot run here. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm install && npm run demo':
    'it asks the registry for packages; install.test.ts does the same from the cache',
  'npm install -g --prefix ~/.local .':
    'it builds the whole; install.test.ts does it with a prefix of its own',
};

function layOut(folder: string): void {
  for (const name of [
    'dist/src',
    'dist/bundle',
    'dist/tsltrace.js',
    'examples',
    'docs',
    'package.json',
  ]) {
    cpSync(inProject(name), join(folder, name), { recursive: true });
  }
  symlinkSync(inProject('node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'bin'));
  const command = join(folder, 'bin/tsltrace');
  writeFileSync(
    command,
    `#!/bin/sh\nexec ${process.execPath} ${join(folder, 'dist/tsltrace.js')} "$@"\n`,
  );
  chmodSync(command, 0o755);
}

const tools =
  toolPath('jq') !== undefined && debianPython() !== undefined && hasPythonModule('ssl');

for (const document of DOCUMENTS) {
  describe(document, () => {
    const blocks = commandBlocks(readFileSync(inProject(document), 'utf8'));

    it('has blocks', () => {
      expect(blocks.length).toBeGreaterThan(3);
    });

    for (const { first, commands, shown } of blocks.filter(
      ({ first }) => NOT_RUN[first] === undefined,
    )) {
      skipUnless(tools, 'needs jq and python3 (Debian packages)')(
        `runs: ${first}`,
        () =>
          withTemporaryFolder(async (folder) => {
            layOut(folder);
            const run = await runProgram(['bash', '-e', '-c', `{ ${commands}\n} 2>&1`], {
              cwd: folder,
              env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
              timeoutMs: 60_000,
            });
            expect(run).toMatchObject({ status: 0, timedOut: false });
            expect(run.stdout).not.toMatch(/matched nothing|try 'tsltrace --help'/);
            const printed = new Set(run.stdout.split('\n').map(shapeOf));
            const promised = (shown ?? '').split('\n').map(shapeOf);
            expect(promised.filter((line) => !printed.has(line) && line !== '')).toEqual([]);
          }),
        90_000,
      );
    }
  });
}
