/** What a call costs in stops: two for one that returns, none for one that the filter does not match. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

interface Coverage {
  readonly kind: string;
  readonly calls: number;
  readonly stops: number;
}

describe('a traced program', () => {
  const stopsOf = async (filter: string, count: number): Promise<Coverage> =>
    withTemporaryFolder(async (folder) => {
      const file = path.join(folder, 'trace.ndjson');
      const program = buildProgram('counts-calls', { flags: ['-Wl,-z,now'] });
      const run = await runTsltrace(
        ['--format', 'json', '-o', file, '-e', filter, program, `${count}`],
        { timeoutMs: 60_000 },
      );
      expect(run).toMatchObject({ status: 0, signal: null });
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const last = JSON.parse(lines.at(-1) ?? '') as Coverage;
      expect(last.kind).toBe('coverage');
      return last;
    });

  it('stops twice for a call that returns', async () => {
    const few = await stopsOf('toupper@MAIN', 100);
    const many = await stopsOf('toupper@MAIN', 2100);
    expect(many.calls - few.calls).toBe(2000);
    expect(many.stops - few.stops).toBe(4000);
  }, 120_000);

  it('does not stop for calls that the filter does not match', async () => {
    const few = await stopsOf('fflush@MAIN', 100);
    const many = await stopsOf('fflush@MAIN', 2100);
    expect(many.stops).toBe(few.stops);
  }, 120_000);
});
