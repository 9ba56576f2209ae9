/** The package as users get it: complete, small, and good enough for somebody who is not root. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { installForEverybody, installPackage } from '../support/installed-package.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasPythonModule, hasTool, isRoot, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const NOBODY = 65534;

/** Relative links of Markdown, and files of docs that a text names. */
function namedIn(text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
  const mentioned = [...text.matchAll(/\bdocs\/[a-z-]+\.(?:md|json|1)\b/g)].map(([path]) => path);
  return [...links.filter((path) => /^[\w./-]*\w$/.test(path) && /[./]/.test(path)), ...mentioned];
}

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

  it('holds every document that another of its documents names, and nothing that cannot be read', () =>
    withTemporaryFolder((folder) => {
      const home = installPackage(folder);
      const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
      expect(files.filter((name) => /\.(?:cache|tsbuildinfo)$|\.built-from$/.test(name))).toEqual(
        [],
      );
      const documents = files.filter((name) => name.endsWith('.md') || name.endsWith('.1'));
      expect(documents).toEqual(
        expect.arrayContaining(['README.md', 'docs/usage.md', 'docs/tsltrace.1']),
      );
      const missing = documents.flatMap((name) =>
        namedIn(readFileSync(join(home, name), 'utf8'))
          .map((path) => (path.startsWith('docs/') ? path : join(dirname(name), path)))
          .filter((path) => !existsSync(join(home, path)))
          .map((path) => `${name} names ${path}`),
      );
      expect(missing).toEqual([]);
      return Promise.resolve();
    }));

  itCompiles(
    'is a library for CommonJS, ES modules and TypeScript, whose own types check with nothing skipped',
    () =>
      withTemporaryFolder(async (folder) => {
        const home = installPackage(folder);
        const program = buildProgram('calls-strlen');
        const body = `(async () => {
          const run = trace(${JSON.stringify(program)}, [], { calls: 'strlen' });
          const seen = [];
          for await (const event of run) if (event.kind === 'return') seen.push(Number(event.rawResult));
          console.error(seen.join(), JSON.stringify(await run.finished), typeof readTrace, typeof attach, UserError.name);
        })();`;
        const names = '{ trace, attach, readTrace, UserError }';
        writeFileSync(join(folder, 'a.cjs'), `const ${names} = require('tsltrace');\n${body}`);
        writeFileSync(join(folder, 'b.mjs'), `import ${names} from 'tsltrace';\n${body}`);
        writeFileSync(
          join(folder, 'c.mts'),
          `import ${names} from 'tsltrace';\n${body.replace('[];', '[] as number[];')}`,
        );
        cpSync(inProject('examples/tls-settings/tls-settings.ts'), join(folder, 'd.cts'));
        symlinkSync(inProject('node_modules/@types'), join(dirname(home), '@types'));
        const options =
          '--strict --exactOptionalPropertyTypes --target es2022 --module node20 --types node';
        const compiled = await runProgram(
          [inProject('node_modules/.bin/tsc'), ...options.split(' '), 'c.mts', 'd.cts'],
          { cwd: folder, timeoutMs: 100_000 },
        );
        expect(compiled.stdout).toBe('');
        expect(compiled.status).toBe(0);
        for (const file of ['a.cjs', 'b.mjs', 'c.mjs']) {
          const run = await runProgram([process.execPath, file], { cwd: folder });
          expect(run.stderr).toMatch(
            /^5,.* \{"kind":"exited","code":0\} function function UserError\n$/,
          );
        }
      }),
    120_000,
  );

  skipUnless(debianPython() !== undefined && hasPythonModule('ssl'), 'needs /usr/bin/python3')(
    'carries the example tls-settings, compiled against it',
    async () => {
      const folder = inProject('examples/tls-settings');
      const compiled = await runProgram([inProject('node_modules/.bin/tsc'), '-p', folder]);
      expect(compiled.stdout).toBe('');
      const run = await runProgram([
        process.execPath,
        inProject('dist/examples/tls-settings/tls-settings.js'),
        debianPython() ?? '',
        join(folder, 'client.py'),
      ]);
      expect(run.stderr).toBe('');
      expect(run.stdout).toMatch(/^libssl\S+: ciphers of TLS 1\.3: TLS_AES_256_GCM_SHA384:/m);
      expect(run.stdout).toMatch(/^_ssl\S+: lowest version: TLS1_2_VERSION$/m);
      expect(run.stdout).toMatch(/^_ssl\S+: ciphers up to TLS 1\.2: ECDHE\+AESGCM$/m);
    },
    70_000,
  );

  skipUnless(hasTool('gcc') && isRoot(), 'needs root, who can become nobody')(
    'works for an ordinary user, installed where that user may not write',
    () =>
      withTemporaryFolder(async (folder) => {
        const command = installForEverybody(folder);
        const program = join(folder, 'counts-calls');
        copyFileSync(buildProgram('counts-calls'), program);
        const run = await runProgram([...command, '-e', 'toupper', program, '500'], {
          uid: NOBODY,
          gid: NOBODY,
          cwd: '/',
          env: { HOME: '/nonexistent' },
        });
        expect(run).toMatchObject({ status: 0, signal: null });
        expect(run.stdout).toContain('expect toupper 500');
        expect(run.stderr.match(/->toupper\(/g)).toHaveLength(500);
      }),
    60_000,
  );
});
