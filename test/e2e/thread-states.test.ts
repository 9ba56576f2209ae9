/** What every thread does when it is attached to: a process that waits for ever is no silence. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace, startProgram, type Running } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const ONE_MINUTE = 60_000;

async function withDeadlock(use: (target: Running) => Promise<void>): Promise<void> {
  const program = buildProgram('waits-for-each-other', { flags: ['-O1', '-pthread'] });
  const target = startProgram([program, '600'], { timeoutMs: ONE_MINUTE });
  try {
    await target.sees(/ready/);
    await untilAllWait(target.pid);
    await use(target);
  } finally {
    target.kill('SIGKILL');
    await target.finished();
  }
}

/** Three in the kernel, one that computes. */
async function untilAllWait(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  const isThere = (): boolean => {
    const places = threadsOf(pid).map((tid) => readFileSync(`/proc/${tid}/syscall`, 'latin1'));
    const waiting = places.filter((place) => !place.startsWith('running'));
    return places.length === 4 && waiting.length === 3;
  };
  while (!isThere()) {
    if (Date.now() > deadline) throw new Error('its threads do not wait');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function threadsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => `${pid}/task/${tid}`);
}

const attachFor = (pid: number, ...options: readonly string[]) =>
  runTsltrace(['-p', String(pid), '--detach-after', '300ms', ...options], {
    timeoutMs: ONE_MINUTE,
  });

describe('a process that is attached to', () => {
  itCompiles(
    'shows the system call that each thread waits in, without stopping one of them for it',
    () =>
      withDeadlock(async ({ pid }) => {
        const { stderr } = await attachFor(pid, '-e', 'toupper');
        const states = stderr.match(/^(?:\[pid \d+\] )?--- .* ---$/gm) ?? [];
        expect(states).toHaveLength(4);
        const waits = states.filter((line) =>
          /--- waits in SYS_futex\(0x[0-9a-f]+, .*FUTEX_WAIT/.test(line),
        );
        expect(waits).toHaveLength(2);
        expect(stderr).toMatch(/--- waits in SYS_read\(0 <unfinished \.\.\.> ---$/m);
        expect(stderr).toMatch(/--- runs ---$/m);
        expect(stderr).not.toContain(' > ');
      }),
    ONE_MINUTE,
  );

  itCompiles(
    'shows with -w the stack of each, and the traced function that it stands in',
    () =>
      withDeadlock(async ({ pid }) => {
        const { stderr } = await attachFor(pid, '-w', '10', '-e', 'pthread_mutex_lock');
        const blocks = stderr.split('\n\n');
        const locked = blocks.filter((block) => /, in (?:__)?pthread_mutex_lock ---$/m.test(block));
        expect(locked).toHaveLength(2);
        for (const block of locked) {
          expect(block).toMatch(/^ > \S+\(transfer\+0x[0-9a-f]+\)/m);
          expect(block).toMatch(/waits-for-each-other\.c:\d+:\d+$/m);
        }
        expect(locked.filter((block) => / > \S+\(main\+0x/.test(block))).toHaveLength(1);
        expect(locked.filter((block) => / > \S+\(run_transfer\+0x/.test(block))).toHaveLength(1);
        const computing = blocks.find((block) => / > \S+\(compute\+0x/.test(block)) ?? '';
        expect(computing).toMatch(/--- runs ---$/m);
      }),
    ONE_MINUTE,
  );

  itCompiles(
    'records the same, and lets it be read back',
    () =>
      withDeadlock(async ({ pid }) =>
        withTemporaryFolder(async (folder) => {
          const file = join(folder, 'run.ndjson');
          await attachFor(pid, '-w', '3', '-e', 'pthread_mutex_lock', '-o', file);
          const read = await runTsltrace(['--read', file]);
          const shown = read.stdout + read.stderr;
          expect(shown.match(/, in (?:__)?pthread_mutex_lock ---$/gm)).toHaveLength(2);
          expect(shown.match(/^ > \S+\(transfer\+0x/gm)).toHaveLength(2);
        }),
      ),
    ONE_MINUTE,
  );

  itCompiles(
    'says that it is stopped by a signal, and leaves it stopped',
    () =>
      withDeadlock(async (target) => {
        target.kill('SIGSTOP');
        const { stderr } = await attachFor(target.pid, '-w', '10');
        expect(stderr.match(/--- is stopped by a signal(?:, in \w+)? ---$/gm)).toHaveLength(4);
        expect(stderr).toMatch(/^ > \S+\(transfer\+0x/m);
        expect(readFileSync(`/proc/${target.pid}/status`, 'latin1')).toMatch(/^State:\tT/m);
      }),
    ONE_MINUTE,
  );

  for (const flags of [['-O1'], ['-O1', '-fno-plt']]) {
    itCompiles(
      `names what was called, though that went on by a jump (${flags.join(' ')})`,
      async () => {
        const target = startProgram([buildProgram('waits-behind-jumps', { flags })]);
        try {
          await target.sees(/ready/);
          const asked = ['-w', '10', '-e', 'sem_wait+pthread_join+read'];
          const deadline = Date.now() + 10_000;
          let names: readonly string[] = [];
          // They may be on their way to where they wait.
          while (names.length < 3 && Date.now() < deadline) {
            const { stderr } = await attachFor(target.pid, ...asked);
            names = stderr.match(/(?<=--- waits in .*, in )\w+(?= ---$)/gm) ?? [];
          }
          expect([...names].sort()).toEqual(['pthread_join', 'read', 'sem_wait']);
        } finally {
          target.endInput();
          expect(await target.finished()).toMatchObject({ status: 0 });
        }
      },
    );
  }
});
