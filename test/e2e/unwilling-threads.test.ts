/** Threads that the kernel does not let be stopped: attaching tells of them, and leaving does not wait for them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { changedCode } from '../support/changed-code.js';
import { canFreeze, withFreezer, type FreezerVersion } from '../support/freezer.js';
import { processState, sleep, tracerOf } from '../support/processes.js';
import { startProgram, startTsltrace, type Run, type Running } from '../support/run-tsltrace.js';
import { seesCalls } from '../support/sees-calls.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
/** Leaving takes milliseconds; this is for a machine that is busy. */
const PROMPT_MS = 8000;

interface Traced extends Running {
  readonly file: string;
}

/** Afterwards the program must end well. */
async function withTarget(
  words: readonly string[],
  use: (target: Running, attach: () => Traced) => Promise<void>,
): Promise<Run> {
  const [name = '', ...args] = words;
  const target = startProgram([buildProgram(name), ...args], { timeoutMs: 55_000 });
  try {
    await target.sees(/ready/);
    await withTemporaryFolder(async (folder) => {
      let count = 0;
      await use(target, () => {
        const file = join(folder, `trace-${count++}`);
        writeFileSync(file, '');
        const to = ['-o', file, '-e', 'toupper', '-p', String(target.pid)];
        return { ...startTsltrace(to), file };
      });
    });
  } finally {
    target.endInput();
  }
  const run = await target.finished();
  expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
  return run;
}

async function untilItWaits(target: Running): Promise<void> {
  for (let waited = 0; processState(target.pid) !== 'D'; waited += 5) {
    if (waited > PROMPT_MS) throw new Error('it does not call vfork');
    await sleep(5);
  }
}

/** Ctrl-C ends it at once, and nothing of ours is left. */
async function leaves(tracer: Traced, target: Running): Promise<Run> {
  const began = Date.now();
  tracer.kill('SIGINT');
  const run = await tracer.finished();
  expect(run.timedOut).toBe(false);
  expect(Date.now() - began).toBeLessThan(PROMPT_MS);
  expect(tracerOf(target.pid)).toBe(0);
  expect(changedCode(target.pid)).toEqual([]);
  return run;
}

describe('a thread that waits for its vfork child', () => {
  itCompiles('does not keep the others from being traced, nor us from leaving', async () => {
    const run = await withTarget(['waits-for-vfork', '2'], async (target, attach) => {
      await untilItWaits(target);
      for (let round = 0; round < 2; round++) {
        const tracer = attach();
        await seesCalls(tracer.file);
        expect((await leaves(tracer, target)).stderr).toBe('');
      }
      expect(processState(target.pid)).toBe('D');
    });
    expect(run.stdout).toContain('child status 0\n');
  });

  itCompiles('is waited for where it is the only one, until Ctrl-C', async () => {
    await withTarget(['waits-for-vfork'], async (target, attach) => {
      await untilItWaits(target);
      const tracer = attach();
      await tracer.sees(
        /thread (\d+) of process \1 does not stop: it is in vfork until its child executes a program or ends/,
      );
      await leaves(tracer, target);
    });
  });

  itCompiles('is traced when its child has gone', async () => {
    const traced: Traced[] = [];
    await withTarget(['waits-for-vfork'], async (target, attach) => {
      await untilItWaits(target);
      const tracer = attach();
      traced.push(tracer);
      await tracer.sees(/does not stop/);
      target.endInput();
      await target.finished();
      expect(await tracer.finished()).toMatchObject({ status: 0, timedOut: false });
      expect(readFileSync(tracer.file, 'utf8')).toMatch(/exited \(status 0\)/);
    });
    expect(traced).toHaveLength(1);
  });

  itCompiles('and began to after we attached does not keep us from leaving either', async () => {
    await withTarget(['waits-for-vfork', '2', 'later'], async (target, attach) => {
      const tracer = attach();
      await seesCalls(tracer.file);
      target.send('x');
      await untilItWaits(target);
      await sleep(100);
      await leaves(tracer, target);
      expect(processState(target.pid)).toBe('D');
    });
  });
});

describe.each<FreezerVersion>(['v1', 'v2'])('a process in a frozen cgroup (%s)', (version) => {
  const itFreezes = skipUnless(
    hasTool('gcc') && canFreeze(version),
    `needs gcc, root and the freezer of cgroups ${version}`,
  );

  itFreezes('is waited for, until Ctrl-C, and can be left', async () => {
    await withFreezer(version, async (freezer) => {
      await withTarget(['waits-for-vfork', '1', 'later'], async (target, attach) => {
        freezer.add(target.pid);
        await freezer.freeze();
        const first = attach();
        await first.sees(/does not stop: it is frozen by its cgroup; waiting for it/);
        await leaves(first, target);
        const second = attach();
        await second.sees(/does not stop: it is frozen by its cgroup; waiting for it/);
        freezer.thaw();
        await seesCalls(second.file);
        await freezer.freeze();
        const run = await leaves(second, target);
        expect(run.stderr).toMatch(/keeps our SIGTRAP handler: it did not run/);
        freezer.thaw();
        target.send('x');
      });
    });
  });
});
