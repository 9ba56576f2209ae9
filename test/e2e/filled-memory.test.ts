/** Memory that the program itself is to fill: nobody waits for what they keep from coming. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runProgram, runTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';

const itFills = skipUnless(hasTool('gcc') && isRoot(), `${needs('gcc')} and root`);
const NOT_ALLOWED = 77;
const TIMEOUT_MS = 30_000;

/** @returns undefined where the system does not let the program do so */
function traceFilled(
  name: string,
  by: 'thread' | 'process',
  ...more: readonly string[]
): Promise<{ readonly run: Run; readonly trace: string } | undefined> {
  const command = [buildProgram(name), by, ...more];
  return withTemporaryFolder(async (folder) => {
    const plain = await runProgram(command, { timeoutMs: TIMEOUT_MS });
    if (plain.status === NOT_ALLOWED) return undefined;
    expect(plain).toMatchObject({ status: 0, stdout: 'all right\n' });
    const file = join(folder, 'trace');
    const options = ['-f', '-e', 'strdup+strcmp+toupper+dcngettext', '-o', file];
    const run = await runTsltrace([...options, ...command], { timeoutMs: TIMEOUT_MS });
    return { run, trace: readFileSync(file, 'utf8') };
  });
}

describe('memory that the program fills when it is first touched', () => {
  for (const by of ['thread', 'process'] as const) {
    itFills(
      `is not waited for by the tracer, where a ${by} fills it that is traced too`,
      async () => {
        const traced = await traceFilled('filled-on-demand', by);
        if (traced === undefined) return;
        const { run, trace } = traced;
        expect(run).toMatchObject({ status: 0, stdout: 'all right\n', timedOut: false });
        // What cannot be read yet is shown as its address; what comes back is there.
        expect(trace).toMatch(/strdup\(0x[0-9a-f]+[ )]/);
        expect(trace).toMatch(/= "Page 0"/);
        expect(trace).toMatch(/strcmp\(0x[0-9a-f]+, 0x[0-9a-f]+[ )]/);
        expect(trace).toMatch(/strdup\("xxx"\.\.\./);
        expect(trace).toMatch(/= "xxxPage 3"/);
        expect(trace.match(/toupper\(/g)).toHaveLength(4);
      },
    );
  }
});

describe('memory that was there and is filled anew', () => {
  itFills('is not waited for by the tracer, however it was read before', async () => {
    const traced = await traceFilled('filled-on-demand', 'thread', 'often');
    if (traced === undefined) return;
    const { run, trace } = traced;
    expect(run).toMatchObject({ status: 0, stdout: 'all right\n', timedOut: false });
    expect(trace.match(/dcngettext\("here", "here", "here", 1, LC_MESSAGES\)/g)).toHaveLength(200);
    expect(trace).toMatch(/dcngettext\(0x[0-9a-f]+, 0x[0-9a-f]+, 0x[0-9a-f]+, 1, /);
    expect(trace).toMatch(/= "Page 0"/);
  });
});

describe('memory that a file is mapped to which a traced program serves itself', () => {
  for (const by of ['thread', 'process'] as const) {
    itFills(`is not waited for by the tracer, where a ${by} serves it`, async () => {
      const traced = await traceFilled('serves-its-own-file', by);
      if (traced === undefined) return;
      const { run, trace } = traced;
      expect(run).toMatchObject({ status: 0, stdout: 'all right\n', timedOut: false });
      expect(trace).toMatch(/strdup\(0x[0-9a-f]+[ )]/);
      expect(trace).toMatch(/= "Served text"/);
      // Now it is there.
      expect(trace).toMatch(/strdup\("Served text"\) += "Served text"/);
      expect(trace).toMatch(/toupper\('s'/);
    });
  }
});

describe('memory that a file is mapped to which a stranger serves', () => {
  itFills('is waited for, as the program would', async () => {
    // Without -f the child that serves it is nobody whom we trace.
    const command = [buildProgram('serves-its-own-file'), 'stranger'];
    const run = await runTsltrace(['-e', 'strdup', ...command], { timeoutMs: TIMEOUT_MS });
    if (run.status === NOT_ALLOWED) return;
    expect(run).toMatchObject({ status: 0, stdout: 'all right\n', timedOut: false });
    expect(run.stderr.match(/strdup\("Served text"\) += "Served text"/g)).toHaveLength(2);
  });

  itFills('is not waited for where no answer comes', async () => {
    const command = [buildProgram('serves-its-own-file'), 'late'];
    const run = await runTsltrace(['-e', 'strdup+bindtextdomain', ...command], {
      timeoutMs: TIMEOUT_MS,
    });
    if (run.status === NOT_ALLOWED) return;
    expect(run).toMatchObject({ status: 0, stdout: 'all right\n', timedOut: false });
    expect(run.stderr.match(/bindtextdomain\(nil, 0x[0-9a-f]+\)/g)).toHaveLength(2);
    expect(run.stderr).toMatch(/= "Served text"/);
  });

  itFills(
    'keeps nobody where no answer ever comes, but us until whoever serves it has ended',
    async () => {
      const command = [buildProgram('serves-its-own-file'), 'never'];
      const run = await runTsltrace(['-e', 'bindtextdomain', ...command], { timeoutMs: 20_000 });
      if (run.status === NOT_ALLOWED) return;
      expect(run).toMatchObject({ status: 0, stdout: 'all right\n', timedOut: false });
      expect(run.stderr.match(/bindtextdomain\(nil, 0x[0-9a-f]+\)/g)).toHaveLength(2);
    },
  );
});
