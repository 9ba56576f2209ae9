/**
 * A traced program makes the system calls that it makes alone, in the same order, and those that
 * docs/attach-and-detach.md names. Seccomp is the witness (records-syscalls.c): strace, a tracer itself, could only
 * watch one of the two runs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runProgram, startProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs, toolPath } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc') && isRoot(), `${needs('gcc')} and root`);

interface Call {
  readonly pid: string;
  readonly number: number;
  readonly args: readonly string[];
}

/** The calls of the processes that run the program of the command. `before`: what starts it. */
function syscallsOf(before: readonly string[], command: readonly string[]): Promise<Call[]> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'calls');
    const socket = join(folder, 'socket');
    const recorder = buildProgram('records-syscalls');
    const server = startProgram([recorder, 'serve', socket, file, command[0] ?? '']);
    await server.sees(/ready/);
    const run = await runProgram([...before, recorder, 'run', socket, ...command]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(await server.finished()).toMatchObject({ status: 0, stderr: '' });
    const lines = readFileSync(file, 'latin1').trimEnd().split('\n');
    return lines.map((line) => {
      const [pid = '', number = '', ...args] = line.split(' ');
      return { pid, number: Number(number), args };
    });
  });
}

/** mmap of pages for displaced instructions: PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE. */
const isOurs = ({ number, args }: Call): boolean =>
  number === 9 && args[2] === '5' && args[3] === '100022';

/** By process, because two that run at once make theirs in any order. */
function numbersOf(calls: readonly Call[]): number[][] {
  const found = new Map<string, number[]>();
  for (const { pid, number } of calls) found.set(pid, [...(found.get(pid) ?? []), number]);
  return [...found.values()];
}

describe('the system calls of', () => {
  const ls = toolPath('ls') ?? '';
  const shell = [toolPath('dash') ?? '', '-c', '(true); ls /; ls /'];
  const cases = [
    ['ls', [ls, '-l', '/'], []],
    ['a program that makes 1000 traced calls', [buildProgram('counts-calls'), '1000'], []],
    ['a program that forks and execs itself', [buildProgram('vfork-exec'), '20'], []],
    ['a shell that starts others', shell, []],
    ['a shell whose children are followed', shell, ['-f']],
  ] as const;
  for (const [what, command, options] of cases) {
    itCompiles(`${what} are the same`, async () => {
      const tracer = [...tsltraceCommand(), '-o', '/dev/null', ...options];
      const alone = await syscallsOf([], command);
      const calls = await syscallsOf(tracer, command);
      expect(alone.filter(isOurs)).toEqual([]);
      // Nor do they pass the filter when we ask for them.
      expect(calls.filter(isOurs)).toEqual([]);
      const [theirs, without] = [calls, alone].map(numbersOf);
      // When a child ends while its parent does something else is chance, with us or without.
      if (command === shell) expect(theirs?.flat().sort()).toEqual(without?.flat().sort());
      else expect(theirs).toEqual(without);
    });
  }
});
