/** What the frames of a script cost at each call of a Python program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython } from '../support/toolchain.js';
import type { Row } from './row.js';

const CALLS = 10_000;
/** Frames above the loop: with it and the top of the file there are 30. */
const DEPTH = 28;
const MOST_MS = 600_000;

/** Says how long a call took, microseconds; the first ones, in which we make our machine code, do not count. */
const SCRIPT = `
import os, sys, time
def work(n):
    for _ in range(n): os.getppid()
def deep(depth, n):
    return deep(depth - 1, n) if depth else work(n)
calls, depth = int(sys.argv[1]), int(sys.argv[2]) - 1
deep(depth, calls // 2)
started = time.perf_counter_ns()
deep(depth, calls)
print((time.perf_counter_ns() - started) / calls / 1000)
`;

export function scriptRows(): readonly Row[] {
  const python = debianPython();
  if (python === undefined) return [];
  const plain = 'a call of Python, text';
  const row = (name: string, options: readonly string[], more: Partial<Row> = {}): Row => ({
    name,
    unit: 'µs/call',
    measure: () => usPerCall(python, options),
    ...more,
  });
  return [
    row(plain, []),
    row('the same with --origin', ['--origin'], { against: plain, atMost: { ratio: 1.05 } }),
    row('the same with -w 60: native frames and 30 of the script', ['-w', '60'], {
      against: plain,
    }),
  ];
}

function usPerCall(python: string, options: readonly string[]): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const script = join(folder, 'calls.py');
    writeFileSync(script, SCRIPT);
    const tracer = [...tsltraceCommand(), '-o', '/dev/null', '-e', 'getppid', ...options];
    const command = [...tracer, python, script, `${CALLS}`, `${DEPTH}`];
    const { stdout } = await runProgram(command, { timeoutMs: MOST_MS });
    return Number(stdout);
  });
}
