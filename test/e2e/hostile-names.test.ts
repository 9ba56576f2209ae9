/** Names are the program's: whatever they are, they drive no terminal, make no line, and are escaped once. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

/** Of the same length, in the place of the names that the compiler knew. */
const NAMES: readonly (readonly [old: string, name: string])[] = [
  ['first_odd_name', "=cmd|'/c calc'"],
  ['second_odd_name', 'back\\slash\x1b[31m'],
  ['third_odd_name', 'a\nline, "=" 1 '],
];
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f]/;

/** Of the same lengths: what drives terminals in other ways, turns text around, and begins other formulas. */
const MORE_NAMES: readonly (readonly [old: string, name: string])[] = [
  ['first_odd_name', '+cmd|x!\x7f\xc2\x9b[2J '],
  ['second_odd_name', '@SUM(1)\xe2\x80\xaelist2'],
  ['third_odd_name', '\t=1,"</scrip>"'],
];

/** A copy of the program whose functions, and which itself, have names that no compiler takes. */
function withOddNames(folder: string, names = NAMES): string {
  let file = readFileSync(buildProgram('has-plain-names')).toString('latin1');
  for (const [old, name] of names) {
    expect(name).toHaveLength(old.length);
    expect(file).toContain(old);
    file = file.replaceAll(old, name);
  }
  const program = join(folder, '-x\x1b[2J\n=\\');
  writeFileSync(program, Buffer.from(file, 'latin1'));
  chmodSync(program, 0o755);
  return program;
}

describe('hostile names', () => {
  const own = ['-L', '-x', '=*+back*+a?line*@MAIN'];

  itCompiles('are escaped in --list', () =>
    withTemporaryFolder(async (folder) => {
      const program = withOddNames(folder);
      const { stdout, status } = await runTsltrace(['--list', ...own, program]);
      expect(status).toBe(0);
      expect(stdout).not.toMatch(CONTROLS);
      const module = '-x\\033[2J\\n=\\\\';
      for (const name of ["=cmd|'/c calc'", 'back\\\\slash\\033[31m', 'a\\nline, "=" 1 ']) {
        expect(
          stdout.split('\n').filter((line) => line.startsWith(`${name} in ${module} `)),
        ).toHaveLength(1);
      }
    }),
  );

  itCompiles('are escaped once in every output', () =>
    withTemporaryFolder(async (folder) => {
      const program = withOddNames(folder);
      const recording = join(folder, 'run.ndjson');
      const run = await runTsltrace(['-o', recording, ...own, program]);
      expect(run.status).toBe(0);
      const read = async (...words: string[]): Promise<string> => {
        const { stdout } = await runTsltrace(['--read', recording, '-o', '-', ...words]);
        expect(stdout).not.toMatch(CONTROLS);
        return stdout;
      };
      const escaped = ['back\\\\slash\\033[31m', 'a\\nline, "=" 1 ', "=cmd|'/c calc'"];
      const text = await read();
      const table = await read('-c');
      const callers = await read('-c', '--group-by', 'caller');
      const compared = await runTsltrace(['--compare', '/dev/null', recording]);
      for (const name of escaped) {
        expect(text.split('\n').filter((line) => line.startsWith(`${name}(`))).toHaveLength(1);
        expect(table.split('\n').filter((line) => line.endsWith(` ${name}`))).toHaveLength(1);
        expect(callers).toContain(`-x\\033[2J\\n=\\\\->${name}\n`);
      }
      expect(compared.stdout).not.toMatch(CONTROLS);
      // Programs get the name as it is, by the rules of their format.
      const names = NAMES.map(([, name]) => name).sort();
      const rows = (
        JSON.parse(await read('-c', '--summary-format', 'json')) as { rows: { name: string }[] }
      ).rows;
      expect(rows.map(({ name }) => name).sort()).toEqual(names);
      const events = JSON.parse(await read('--format', 'chrome')) as { name: string; ph: string }[];
      expect(
        events
          .filter(({ ph }) => ph === 'B')
          .map(({ name }) => name)
          .sort(),
      ).toEqual(names);
    }),
  );

  itCompiles('begin no cell that a spreadsheet runs', () =>
    withTemporaryFolder(async (folder) => {
      const csv = ['-c', '--summary-format', 'csv', '-o', '-'];
      const run = await runTsltrace([
        ...csv,
        '--group-by',
        'function',
        ...own,
        withOddNames(folder),
      ]);
      const lines = run.stdout.split('\n');
      expect(lines.filter((line) => line.startsWith("'=cmd|'/c calc',1,"))).toHaveLength(1);
      expect(lines.filter((line) => line.startsWith('"a\\nline, ""="" 1 ",1,'))).toHaveLength(1);
      const callers = await runTsltrace([
        ...csv,
        '--group-by',
        'caller',
        ...own,
        withOddNames(folder),
      ]);
      expect(callers.stdout).toMatch(/^'-x\\033\[2J\\n=\\\\->back/m);
      expect(`${run.stdout}${callers.stdout}`).not.toMatch(/^"?[=+@-]/m);
    }),
  );

  itCompiles('of other kinds are escaped too', () =>
    withTemporaryFolder(async (folder) => {
      const program = withOddNames(folder, MORE_NAMES);
      const all = ['-L', '-x', '*@MAIN'];
      // Also the C1 controls, and what turns the direction of writing.
      const drives = /[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]/;
      const formats = ['text', 'folded', 'speedscope', 'chrome', 'json'].map((one) => [
        '--format',
        one,
      ]);
      const csv = ['-c', '--summary-format', 'csv'];
      for (const format of [...formats, csv, ['-c']]) {
        const file = join(folder, 'shown');
        const { status } = await runTsltrace([...format, '-o', file, ...all, program]);
        expect(status).toBe(0);
        const shown = readFileSync(file, 'utf8');
        expect(shown).toMatch(/SUM\(1\)/);
        expect(shown).not.toMatch(drives);
        if (format === csv) expect(shown).not.toMatch(/^"?[=+@-]/m);
      }
      const listed = await runTsltrace(['--list', ...all, program]);
      expect(listed.stdout).not.toMatch(drives);
    }),
  );
});
