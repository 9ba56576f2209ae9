/** Programs that make system calls by the convention of the other word size: shown by their names, and nobody is harmed. */
import { buildProgram } from '../support/build-programs.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceFixture, traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

/** With -S alone, behind the start of the program. */
async function syscallsOf(program: string): Promise<readonly string[]> {
  const { run, trace } = await traceProgram([program], { options: ['-S', '-e', '!*'] });
  expect(run).toMatchObject({ status: 0, signal: null });
  return trace.split('\n').filter((line) => line.startsWith('SYS_'));
}

describe('a 64-bit program that makes 32-bit system calls', () => {
  itCompiles('has them shown by their own names and arguments', async () => {
    const calls = await syscallsOf(buildProgram('mixes-conventions'));
    const count = (call: RegExp): number => calls.filter((line) => call.test(line)).length;
    // One of each by either way.
    expect(count(/^SYS_getpid\(\) +=/)).toBe(2);
    expect(count(/^SYS_write\(1, "written by the other convention\\n", 32\) += 32$/)).toBe(1);
    // By code that is written anew: four times, and as often by the C library.
    expect(count(/^SYS_getppid\(\) +=/)).toBe(8);
    expect(count(/^SYS_(writev|semget|iopl|stat)\(/)).toBe(0);
  });

  itCompiles('begins children in its memory with them, and keeps its breakpoints', async () => {
    const { run, transcript, expected } = await traceFixture('mixes-conventions', {
      args: ['clone'],
      options: ['-e', 'toupper'],
    });
    expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
    expect(expected).toEqual({ toupper: 5 });
    expect(transcript.calls.filter(({ name }) => name === 'toupper')).toHaveLength(5);
  });
});

describe('a 32-bit program that makes 64-bit system calls', () => {
  m32('has them shown by their own names', async () => {
    const flags = ['-m32', '-no-pie', '-fno-pic'];
    const calls = await syscallsOf(buildProgram('mixes-conventions', { flags }));
    expect(calls.filter((line) => /^SYS_getpid\(\) +=/.test(line))).toHaveLength(4);
    expect(calls.filter((line) => /^SYS_mkdir\(/.test(line))).toEqual([]);
  });
});
