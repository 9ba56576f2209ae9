/** Recordings that were not finished: the tracer is killed, the disk is full, the reader goes away. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { buildProgram } from '../support/build-programs.js';
import { sleep } from '../support/processes.js';
import {
  runProgram,
  runTsltrace,
  startTsltrace,
  tsltraceCommand,
} from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const counting = (): string => buildProgram('counts-calls');
const filter = ['-e', 'toupper'] as const;

const writesZstd = Reflect.get(zlib, 'zstdCompressSync') !== undefined;
const ENDINGS = ['.ndjson', '.ndjson.gz', ...(writesZstd ? ['.ndjson.zst'] : [])];

function forEachEnding(test: (ending: string) => Promise<void>): void {
  for (const ending of ENDINGS) itCompiles(ending, () => test(ending));
}

/** `--read` gives calls without a gap from the first one, and says that the rest is missing. */
async function expectReadable(file: string, atLeast: number): Promise<void> {
  const run = await runTsltrace(['--read', file], { timeoutMs: 60_000 });
  expect(run).toMatchObject({ status: 0, timedOut: false });
  const lines = run.stderr.trimEnd().split('\n');
  expect(lines.pop()).toMatch(
    /^tsltrace: warning: \S+ (was cut off( in the middle of an event)?; what followed is missing|is damaged: .*; what follows is missing)$/,
  );
  const whole = lines.filter((line) => !line.includes('<unfinished'));
  expect(whole.length).toBeGreaterThanOrEqual(atLeast);
  expect(lines.length - whole.length).toBeLessThanOrEqual(1);
  // counts-calls goes through the alphabet: a lost event would break the order.
  const letters = lines.map((line) => /^toupper\('(.)'/.exec(line)?.[1] ?? line);
  expect(letters).toEqual(letters.map((_, index) => letterOf(index)));
}

function letterOf(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + (index % 26));
}

describe('a recording whose tracer was killed is read up to its last whole event:', () => {
  forEachEnding((ending) =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, `trace${ending}`);
      const tracer = startTsltrace(['-o', file, ...filter, counting(), '100000000'], {
        timeoutMs: 60_000,
      });
      // Until something was written, and more than one piece of what is compressed.
      for (let waited = 0; waited < 50_000 && !isLargerThan(file, 60_000); waited += 20) {
        await sleep(20);
      }
      tracer.kill('SIGKILL');
      expect((await tracer.finished()).signal).toBe('SIGKILL');
      await expectReadable(file, 100);
    }),
  );
});

function isLargerThan(file: string, bytes: number): boolean {
  return existsSync(file) && statSync(file).size > bytes;
}

describe('a recording on a disk that fills up is read up to its last whole event, the program goes on:', () => {
  const itMounts = skipUnless(
    hasTool('gcc') && isRoot(),
    'needs root to mount a small file system',
  );
  for (const ending of ENDINGS)
    itMounts(ending, () =>
      withTemporaryFolder(async (folder) => {
        const small = join(folder, 'small');
        mkdirSync(small);
        const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
        expect(mounted.status).toBe(0);
        try {
          const file = join(small, `trace${ending}`);
          const run = await runTsltrace(['-o', file, ...filter, counting(), '8000'], {
            timeoutMs: 60_000,
          });
          expect(run).toMatchObject({
            status: 0,
            stderr: `tsltrace: cannot write to ${file}: No space left on device\n`,
          });
          expect(run.stdout).toContain('expect toupper 8000');
          await expectReadable(file, 100);
        } finally {
          spawnSync('umount', [small]);
        }
      }),
    );
});

describe('a reader that has seen enough', () => {
  const shell = (script: string, timeoutMs = 60_000) =>
    runProgram(['bash', '-c', script], { timeoutMs });
  const tsltrace = tsltraceCommand().join(' ');

  itCompiles('of the pipe of -o: what it took is a recording, the program goes on', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'head.ndjson');
      const pipe = `|head -n 40 > ${file}`;
      const options = ['--format', 'json', '-o', pipe, '-e', '@MAIN'];
      const run = await runTsltrace([...options, counting(), '5000'], { timeoutMs: 60_000 });
      expect(run).toMatchObject({
        status: 0,
        stderr: `tsltrace: cannot write to '${pipe.slice(1)}': Broken pipe\n`,
      });
      expect(run.stdout).toContain('expect toupper 5000');
      const read = await runTsltrace(['--read', file]);
      expect(read.status).toBe(0);
      expect(read.stderr).toMatch(
        /^tsltrace: warning: \S+ was cut off; what followed is missing$/m,
      );
    }),
  );

  itCompiles('of standard error: the program goes on with its own output and status', async () => {
    const command = `${tsltrace} --format json ${filter.join(' ')} ${counting()} 5000`;
    const run = await shell(
      `{ { ${command} 2>&1 >&3; echo status $? >&3; } | head -n 1 >/dev/null; } 3>&1`,
    );
    expect(run.stdout).toContain('expect toupper 5000\n');
    expect(run.stdout).toContain('status 0\n');
  });

  itCompiles('of --read and --compare: they end as any filter does, without a word', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'trace.ndjson');
      await runTsltrace(['-o', file, ...filter, counting(), '3000'], { timeoutMs: 60_000 });
      const run = await shell(`set -o pipefail; ${tsltrace} --read ${file} 2>&1 | head -n 1`);
      expect(run.stdout).toMatch(/^toupper\('a'\) +0?= 'A'\n$/);
      // 128 + SIGPIPE.
      expect(run).toMatchObject({ status: 141, stderr: '' });
      const piped = await runTsltrace(['--read', file, '-o', '|head -n 2 | tail -n 1']);
      expect(piped.stdout).toMatch(/^toupper\('b'\) += 'B'\n$/);
      expect(piped.stderr).toBe('');
      for (const command of [
        `--read ${file} -o /dev/full`,
        `--compare ${file} ${file} >/dev/full`,
      ]) {
        const full = await shell(`${tsltrace} ${command}`);
        expect(full.status).toBe(125);
        expect(full.stderr).toMatch(
          /^tsltrace: cannot write to [^\n]*: No space left on device\n$/,
        );
      }
    }),
  );
});
