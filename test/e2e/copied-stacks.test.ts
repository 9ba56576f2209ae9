/** Tasks whose slices of one stack are copied away and back: a call that is left there returns later. */
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { debianPython, gccCan, hasPythonModule, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const itHasGreenlets = skipUnless(
  hasPythonModule('greenlet'),
  'needs greenlet for Python (Debian package python3-greenlet)',
);

interface Recorded {
  readonly kind: string;
  /** A number in a call, and in what ends one. */
  readonly call?: number;
  readonly parent?: number;
  readonly args?: readonly { readonly raw: number | string }[];
  readonly rawResult?: number | string;
}

interface Told {
  readonly argument: number;
  readonly parent: number | undefined;
  /** 'none' when no end was told. */
  result: number | 'none' | 'abandoned';
}

/** @param argument which of the arguments tells the call */
async function callsOf(command: readonly string[], filter: string, argument: number) {
  const alone = await runProgram(command);
  const { run, trace } = await traceProgram(command, {
    options: ['--format', 'json', '-e', filter],
  });
  expect(run).toMatchObject({ status: 0, stdout: alone.stdout });
  const calls = new Map<number, Told>();
  for (const line of trace.trim().split('\n')) {
    const event = JSON.parse(line) as Recorded;
    const { kind, call = 0, parent, args = [] } = event;
    if (kind === 'call') {
      calls.set(call, { argument: Number(args[argument]?.raw), parent, result: 'none' });
    } else {
      const told = calls.get(call);
      if (told === undefined) continue;
      expect(told.result).toBe('none');
      told.result = kind === 'return' ? Number(event.rawResult) : 'abandoned';
    }
  }
  return { calls, expected: Number(/^expect \S+ (\d+)$/m.exec(run.stdout)?.[1]) };
}

describe('tasks that take turns on one stack', () => {
  const build = (...flags: readonly string[]): string =>
    buildProgram('copies-stacks', {
      // Checked longjmp takes the way back up for a mistake.
      flags: [...flags, '-U_FORTIFY_SOURCE'],
      library: 'lib-greet',
      libraryFlags: flags,
    });

  const expectAll = async (tasks: number, ...flags: readonly string[]) => {
    const { calls, expected } = await callsOf(
      [build(...flags), String(tasks), '4'],
      'call_back@MAIN',
      1,
    );
    expect(calls.size).toBe(expected);
    for (const { argument, parent, result } of calls.values()) {
      expect(result).toBe(argument + 1);
      // Those within are made by the task of the one around them.
      const around = argument % 10 === 0 ? undefined : argument - (argument % 10);
      expect(calls.get(parent ?? 0)?.argument).toBe(around);
    }
  };

  itCompiles('have each return told, with its own result', () => expectAll(3));
  itCompiles('may be many', () => expectAll(300), 60_000);
  m32('are no other in 32 bits', () => expectAll(3, '-m32'));
});

describe('greenlets', () => {
  itHasGreenlets('have each return told, with its own result', async () => {
    const python = debianPython() ?? '';
    const script = inProject('test/programs/greenlets.py');
    const { calls, expected } = await callsOf([python, script, '5', '6'], 'bsearch', 1);
    expect(calls.size).toBe(expected);
    // What is found is the element that was looked at.
    for (const { argument, result } of calls.values()) expect(result).toBe(argument);
  });
});

describe('calls that were left and do not come back', () => {
  itCompiles('are told as unwound, at last', async () => {
    const program = buildProgram('longjmp-out', { library: 'lib-greet' });
    for (const times of [3, 200]) {
      const { calls, expected } = await callsOf(
        [program, String(times)],
        'call_back@MAIN+toupper@MAIN',
        0,
      );
      expect(calls.size).toBe(2 * (times + 1));
      expect(expected).toBe(times + 1);
      const left = [...calls.values()].filter(({ result }) => result === 'abandoned');
      expect(left).toHaveLength(times);
    }
  });

  itCompiles('are told at once where that is the rule', async () => {
    const program = buildProgram('longjmp-out', { library: 'lib-greet' });
    const { trace } = await traceProgram([program, '4000'], {
      options: ['-e', 'call_back@MAIN+toupper@MAIN'],
    });
    const lines = trace.split('\n');
    const isUnwound = (line: string): boolean => /<\.\.\. call_back unwound>/.test(line);
    expect(lines.filter(isUnwound)).toHaveLength(4000);
    // When the last calls are made, those before are long told.
    expect(lines.slice(-40).filter(isUnwound).length).toBeLessThan(20);
  });
});
