/** Values that formats like to lose, from the program through every way that they can take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTrace } from '../../src/index.js';
import { buildProgram } from '../support/build-programs.js';
import { shownBytes, shownExactly } from '../support/odd-values.js';
import { inProject } from '../support/project.js';
import type { RecordJob } from '../support/record-driver.js';
import { runProgram, runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const PROTOTYPES = inProject('test/programs/values.conf');
const MANY = 10_000_000;
const options = ['-F', PROTOTYPES, '-e', 'v_*', '-s', '20000000'];

const program = (): string => buildProgram('passes-odd-values', { library: 'lib-values' });

/** What test/programs/passes-odd-values.c passes. */
function expected(): readonly string[] {
  const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
  const bytes = Uint8Array.from({ length: MANY }, (_, index) => (index * 7) % 256);
  const text = Buffer.alloc(MANY, 'a\nü');
  const strings = [hex('two\nlines \x1b[31m'), hex('\xff\xfe\xc3('), hex('\xf0\x9f\x98\x80')];
  return [
    'v_integers(character 255, 255, -32768, 65535, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615)',
    'v_wide_integers(-1, -9223372036854775808, 2147483647, 9223372036854775808)',
    `v_floats(NaN, -Infinity, -0, ${Math.fround(0.1)})`,
    `v_strings(${strings.join(', ')}, ${shownBytes(text)}, 10)`,
    `v_buffer(${shownBytes(bytes)}, ${MANY}, ${hex('nul\0inside')}, 10)`,
  ];
}

async function callsOf(file: string): Promise<readonly string[]> {
  const shown: string[] = [];
  for await (const event of readTrace(file)) {
    if (event.kind === 'call') shown.push(shownExactly(event));
  }
  return shown;
}

describe('odd values', () => {
  itCompiles('survive JSON, gzip, the reader and the way back to text', () =>
    withTemporaryFolder(async (folder) => {
      const [text, plain, packed] = ['t.txt', 'r.ndjson', 'r.ndjson.gz'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      const outputs = [text, plain, packed].map((file) => ['-o', file]);
      const job: RecordJob = { options, command: [program()], outputs };
      const driver = inProject('dist/test/support/record-driver.js');
      const run = await runProgram([process.execPath, driver, JSON.stringify(job)]);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(gunzipSync(readFileSync(packed)).equals(readFileSync(plain))).toBe(true);
      expect(await callsOf(plain)).toEqual(expected());
      expect(await callsOf(packed)).toEqual(expected());
      const again = join(folder, 'again.txt');
      expect(await runTsltrace(['--read', packed, '-e', 'v_*', '-o', again])).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(readFileSync(again).equals(readFileSync(text))).toBe(true);
    }),
  );

  itCompiles('survive the way to a user of the library', async () => {
    const driver = inProject('dist/test/support/library-driver.js');
    const run = await runProgram([process.execPath, driver, 'oddValues', program(), PROTOTYPES]);
    const report = JSON.parse(run.stderr) as { result: { shown: readonly string[] } };
    expect(report.result.shown).toEqual(expected());
  });
});
