/** Children: followed with -f, released unharmed without it; exec starts over. */
import { buildProgram } from '../support/build-programs.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const filter = ['-e', 'toupper'];

describe('children that are not followed', () => {
  itCompiles('of fork end as they would alone', async () => {
    const { run, transcript } = await traceFixture('fork-many', { options: filter });
    expect(run).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^(.*no call was seen.*\n)?$/) as unknown,
    });
    expect(run.stdout).toContain('children 200, statuses right');
    expect(transcript.calls).toEqual([]);
  });

  itCompiles('of vfork and exec end as they would alone', async () => {
    const { run, transcript, expected } = await traceFixture('vfork-exec', { options: filter });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('children 50');
    // The parent's own; what a vfork child calls before exec is not shown.
    expect(transcript.calls).toHaveLength(expected['toupper'] ?? -1);
  });

  itCompiles('of posix_spawn end as they would alone', async () => {
    const { run, seen, expected } = await traceFixture('posix-spawn', { options: filter });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(seen).toEqual(expected);
  });
});

describe('children that are followed', () => {
  itCompiles('of fork have every call shown with their pid', async () => {
    const { run, transcript } = await traceFixture('fork-many', { options: ['-f', ...filter] });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(transcript.calls).toHaveLength(2000);
    const perChild = new Map<number | undefined, number>();
    for (const { pid } of transcript.calls) perChild.set(pid, (perChild.get(pid) ?? 0) + 1);
    expect(perChild.size).toBe(200);
    expect(new Set(perChild.values())).toEqual(new Set([10]));
    expect(transcript.events.filter((line) => line.startsWith('+++ exited'))).toHaveLength(201);
  });

  itCompiles('of vfork and exec have calls before and after exec', async () => {
    const { run, transcript } = await traceFixture('vfork-exec', { options: ['-f', ...filter] });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(transcript.calls).toHaveLength(150);
    expect(transcript.events.filter((line) => line.includes('exec()'))).toHaveLength(50);
  });

  itCompiles('of posix_spawn have theirs', async () => {
    const { run, transcript } = await traceFixture('posix-spawn', { options: ['-f', ...filter] });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(transcript.calls).toHaveLength(100);
  });

  itCompiles(
    'of a process with busy threads too',
    async () => {
      const { run, seen, expected } = await traceFixture('forks-while-threads', {
        args: ['10'],
        options: ['-f', '-e', 'toupper+tolower'],
        timeoutMs: 60_000,
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(seen).toEqual({ ...expected, toupper: expected['toupper'] });
    },
    70_000,
  );
});

describe('exec', () => {
  itCompiles('is followed down a chain, over attempts that fail', async () => {
    const { run, seen, expected, transcript } = await traceFixture('exec-chain', {
      options: filter,
    });
    expect(run).toMatchObject({ status: 5, stderr: '' });
    expect(expected).toEqual({ toupper: 11 });
    expect(seen).toEqual(expected);
    expect(transcript.events.filter((line) => line === '--- Called exec() ---')).toHaveLength(10);
  });

  itCompiles('of a script runs its interpreter, as the kernel does', async () => {
    const program = buildProgram('exec-chain');
    const shell = await runProgram(['sh', '-c', `${program} 3`]);
    expect(shell.status).toBe(5);
  });
});
