/**
 * Starts a program already traced without machine code of our own: a shell stops itself, is seized
 * and execs the program. What differs from a direct start: `PWD`, `OLDPWD` and `_` may be added to
 * the environment, and argv[0] is the path of the program.
 */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';

import { UserError } from '../../../base/errors.js';
import { describeErrno, errnoNumber } from '../../../base/errno-names.js';
import { toThreadId, type ThreadId } from '../../../base/ids.js';
import { SIGCONT, SIGKILL } from '../../../base/signal-numbers.js';
import type { LaunchSpec } from '../../launch-spec.js';
import { KilledInLaunch, LaunchError } from '../../launch-error.js';
import { decodeWaitStatus } from '../../wait-status.js';
import { EACCES, ENOENT, ENOEXEC, PTRACE_CONT, WUNTRACED, __WALL } from '../constants.js';
import { PART } from '../control-block.js';
import type { Inheritance } from './inherited.js';
import { descriptorsOf, setLimit, waitForExec } from './launch.js';
import { kill, ptrace, spawn, waitpid } from '../libc.js';
import { NativeBlock } from '../native-memory.js';
import { StringBlock } from './string-block.js';

const SHELL = '/bin/sh';
/** Exit statuses of a shell that cannot execute (POSIX, "Exit Status for Commands"). */
const SHELL_NOT_FOUND = 127;

// spawn.h, the same in glibc and musl.
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
// Offsets in the launch's own memory; both opaque structures are smaller than 512 bytes.
const PID = 0;
const ATTRIBUTES = 512;
const ACTIONS = 1024;
const SIGNAL_SET = 1536;

/** Returns the new thread, stopped at PTRACE_EVENT_EXEC. */
export function launchByShell(
  spec: LaunchSpec,
  inheritance: Inheritance,
  seize: (tid: ThreadId) => void,
): ThreadId {
  if (spec.identity !== undefined) {
    throw new UserError(
      'cannot start a program as another user: this system refuses us executable memory',
      'allow it (SELinux: execmem), or start tsltrace as that user',
    );
  }
  checkExecutable(pathOf(spec), spec.program);
  const tid = startShell(spec, inheritance);
  const block = new NativeBlock(PART.STAGING);
  try {
    waitpid(tid, block.address + PART.SCRATCH, WUNTRACED | __WALL);
    seize(tid);
    if (inheritance.openFileLimit !== undefined) setLimit(tid, block, inheritance.openFileLimit);
    kill(tid, SIGCONT);
    const result = waitForExec(tid, block);
    if (result === 'executed') return tid;
    if (result.kind === 'killed') throw new KilledInLaunch(spec.program, result.signal);
    throw new LaunchError(spec.program, 'execve', errnoOfShell(block));
  } catch (error) {
    if (!(error instanceof LaunchError)) {
      kill(tid, SIGKILL);
      ptrace(PTRACE_CONT, tid, 0, 0);
      waitpid(tid, 0, __WALL);
    }
    throw error;
  } finally {
    block.free();
  }
}

function pathOf({ program, workingDirectory = '.' }: LaunchSpec): string {
  return program.startsWith('/') ? program : `${workingDirectory}/${program}`;
}

/** A shell does not say why it could not execute, and runs text files itself: find out before. */
function checkExecutable(path: string, program: string): void {
  try {
    if (!statSync(path).isFile()) throw new LaunchError(program, 'execve', EACCES);
    accessSync(path, constants.X_OK);
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    const name = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new LaunchError(program, 'execve', errnoNumber(name) ?? ENOENT);
  }
  const start = firstBytes(path);
  if (start !== undefined && !start.startsWith('#!') && start !== '\x7fELF') {
    throw new LaunchError(program, 'execve', ENOEXEC);
  }
}

/** undefined when it may be executed but not read. */
function firstBytes(program: string): string | undefined {
  try {
    const file = openSync(program, 'r');
    const bytes = Buffer.alloc(4);
    const count = readSync(file, bytes);
    closeSync(file);
    return bytes.toString('latin1', 0, count);
  } catch {
    return undefined;
  }
}

function startShell(spec: LaunchSpec, inheritance: Inheritance): ThreadId {
  const ignore = Array.from({ length: 64 }, (_, index) => index + 1)
    .filter((signal) => ((inheritance.ignoredSignals >> BigInt(signal - 1)) & 1n) === 1n)
    .map((signal) => `trap '' ${signal} 2>/dev/null; `);
  const { workingDirectory: folder } = spec;
  const enter = folder === undefined ? '' : `cd -- "$1" || exit ${SHELL_NOT_FOUND}; shift; `;
  const script = `${ignore.join('')}kill -STOP $$; ${enter}exec "$0" "$@"`;
  const words = [...(folder === undefined ? [] : [folder]), ...spec.argv.slice(1)];
  const argv = ['sh', '-c', script, spec.program, ...words];
  const strings = new StringBlock({ ...spec, program: SHELL, argv }, []);
  const memory = new NativeBlock(4096);
  const { address, view } = memory;
  try {
    spawn.attributesInit(address + ATTRIBUTES);
    spawn.actionsInit(address + ACTIONS);
    view.setBigUint64(SIGNAL_SET, 0xffffffffffffffffn, true);
    spawn.setDefault(address + ATTRIBUTES, address + SIGNAL_SET);
    view.setBigUint64(SIGNAL_SET, inheritance.signalMask, true);
    spawn.setMask(address + ATTRIBUTES, address + SIGNAL_SET);
    spawn.setFlags(address + ATTRIBUTES, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    // Duplicating a descriptor to itself only clears its close-on-exec flag.
    for (const given of descriptorsOf(spec, inheritance)) {
      spawn.addDup2(address + ACTIONS, given.descriptor, given.as);
    }
    const error = spawn.run(
      address + PID,
      strings.program,
      address + ACTIONS,
      address + ATTRIBUTES,
      strings.argv,
      strings.environment,
    );
    if (error !== 0) throw shellMissing(error);
    return toThreadId(view.getInt32(PID, true));
  } finally {
    memory.free();
    strings.free();
  }
}

function errnoOfShell(block: NativeBlock): number {
  const report = decodeWaitStatus(block.view.getInt32(PART.SCRATCH, true));
  return report.kind === 'exited' && report.code === SHELL_NOT_FOUND ? ENOENT : EACCES;
}

function shellMissing(error: number): UserError {
  return new UserError(
    `cannot start programs: executable memory is refused and ${SHELL} fails (${describeErrno(error)})`,
    'allow executable memory (SELinux: execmem)',
  );
}
