/** Who may have to repair a process that is to be attached to: guardians, and not what is only called like one. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { toProcessId, type ProcessId } from '../../../../../src/base/ids.js';
import {
  awaitOldGuardians,
  GUARDIAN_NAME,
} from '../../../../../src/kernel/linux/guardian/old-guardians.js';
import { sleep } from '../../../../support/processes.js';
import { skipUnless } from '../../../../support/skip-unless.js';
import { debianPython, isRoot } from '../../../../support/toolchain.js';

/** Beyond the largest process id (PID_MAX_LIMIT of <linux/threads.h>), and seconds for sleep(1). */
const NO_PROCESS = '99999999';
const NOBODY = { uid: 65534, gid: 65534 };
const PYTHON = debianPython() ?? '';
const itHasPython = skipUnless(PYTHON !== '', 'needs python3 (Debian package python3)');

/** Runs while it is used, under the guardian's name. */
async function whileRuns<T>(
  command: string,
  words: readonly string[],
  options: SpawnOptions,
  use: (pid: ProcessId) => T,
): Promise<T> {
  const child: ChildProcess = spawn(command, words, { stdio: 'ignore', ...options });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const pid = child.pid ?? 0;
  try {
    for (let waited = 0; nameOf(pid) !== GUARDIAN_NAME; waited += 5) {
      if (waited > 20_000) throw new Error('it did not begin');
      await sleep(5);
    }
    return use(toProcessId(pid));
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function nameOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0];
}

const sleeps = (options: SpawnOptions = {}): Promise<boolean> =>
  whileRuns('/bin/sleep', [NO_PROCESS], { argv0: GUARDIAN_NAME, ...options }, (pid) =>
    awaitOldGuardians(toProcessId(process.pid), 1).includes(pid),
  );

/** The program is a memory file, as a guardian's. */
const FROM_MEMORY = `
import os, sys
fd = os.memfd_create(sys.argv[1])
os.write(fd, open('/bin/sleep', 'rb').read())
os.execve('/proc/self/fd/%d' % fd, ['${GUARDIAN_NAME}', sys.argv[2]], {})
`;
const sleepsInMemory = <T>(file: string, tracer: string, use: (pid: ProcessId) => T): Promise<T> =>
  whileRuns(PYTHON, ['-c', FROM_MEMORY, file, tracer], {}, use);

const isAwaited = (pid: ProcessId): boolean =>
  awaitOldGuardians(toProcessId(process.pid), 1).includes(pid);

describe('a process that calls itself like a guardian', () => {
  it('is not waited for when its file is another', async () => {
    expect(await sleeps()).toBe(false);
  });

  skipUnless(isRoot(), 'needs root, who can become another user')(
    'is not waited for when it is of a user who cannot trace the process',
    async () => {
      expect(await sleeps(NOBODY)).toBe(false);
    },
  );

  itHasPython('is not waited for when its memory file has another name', async () => {
    expect(await sleepsInMemory('another', NO_PROCESS, isAwaited)).toBe(false);
  });
});

describe('a guardian', () => {
  itHasPython('whose tracer is gone is waited for, but not for ever', async () => {
    expect(await sleepsInMemory(GUARDIAN_NAME, NO_PROCESS, isAwaited)).toBe(true);
  });

  itHasPython('whose tracer lives is not', async () => {
    expect(await sleepsInMemory(GUARDIAN_NAME, String(process.pid), isAwaited)).toBe(false);
  });
});
