/** Runs Debian's ltrace beside tsltrace on the same program. */
import { runProgram, type Run, type RunOptions } from './run-tsltrace.js';
import { toolPath } from './toolchain.js';

export function ltracePath(): string | undefined {
  return toolPath('ltrace');
}

export function runLtrace(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const ltrace = ltracePath();
  if (ltrace === undefined)
    throw new Error('ltrace is not installed: guard the test by skipUnless');
  return runProgram([ltrace, ...args], { timeoutMs: 120_000, ...options });
}
