/** Every block of commands in the documents runs as it stands there, in a copy of the checkout. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandBlocks, shapeOf, strayCommands, type DocBlock } from '../support/doc-blocks.js';
import { layOut, withStandIns } from '../support/doc-stand-ins.js';
import { inProject } from '../support/project.js';
import { runProgram, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasPythonModule, toolPath } from '../support/toolchain.js';

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .sort();
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...markdownIn('docs'),
  ...markdownIn('examples'),
];

const textOf = (document: string): string => readFileSync(inProject(document), 'utf8');

/** By their first command; why each cannot run here. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm install && npm run demo':
    'it asks the registry for packages; install.test.ts does the same from the cache',
  'npm install -g --prefix ~/.local .':
    'it builds the whole; install.test.ts does it with a prefix of its own',
  'npm ci              # builds, too': 'it is what runs this test',
  'npm run bench                       # all groups, five rounds': 'it takes an hour',
  'npx tsc -p examples/tls-settings': 'package.test.ts does it',
};

const SHELLS: Readonly<Record<DocBlock['language'], readonly string[]>> = {
  sh: ['bash', '-e', '-c'],
  console: ['bash', '-c'],
  zsh: ['zsh', '-e', '-c'],
  fish: ['fish', '-c'],
};

/** Programs that a block needs beside those that every test needs. */
function missingIn({ language, commands }: DocBlock): readonly string[] {
  const [shell = ''] = SHELLS[language];
  const named = ['jq', 'man', 'nginx', 'perl', 'node', 'curl', 'make', 'gcc'].filter((tool) =>
    tool === 'gcc' ? commands.includes('./hello') : new RegExp(`\\b${tool} `).test(commands),
  );
  return [shell, ...named].filter((tool) => toolPath(tool) === undefined);
}

async function runBlock(folder: string, { language, commands }: DocBlock): Promise<Run> {
  layOut(folder);
  return withStandIns(folder, commands, (text) =>
    runProgram([...SHELLS[language], language === 'fish' ? text : `{ ${text}\n} 2>&1`], {
      cwd: folder,
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder },
      timeoutMs: 60_000,
    }),
  );
}

const hasPython = debianPython() !== undefined && hasPythonModule('ssl');

it('commands of documents stand in blocks that are run', () => {
  const stray = DOCUMENTS.map((document) => [document, strayCommands(textOf(document))] as const);
  expect(stray.filter(([, lines]) => lines.length > 0)).toEqual([]);
  const blocks = DOCUMENTS.flatMap((document) => commandBlocks(textOf(document)));
  const first = blocks.map((block) => block.first);
  expect(Object.keys(NOT_RUN).filter((command) => !first.includes(command))).toEqual([]);
});

describe.each(DOCUMENTS.filter((document) => commandBlocks(textOf(document)).length > 0))(
  '%s',
  (document) => {
    for (const block of commandBlocks(textOf(document)).filter(
      ({ first }) => NOT_RUN[first] === undefined,
    )) {
      const missing = missingIn(block);
      skipUnless(hasPython && missing.length === 0, `needs python3 and ${missing.join(', ')}`)(
        `runs: ${block.first}`,
        () =>
          withTemporaryFolder(async (folder) => {
            const run = await runBlock(folder, block);
            const status = block.language === 'console' ? run.status : 0;
            expect(run).toMatchObject({ status, timedOut: false });
            expect(run.stdout).not.toMatch(/matched nothing|try 'tsltrace --help'|not found/);
            const printed = new Set(
              run.stdout.replaceAll(folder, '/srv/app').split('\n').map(shapeOf),
            );
            const promised = (block.shown ?? '').split('\n').map(shapeOf);
            // Where `...` stands something is left out.
            const isMissing = (line: string): boolean =>
              !['', '...'].includes(line) && !printed.has(line);
            expect(promised.filter(isMissing)).toEqual([]);
          }),
        90_000,
      );
    }
  },
);
