/** A shell that builds a small C project with make and gcc: every file comes out as it does without us. */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, runTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';
import { readTranscript } from '../support/trace-lines.js';

const PARTS = ['add', 'multiply', 'power'] as const;
const MAKEFILE = `all: program
	./program > result
program: main.o libparts.a
	$(CC) -o $@ main.o -L. -lparts
libparts.a: ${PARTS.map((part) => `${part}.o`).join(' ')}
	$(AR) rcs $@ $^
%.o: %.c parts.h
	$(CC) -O2 -c -o $@ $<
`;

function writeProject(folder: string): void {
  mkdirSync(folder);
  const declare = (part: string): string => `int ${part}(int, int);\n`;
  writeFileSync(join(folder, 'parts.h'), PARTS.map(declare).join(''));
  const bodies = { add: 'a + b', multiply: 'a * b', power: 'b ? multiply(a, power(a, b - 1)) : 1' };
  for (const part of PARTS) {
    const text = `#include "parts.h"\nint ${part}(int a, int b) { return ${bodies[part]}; }\n`;
    writeFileSync(join(folder, `${part}.c`), text);
  }
  const main = 'printf("%d\\n", power(add(1, 2), multiply(2, 3)))';
  const program = `#include <stdio.h>\n#include "parts.h"\nint main(void) { return ${main} < 0; }\n`;
  writeFileSync(join(folder, 'main.c'), program);
  writeFileSync(join(folder, 'Makefile'), MAKEFILE);
}

function filesIn(folder: string): Record<string, { mode: number; bytes: string }> {
  const files = readdirSync(folder).sort();
  return Object.fromEntries(
    files.map((name) => {
      const path = join(folder, name);
      return [name, { mode: statSync(path).mode, bytes: readFileSync(path, 'base64') }];
    }),
  );
}

for (const [how, options] of [
  ['followed', ['-f']],
  ['not followed', []],
] as const) {
  skipUnless(hasTool('make') && hasTool('gcc'), needs('make'))(
    `make and gcc in a shell, ${how}, build the same files`,
    () =>
      withTemporaryFolder(async (folder) => {
        const trace = join(folder, 'trace');
        const place = join(folder, 'project');
        const words = ['sh', '-c', 'make -j2 && echo built', 'sh'];
        const build = async (run: () => Promise<Run>): Promise<ReturnType<typeof filesIn>> => {
          writeProject(place);
          expect(await run()).toMatchObject({
            status: 0,
            stderr: '',
            stdout: expect.stringMatching(/\nbuilt\n$/) as unknown,
          });
          const files = filesIn(place);
          rmSync(place, { recursive: true });
          return files;
        };
        const where = { cwd: place, timeoutMs: 120_000 };
        const alone = await build(() => runProgram(words, where));
        const filter = ['-e', 'close+write', '-o', trace];
        const traced = await build(() => runTsltrace([...options, ...filter, ...words], where));
        expect(Object.keys(alone)).toContain('libparts.a');
        expect(Buffer.from(alone['result']?.bytes ?? '', 'base64').toString()).toBe('729\n');
        expect(traced).toEqual(alone);
        const { calls, events } = readTranscript(readFileSync(trace, 'utf8'));
        const execs = events.filter((line) => line.includes('Called exec()')).length;
        const processes = new Set(calls.map((call) => call.pid)).size;
        // sh, make, and for each of four objects gcc, cc1 and as; ar; gcc, collect2 and ld; the program.
        if (how === 'followed') {
          expect(execs).toBeGreaterThanOrEqual(18);
          expect(processes).toBeGreaterThanOrEqual(15);
        } else expect(processes).toBe(1);
      }),
    130_000,
  );
}
