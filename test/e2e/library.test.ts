/** The package as an import: a host in a process of its own carries out each scenario. */
import { truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { isAlive, tracerOf } from '../support/processes.js';
import { inProject } from '../support/project.js';
import { runProgram, runTsltrace, startProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const DRIVER = inProject('dist/test/support/library-driver.js');

async function host(...words: readonly string[]): Promise<Record<string, unknown>> {
  const run = await runProgram([process.execPath, DRIVER, ...words], { timeoutMs: 60_000 });
  const report = JSON.parse(run.stderr.trim().split('\n').at(-1) ?? '') as {
    readonly result: Record<string, unknown>;
    readonly touched: readonly string[];
  };
  // The host's standard streams are its own affair: opening one changes what the tracee shares.
  expect(report.touched).toEqual([]);
  expect(run.timedOut).toBe(false);
  return report.result;
}

const counting = (): string => buildProgram('counts-calls');

describe('the library', () => {
  itCompiles(
    'gives every event of a program, returns with the very call they end, and its exit status',
    async () => {
      expect(await host('all', counting(), '500')).toMatchObject({
        calls: { malloc: 500, free: 500 },
        sameObject: true,
        stillOpen: 0,
        last: 'coverage',
        end: { kind: 'exited', code: 0 },
      });
    },
    70_000,
  );

  itCompiles(
    'kills what it launched when the loop is left, and waits for it',
    async () => {
      expect(await host('breaksOff', counting(), '10000000')).toEqual({
        end: { kind: 'killed', signal: 9, coreDumped: false },
        again: true,
      });
    },
    70_000,
  );

  it('ends an idle program at an abort, soon, with the reason of the abort', async () => {
    const result = await host('aborts', 'sleep', '40');
    expect(result).toMatchObject({
      failure: 'enough',
      finished: 'enough',
      late: 'enough',
      alive: false,
    });
    expect(result['milliseconds']).toBeLessThan(10_000);
  }, 70_000);

  itCompiles(
    'gives what was seen until stop(), the coverage last',
    async () => {
      expect(await host('stops', counting(), '1000000')).toEqual({
        last: 'coverage',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        end: { kind: 'killed', signal: 9, coreDumped: false },
      });
    },
    70_000,
  );

  itCompiles(
    'attaches, and leaves the process as it was',
    async () => {
      const target = startProgram([buildProgram('prints-ticks'), '3000'], { timeoutMs: 60_000 });
      await target.sees(/tick 2 /);
      expect(await host('attaches', String(target.pid))).toEqual({
        calls: 5,
        end: { kind: 'none' },
      });
      expect(tracerOf(target.pid)).toBe(0);
      const ticks = /tick (\d+) (?!.*tick)/s.exec(target.output().stdout)?.[1] ?? '';
      await target.sees(new RegExp(`tick ${Number(ticks) + 5} 65`));
      target.kill('SIGKILL');
      await target.finished();
    },
    70_000,
  );

  itCompiles(
    'makes the program wait for a consumer that is slow, in bounded memory, and loses nothing',
    async () => {
      const result = await host('waits', counting(), '30000');
      expect(result).toMatchObject({
        endedMeanwhile: false,
        calls: { malloc: 30_000, free: 30_000 },
        end: { kind: 'exited', code: 0 },
      });
      expect(result['grownMiB']).toBeLessThan(64);
    },
    70_000,
  );

  itCompiles(
    'leaves the event loop of its host free',
    async () => {
      const result = await host('staysFree', counting(), '20000');
      expect(result).toMatchObject({ calls: { malloc: 20_000 } });
      // The whole takes seconds; a turn takes some milliseconds, more on a busy machine.
      expect(result['longestMs']).toBeLessThan(1000);
    },
    70_000,
  );

  itCompiles(
    'traces several programs at once',
    async () => {
      const counts = ['300', '700', '1100', '1500'];
      const seen = (await host('several', counting(), ...counts)) as unknown as object[];
      expect(seen).toHaveLength(counts.length);
      for (const [index, times] of counts.entries()) {
        expect(seen[index]).toMatchObject({ malloc: Number(times), free: Number(times) });
      }
    },
    70_000,
  );

  itCompiles(
    'leaves no descriptor, thread, child, signal handler or listener behind',
    async () => {
      const { before, after } = (await host('leavesNothing', counting(), '100000')) as Record<
        string,
        { readonly residentMiB: number }
      >;
      expect({ ...after, residentMiB: 0 }).toEqual({ ...before, residentMiB: 0 });
      expect((after?.residentMiB ?? 1000) - (before?.residentMiB ?? 0)).toBeLessThan(100);
    },
    70_000,
  );

  itCompiles(
    'lets go of a process when its host exits in the middle, and ends what it launched',
    async () => {
      const target = startProgram([buildProgram('prints-ticks'), '3000'], { timeoutMs: 60_000 });
      await target.sees(/tick 2 /);
      const command = [process.execPath, DRIVER, 'exits', String(target.pid), 'sleep', '50'];
      const run = await runProgram(command, { timeoutMs: 40_000 });
      expect(run).toMatchObject({ status: 7, timedOut: false });
      const { result } = JSON.parse(run.stderr) as { result: { launchedPid: number } };
      expect(isAlive(result.launchedPid)).toBe(false);
      expect(isAlive(target.pid)).toBe(true);
      expect(tracerOf(target.pid)).toBe(0);
      const ticks = /tick (\d+) (?!.*tick)/s.exec(target.output().stdout)?.[1] ?? '';
      await target.sees(new RegExp(`tick ${Number(ticks) + 5} 65`));
      target.kill('SIGKILL');
      await target.finished();
    },
    70_000,
  );

  it('tells of wrong options and targets by errors of its own', async () => {
    expect(await host('fails')).toEqual({
      notFound: ['not-found', 'no-such-program: command not found'],
      filter: ['usage', expect.stringContaining("unmatched '['")],
      where: ['usage', expect.stringContaining('arg1 >')],
      length: ['usage', expect.stringContaining('stringLength')],
      pid: ['usage', expect.stringContaining('-3')],
      noPid: ['usage', expect.stringContaining('process id')],
      gone: ['failed', expect.stringContaining('no such process')],
      itself: ['failed', expect.stringContaining('cannot attach')],
      ownChild: ['failed', expect.stringContaining('child')],
      nul: ['usage', expect.stringContaining('NUL')],
      directory: ['cannot-execute', expect.stringContaining('directory')],
    });
  }, 70_000);
});

describe('readTrace', () => {
  itCompiles(
    'gives the events of a recording, and of one that was cut off, in the middle of a line',
    () =>
      withTemporaryFolder(async (folder) => {
        const file = join(folder, 'trace.ndjson');
        await runTsltrace(['-o', file, '-e', '@MAIN', counting(), '100']);
        expect(await host('reads', file)).toMatchObject({
          calls: { malloc: 100, free: 100 },
          last: 'coverage',
        });
        truncateSync(file, Math.floor(statSync(file).size / 2));
        expect(await host('reads', file)).toMatchObject({ last: 'notice' });
      }),
    70_000,
  );
});
