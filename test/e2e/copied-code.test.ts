/** A program that copies its own code, breakpoints included, and runs the copy gets on as it would without us. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace, startProgram, startTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceBegins } from '../support/wait-for-trace.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const OPTIONS = ['-x', 'mix+fold'];
const REMARK = 'runs a copy of its own code that was made with breakpoints in it';

async function launched(where: string, flags: readonly string[]): Promise<void> {
  const program = buildProgram('copies-its-code', { flags });
  const run = await runTsltrace([...OPTIONS, '-o', '/dev/null', program, where]);
  expect(run).toMatchObject({ status: 0, signal: null, stdout: 'right\n' });
  expect(run.stderr.split(REMARK)).toHaveLength(2);
}

/** What becomes of a program that runs its copies when its tracer has ended by that signal. */
async function afterTracer(where: string, signal: 'SIGINT' | 'SIGKILL'): Promise<Run> {
  const program = buildProgram('copies-its-code', { flags: ['-O1'] });
  const target = startProgram([program, where, 'waits']);
  await target.sees(/ready/);
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    writeFileSync(file, '');
    const options = [...OPTIONS, '-e', 'memcpy+puts', '-o', file, '-p', String(target.pid)];
    const tracer = startTsltrace(options);
    await traceBegins(file);
    target.send('\n');
    await target.sees(/copied/);
    tracer.kill(signal);
    expect(await tracer.finished()).toMatchObject({ stderr: '', timedOut: false });
    await guardianIsDone(tracer.pid);
  });
  target.send('\n');
  return target.finished();
}

describe.each(['pages', 'stack', 'memfd'])('code that a program copies (%s)', (where) => {
  itCompiles('does what it does alone', () => launched(where, ['-O1']));
  m32('does so in 32 bits', () => launched(where, ['-O1', '-m32']));

  itCompiles('runs on when the tracer has left before it runs', async () => {
    const run = await afterTracer(where, 'SIGINT');
    expect(run).toMatchObject({ status: 0, stdout: 'ready\ncopied\nright\n' });
  });
});

describe('a copy that was made before the tracer was killed', () => {
  itCompiles('is not known to anybody: it ends the program that runs it', async () => {
    expect(await afterTracer('pages', 'SIGKILL')).toMatchObject({ signal: 'SIGTRAP' });
  });
});
