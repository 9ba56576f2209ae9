/** Programs that are busy with their signals go on unharmed when a tracer that attached to them is killed, again and again. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { changedCode } from '../support/changed-code.js';
import { sleep } from '../support/processes.js';
import { startProgram, startTsltrace, type Running } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const ROUNDS = 9;
/** Long: a busy machine is no fault of the tracer's. */
const PATIENCE_MS = 60_000;
const LONGEST_MS = 300_000;

/** @param words arguments of the program, options of the tracer */
async function survivesKills(mode: string, options: readonly string[]): Promise<void> {
  const target = startProgram([buildProgram('keeps-its-signals'), mode], {
    timeoutMs: LONGEST_MS,
  });
  try {
    await target.sees(/ready/);
    for (let round = 0; round < ROUNDS; round++) {
      await withTemporaryFolder((folder) => killOneTracer(target, options, join(folder, 'trace')));
      // Not the same moment of its work each time.
      await sleep(round * 3);
    }
  } finally {
    target.endInput();
  }
  const run = await target.finished();
  expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
  expect(run.stdout).toContain('wrong 0 blocks 0 ticks 1');
}

async function killOneTracer(
  target: Running,
  options: readonly string[],
  file: string,
): Promise<void> {
  writeFileSync(file, '');
  const tracer = startTsltrace(['-o', file, ...options, '-p', String(target.pid)], {
    timeoutMs: LONGEST_MS,
  });
  for (let waited = 0; statSync(file).size === 0 && waited < PATIENCE_MS; waited += 2) {
    await sleep(2);
  }
  expect(statSync(file).size).toBeGreaterThan(0);
  await sleep(Math.random() * 50);
  tracer.kill('SIGKILL');
  await tracer.finished();
  await guardianIsDone(tracer.pid);
  expect(changedCode(target.pid)).toEqual([]);
}

describe('a program goes on, with its signals, though its tracer is killed again and again,', () => {
  for (const [what, mode, options] of [
    ['while a timer interrupts its calls', 'ticks', ['-e', 'toupper']],
    ['while signals come faster than it gets past a breakpoint', 'storm', ['-e', 'toupper']],
    ['while it blocks all signals around calls', 'masks', ['-e', 'toupper']],
    ['while the C library blocks all signals to begin threads', 'threads', ['-x', '*@libc.so.6']],
  ] as const) {
    itCompiles(what, () => survivesKills(mode, options), LONGEST_MS + 10_000);
  }
});
