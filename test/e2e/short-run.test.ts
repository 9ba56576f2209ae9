/** How V8 is set at first: its optimizing compiler waits until a trace is busy, and the code cache stays good. */
import { writeFileSync } from 'node:fs';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

/** Functions that V8 made optimized code of, by what it prints of it. */
async function optimizedIn(...words: readonly string[]): Promise<string[]> {
  const tsltrace = inProject('dist/tsltrace.js');
  const run = await runProgram([process.execPath, '--trace-opt', tsltrace, ...words]);
  expect(run.status).toBe(0);
  return [...run.stdout.matchAll(/^\[completed optimizing .*?<JSFunction (\w*)/gm)].map(
    ([, name = '']) => name,
  );
}

describe('what V8 optimizes', () => {
  itCompiles('is nothing until many calls came', async () => {
    const program = buildProgram('many-imports', { library: 'lib-many', flags: ['-O0'] });
    expect(await optimizedIn('-o', '/dev/null', '-e', 'imported_*@MAIN', program, '0')).toEqual([]);
  });

  itCompiles('are the functions that deal with a call when thousands come', async () => {
    const program = buildProgram('calls', { library: 'lib-work' });
    const optimized = await optimizedIn('-o', '/dev/null', '-e', 'work', program, '5000', '1');
    // The way of every stop: V8 never takes up again what it has once given up.
    expect(optimized).toEqual(
      expect.arrayContaining(['onStop', 'onTrap', 'pass', 'arriveAtEntry']),
    );
  });
});

/** Tells of each script that comes with a code cache what V8 thinks of it. */
const TELLS = `
  const vm = require('node:vm');
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      process._rawDebug('cache ' + (this.cachedDataRejected === false ? 'taken' : 'not taken'));
    }
  };
`;

describe('the code cache that a trace leaves', () => {
  it('is taken by the next', () =>
    withTemporaryFolder(async (folder) => {
      const tells = `${folder}/tells.js`;
      writeFileSync(tells, TELLS);
      const command = ['-r', tells, inProject('dist/tsltrace.js'), '-o', '/dev/null', '/bin/true'];
      await runProgram([process.execPath, ...command]);
      const { stderr } = await runProgram([process.execPath, ...command]);
      expect(stderr).toMatch(/^cache taken$/m);
    }));
});
