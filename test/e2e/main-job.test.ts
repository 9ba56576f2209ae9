/** The main job: the SSL_CTX functions that Python's ssl module and libssl itself call. */
import { runLtrace, ltracePath } from '../support/ltrace-peer.js';
import { runProgram, runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { debianPython, hasPythonModule, needs } from '../support/toolchain.js';
import { readTranscript } from '../support/trace-lines.js';

const python = debianPython() ?? '';
const script = 'import ssl; c = ssl.create_default_context(); print(c.minimum_version)';
const command = [python, '-c', script];
const itHasPython = skipUnless(
  python !== '' && hasPythonModule('ssl'),
  'needs /usr/bin/python3 (Debian package python3)',
);
const itHasLtraceToo = skipUnless(python !== '' && ltracePath() !== undefined, needs('ltrace'));

interface RecordedCall {
  readonly kind: string;
  readonly symbol: string;
  readonly caller: { readonly module: string };
}

describe("tsltrace -e 'SSL_CTX*@*' python3 -c 'import ssl; …'", () => {
  itHasPython(
    'names each function with the library that calls it, with arguments and result',
    async () => {
      const run = await runTsltrace(['-e', 'SSL_CTX*@*', ...command]);
      expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
      const { calls, events } = readTranscript(run.stderr);
      expect(calls.length).toBeGreaterThan(5);
      expect(calls[0]).toMatchObject({
        caller: expect.stringMatching(/^_ssl\./) as string,
        name: 'SSL_CTX_new',
      });
      expect(new Set(calls.map((call) => call.name.startsWith('SSL_CTX')))).toEqual(
        new Set([true]),
      );
      expect(calls[0]?.text).toMatch(
        /^_ssl\.\S+->SSL_CTX_new\(.+\)\s+= 0x[0-9a-f]+$|<unfinished \.\.\.>$/,
      );
      expect(events).toEqual(['+++ exited (status 0) +++']);
    },
  );

  itHasPython('leaves output and status as they are without tracing', async () => {
    const alone = await runProgram(command);
    const traced = await runTsltrace(['-e', 'SSL_CTX*@*', '-o', '/dev/null', ...command]);
    expect(traced.stdout).toBe(alone.stdout);
    expect(traced.stderr).toBe(alone.stderr);
    expect(traced.status).toBe(alone.status);
  });

  itHasLtraceToo('prints the same functions, callers and order as ltrace', async () => {
    const theirs = readTranscript((await runLtrace(['-e', 'SSL_CTX*@*', ...command])).stderr);
    // As data, because our text shows SSL_CTX_ctrl as the macro that was written.
    const run = await runTsltrace(['--format', 'json', '-e', 'SSL_CTX*@*', ...command]);
    const ours = run.stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RecordedCall)
      .filter(({ kind }) => kind === 'call');
    expect(theirs.calls.length).toBeGreaterThan(5);
    expect(ours.map(({ caller, symbol }) => `${caller.module}->${symbol}`)).toEqual(
      theirs.calls.map((call) => `${call.caller}->${call.name}`),
    );
    expect(theirs.events).toEqual(['+++ exited (status 0) +++']);
    expect(run.status).toBe(0);
  });
});
