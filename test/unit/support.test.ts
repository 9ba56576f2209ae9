/** The tests' own tools: reading transcripts back, normalising, bounded runs. */
import { countCalls, expectedCounts, readTranscript } from '../support/trace-lines.js';
import { normalise } from '../support/normalise.js';
import { isAlive, sleep } from '../support/processes.js';
import { runProgram, startProgram } from '../support/run-tsltrace.js';

describe('readTranscript', () => {
  it('tells callers, names, libraries and threads apart', () => {
    const { calls, events, resumed } = readTranscript(
      [
        'puts("hello world")                              = 12',
        'libssl.so.3->SSL_CTX_new(0x1, 2 <unfinished ...>',
        'malloc@libc.so.6(100)                            = 0x562d59d7d2a0',
        '[pid 42] tst->free(0x55d6a5bfb2b0) = <void>',
        '43 <... SSL_CTX_new resumed> )                   = 0x1',
        '--- SIGUSR1 (User defined signal 1) ---',
        '+++ exited (status 3) +++',
        'something the program itself printed',
      ].join('\n'),
    );
    expect(calls.map(({ pid, caller, name, library }) => ({ pid, caller, name, library }))).toEqual(
      [
        { pid: undefined, caller: '', name: 'puts', library: '' },
        { pid: undefined, caller: 'libssl.so.3', name: 'SSL_CTX_new', library: '' },
        { pid: undefined, caller: '', name: 'malloc', library: 'libc.so.6' },
        { pid: 42, caller: 'tst', name: 'free', library: '' },
      ],
    );
    expect(events).toEqual([
      '--- SIGUSR1 (User defined signal 1) ---',
      '+++ exited (status 3) +++',
    ]);
    expect(resumed).toEqual(['<... SSL_CTX_new resumed> )                   = 0x1']);
  });

  it('counts calls and reads what a fixture expects', () => {
    expect(countCalls('f(1) = 2\nf(2 <unfinished ...>\ng() = 1\n<... f resumed> ) = 1\n')).toEqual({
      f: 2,
      g: 1,
    });
    expect(expectedCounts('expect f 2\nnoise\nexpect g 1\n')).toEqual({ f: 2, g: 1 });
  });
});

describe('normalise', () => {
  it('replaces pids, addresses and times and nothing else', () => {
    expect(normalise('[pid 123] f(0x7f001234, 0x20, 5) = 0x55d6a5bfb2b0 <0.000123>')).toBe(
      '[pid PID] f(ADDR, 0x20, 5) = ADDR <TIME>',
    );
  });
});

describe('runProgram', () => {
  it('returns output, status and the signal of death', async () => {
    const exited = await runProgram(['sh', '-c', 'cat; echo err >&2; exit 5'], { input: 'é\n' });
    expect(exited).toMatchObject({ stdout: 'é\n', stderr: 'err\n', status: 5, timedOut: false });
    const killed = await runProgram(['sh', '-c', 'kill -TERM $$']);
    expect(killed).toMatchObject({ status: null, signal: 'SIGTERM' });
  });

  it('ends what does not end by itself, children included', async () => {
    const run = await runProgram(['sh', '-c', 'sleep 60 & echo $!; wait'], { timeoutMs: 300 });
    expect(run.timedOut).toBe(true);
    // A signal takes effect when its process is next scheduled.
    for (let waited = 0; waited < 5000 && isAlive(Number(run.stdout)); waited += 10)
      await sleep(10);
    expect(isAlive(Number(run.stdout))).toBe(false);
  });

  it('lets a test talk to a program', async () => {
    const shell = startProgram(['sh', '-c', 'echo ready; read x; echo "got $x"']);
    await shell.sees(/ready/);
    shell.send('word\n');
    await shell.sees(/got word/);
    await expect(shell.sees(/never/)).rejects.toThrow(/it ended before/);
    expect((await shell.finished()).status).toBe(0);
  });
});
