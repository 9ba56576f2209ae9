/** Filters, conditions, counts and formats asked of a recording give what they give while a program runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs, toolPath } from '../support/toolchain.js';

/** Options that choose, each asked live and of one recording of everything. */
const QUESTIONS: readonly (readonly string[])[] = [
  ['-e', 'toupper'],
  ['-e', 'malloc+free@MAIN'],
  ['-e', '@MAIN-free', '-T', '-i'],
  ['-e', '/^(to|mal)/'],
  ['-l', 'libc.so*'],
  ['-x', 'main', '-e', 'toupper'],
  ['-L', '--syscalls=openat,mmap,%file'],
  ['-e', 'free', '--syscalls=write,exit_group'],
  ['-e', '@MAIN', '--where', 'arg1 == 99'],
  ['-e', '@MAIN', '--where', 'function == toupper && retval == 65'],
  ['-e', '@MAIN', '--where', 'caller == nobody'],
  ['-e', 'toupper', '-c', '--summary-format', 'csv'],
  ['-e', '@MAIN', '-c', '--group-by', 'caller', '--summary-format', 'csv'],
  ['-e', 'toupper', '-Z'],
  ['-e', 'toupper', '--quiet'],
];

/** What two runs of the same program cannot share: ids and durations. */
function comparable(text: string, isTable: boolean): string {
  const without = text
    .replace(/<\d+\.\d{6}>/g, '<TIME>')
    .replace(/^\d+ /gm, 'PID ')
    .replace(/0x[0-9a-f]+/g, 'ADDRESS')
    // Recorded only where it was asked for (docs/frames.md).
    .replace(/^(\[ADDRESS \S+\+ADDRESS) [^\]]+\]/gm, '$1]');
  if (!isTable) return without;
  // The order is that of the times; names, and behind them counts and errors, are the same.
  const rows = text.split('\n').map((line) => line.split(',').slice(0, 3).join());
  return rows.sort().join('\n');
}

/**
 * Which questions fit nothing. Why is told from the modules live and from the calls of a recording, which does not
 * know which functions were traced at entry either.
 */
function remarks(stderr: string): string {
  return stderr
    .replace(/^tsltrace: nobody imports what .*\n/gm, '')
    .replace(/ matched nothing: .*/g, ' matched nothing');
}

describe('--read answers as the live program does:', () => {
  // Addresses are the same in both runs, so that they take the same room on the line.
  const possible = hasTool('gcc') && toolPath('setarch') !== undefined;
  skipUnless(possible, needs('gcc'))('every kind of question', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      const command = ['setarch', '-R', buildProgram('counts-calls'), '120'];
      // Behind setarch the program begins by exec.
      const everything = ['-S', '-e', '*', '-x', 'main'];
      await runTsltrace([...everything, '-o', file, ...command], { timeoutMs: 60_000 });
      for (const question of QUESTIONS) {
        const [live, read] = [join(folder, 'live'), join(folder, 'read')];
        const ran = await runTsltrace([...question, '-o', live, ...command], { timeoutMs: 60_000 });
        expect(ran.status).toBe(0);
        const asked = await runTsltrace(['--read', file, ...question, '-o', read]);
        expect(asked).toMatchObject({ status: 0, stdout: '' });
        expect(remarks(asked.stderr)).toBe(remarks(ran.stderr));
        const [wanted, got] = [live, read].map((path) =>
          comparable(readFileSync(path, 'utf8'), question.includes('-c')),
        );
        expect({ question, text: got }).toEqual({ question, text: wanted });
      }
    }),
  );
});
