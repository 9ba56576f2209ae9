/** Side by side with Debian's ltrace, where ltrace is right. */
import { buildProgram } from '../support/build-programs.js';
import { ltracePath, runLtrace } from '../support/ltrace-peer.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { readTranscript } from '../support/trace-lines.js';

const itHasLtrace = skipUnless(hasTool('gcc') && ltracePath() !== undefined, needs('ltrace'));

/** Caller, function and event lines in order: what both print about one single-threaded program. */
function outline(text: string): readonly string[] {
  const { calls, events } = readTranscript(text);
  return [...calls.map((call) => `${call.caller}->${call.name}@${call.library}`), ...events];
}

describe('the calls, callers and order are those of ltrace for', () => {
  const cases: readonly (readonly [
    options: readonly string[],
    program: string,
    ...args: string[],
  ])[] = [
    [['-e', 'strlen'], 'calls-strlen'],
    [['-e', 'malloc@MAIN+free@MAIN'], 'counts-calls', '50'],
    // Left out: calls that we show and ltrace does not, see docs/differences-from-ltrace.md.
    [['-e', 'm*-malloc-main'], 'counts-calls', '5'],
    [['-e', '@MAIN-p*-__cxa_finalize'], 'counts-calls', '20'],
    [['-e', 'toupper'], 'tail-calls', '10'],
    [['-L', '-x', 'main'], 'calls-strlen'],
    [['-L', '-x', 'toupper@libc.so*'], 'counts-calls', '10'],
    [['-e', 'toupper'], 'exec-chain', '3'],
    [['-e', 'access'], 'unreadable-pointers'],
    [[], 'calls-strlen'],
  ];
  for (const [options, name, ...args] of cases) {
    itHasLtrace(
      `${options.join(' ')} ${name} ${args.join(' ')}`.trim(),
      async () => {
        const program = buildProgram(name);
        const theirs = await runLtrace([...options, program, ...args]);
        const ours = await runTsltrace([...options, program, ...args]);
        expect(theirs.stderr).not.toBe('');
        expect(ours.stdout).toBe(theirs.stdout);
        expect(outline(ours.stderr)).toEqual(outline(theirs.stderr));
      },
      60_000,
    );
  }
});
