/** A low limit of open files: everything is traced and let go all the same, or the user is told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { isAlive, tracerOf } from '../support/processes.js';
import { runProgram, startProgram, tsltraceCommand, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';
import { countCalls, expectedCounts } from '../support/trace-lines.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

/** Node.js itself needs about 20. */
function runWith(descriptors: number, args: readonly string[]): Promise<Run> {
  const shell = ['/bin/sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh'];
  return runProgram([...shell, ...tsltraceCommand(), ...args], { timeoutMs: 50_000 });
}

describe('with few descriptors', () => {
  for (const descriptors of [24, 40]) {
    itCompiles(`(${descriptors}) more children than that are followed to their ends`, () =>
      withTemporaryFolder(async (folder) => {
        const file = join(folder, 'trace');
        const options = ['-f', '-o', file, '-e', 'toupper'];
        const run = await runWith(descriptors, [...options, buildProgram('fork-many'), '90']);
        expect(run).toMatchObject({ status: 0, timedOut: false });
        expect(run.stdout).toContain('children 90, statuses right');
        expect(countCalls(readFileSync(file, 'utf8'))).toMatchObject(expectedCounts(run.stdout));
      }),
    );
  }

  itCompiles('children that are not followed are let go without a breakpoint', async () => {
    const run = await runWith(24, [
      '-o',
      '/dev/null',
      '-e',
      'toupper',
      buildProgram('fork-many'),
      '90',
    ]);
    expect(run).toMatchObject({ status: 0, timedOut: false });
    expect(run.stdout).toContain('children 90, statuses right');
  });

  itCompiles('more processes than that are attached to, and left unharmed', async () => {
    const program = buildProgram('waits-in-threads');
    const targets = Array.from({ length: 30 }, () => startProgram([program, '0']));
    try {
      await Promise.all(targets.map((target) => target.sees(/ready/)));
      const ids = targets.flatMap(({ pid }) => ['-p', String(pid)]);
      const run = await runWith(30, [
        '--detach-after',
        '300ms',
        '-e',
        'puts',
        '-o',
        '/dev/null',
        ...ids,
      ]);
      expect(run).toMatchObject({ status: 0, timedOut: false });
      for (const { pid } of targets) {
        expect(isAlive(pid)).toBe(true);
        expect(tracerOf(pid)).toBe(0);
      }
    } finally {
      for (const target of targets) target.endInput();
    }
    for (const target of targets) expect(await target.finished()).toMatchObject({ status: 0 });
  });

  itCompiles('of which there are too few, one line says so', async () => {
    const says = 'tsltrace: there are too few file descriptors; raise the limit: ulimit -n 1024\n';
    const endings: string[] = [];
    for (const descriptors of [19, 20, 21, 22]) {
      const options = ['-o', '/dev/null', '-e', 'toupper'];
      const run = await runWith(descriptors, [...options, buildProgram('fork-many'), '2']);
      endings.push(run.status === 0 ? 'traced' : `${run.status}: ${run.stderr}`);
    }
    expect(new Set(endings)).toEqual(new Set([`125: ${says}`, 'traced']));
  });
});
