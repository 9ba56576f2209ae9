/** System calls that are interrupted: shown as what they are, and not at all where only we interrupt them. */
import { buildProgram } from '../support/build-programs.js';
import { sleep } from '../support/processes.js';
import { runTsltrace, startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

describe('a system call that a signal interrupts', () => {
  itCompiles('ends as strace shows it, before the signal', async () => {
    const program = buildProgram('interrupted-calls');
    const options = ['-L', '--syscalls', 'read,pause,nanosleep,clock_nanosleep'];
    const { stderr, status } = await runTsltrace([...options, program]);
    expect(status).toBe(0);
    const alarm = '--- SIGALRM (Alarm clock) ';
    const lines = stderr.split('\n').map((line) => line.replace(/ +=/, ' ='));
    const before = lines.flatMap((line, at) => (line.startsWith(alarm) ? [lines[at - 1]] : []));
    expect(before).toEqual([
      expect.stringMatching(
        /^SYS_read\(.* = \? ERESTARTSYS \(To be restarted if SA_RESTART is set\)$/,
      ),
      'SYS_pause() = ? ERESTARTNOHAND (To be restarted if no handler)',
      expect.stringMatching(/nanosleep\(.* = \? ERESTART_RESTARTBLOCK \(Interrupted by signal\)$/),
    ]);
    expect(stderr).toMatch(/^SYS_read\(.*"x".* = 1$/m);
    expect(stderr).not.toContain('errno 51');
    const where = await runTsltrace([...options, '--where', 'errno == ERESTARTNOHAND', program]);
    expect(where.stderr.match(/^SYS_\w+/gm)).toEqual(['SYS_pause']);
  });
});

describe('a system call that only we interrupt', () => {
  itCompiles('is one call, whatever we do', async () => {
    const target = startProgram([buildProgram('interrupted-calls'), 'waits']);
    try {
      await target.sees(/ready/);
      for (let round = 0; round < 5; round++) {
        const tracer = startTsltrace(['-L', '-S', '-p', String(target.pid)]);
        await tracer.sees(/nanosleep\([^\n]*\n[^\n]*nanosleep\(/);
        await sleep(20);
        tracer.kill('SIGINT');
        const { stderr, status } = await tracer.finished();
        expect(status).toBe(0);
        expect(stderr).not.toMatch(/ERESTART|errno 51|Unknown/);
      }
    } finally {
      target.kill('SIGKILL');
      await target.finished();
    }
  });
});
