/** Starts a program already traced, by machine code (code/launch-x86-64.ts says how). */
import { setWord } from '../../../base/address.js';
import { describeErrno } from '../../../base/errno-names.js';
import { SystemError } from '../../../base/errors.js';
import { toThreadId, type ThreadId } from '../../../base/ids.js';
import { assemble } from '../../../base/machine-code.js';
import { SIGKILL } from '../../../base/signal-numbers.js';
import type { GivenDescriptor, LaunchSpec } from '../../launch-spec.js';
import { KilledInLaunch, LaunchError } from '../../launch-error.js';
import { decodeWaitStatus, type EndReport } from '../../wait-status.js';
import { LAUNCH_STEPS, LAUNCH_X86_64 } from '../code/launch-x86-64.js';
import {
  EINTR,
  FUTEX_WAKE,
  PR_SET_DUMPABLE,
  PTRACE_CONT,
  RLIMIT_NOFILE,
  SIG_IGN,
  __WALL,
} from '../constants.js';
import { LAUNCH, PART } from '../control-block.js';
import type { Inheritance, OpenFileLimit } from './inherited.js';
import { errno, futexWake, functionAt, kill, prctl, prlimit, ptrace, waitpid } from '../libc.js';
import { NativeBlock, placeCode } from '../native-memory.js';
import { StringBlock } from './string-block.js';

const CHILD_STACK_BYTES = 16384;

/**
 * Returns the new thread, stopped at PTRACE_EVENT_EXEC; undefined where executable memory is refused.
 *
 * @param seize attaches to the child, which waits meanwhile
 */
export function launchByCode(
  spec: LaunchSpec,
  inheritance: Inheritance,
  seize: (tid: ThreadId) => void,
): ThreadId | undefined {
  return withLaunchBlock(spec, inheritance, (block, start) => {
    const tid = start();
    return runToExec(tid, block, spec, () => {
      seize(tid);
      if (inheritance.openFileLimit !== undefined) setLimit(tid, block, inheritance.openFileLimit);
    });
  });
}

/**
 * Runs a program that is not traced until it has ended. It shares no signal disposition, terminal or
 * descriptor with us but those given.
 *
 * @returns false where executable memory is refused or the program could not be executed
 */
export function runByCode(
  spec: LaunchSpec,
  inheritance: Pick<Inheritance, 'descriptors' | 'ignoredSignals'>,
): boolean {
  return (
    withLaunchBlock(
      spec,
      { openFileLimit: undefined, signalMask: 0n, ...inheritance },
      (block, start) => {
        const tid = start();
        letGo(block);
        return (
          waitpid(tid, block.address + PART.SCRATCH, __WALL) === tid &&
          block.view.getInt32(PART.SCRATCH, true) === 0
        );
      },
    ) ?? false
  );
}

/** Gives `action` the filled-in block and a function that makes the waiting child. */
function withLaunchBlock<T>(
  spec: LaunchSpec,
  inheritance: Inheritance,
  action: (block: NativeBlock, start: () => ThreadId) => T,
): T | undefined {
  const code = placeCode(assemble(LAUNCH_X86_64).bytes);
  if (code === undefined) return undefined;
  const block = new NativeBlock(PART.STAGING + CHILD_STACK_BYTES);
  const strings = new StringBlock(spec, descriptorsOf(spec, inheritance));
  try {
    fillIn(block, spec, inheritance, strings);
    return action(block, () => {
      const started = functionAt(code.address)(block.address + PART.LAUNCH);
      if (started < 0) throw new LaunchError(spec.program, 'prepare', -started);
      return toThreadId(started);
    });
  } finally {
    strings.free();
    block.free();
    code.free();
  }
}

/** Those that it is given, else those that we were given, under the same numbers. */
export function descriptorsOf(
  { descriptors }: LaunchSpec,
  inheritance: Pick<Inheritance, 'descriptors'>,
): readonly GivenDescriptor[] {
  return descriptors ?? inheritance.descriptors.map((each) => ({ descriptor: each, as: each }));
}

function letGo(block: NativeBlock): void {
  block.view.setUint32(PART.LAUNCH + LAUNCH.LAUNCH_GO, 1, true);
  futexWake(block.address + PART.LAUNCH + LAUNCH.LAUNCH_GO, FUTEX_WAKE, 1);
}

function fillIn(
  block: NativeBlock,
  spec: LaunchSpec,
  inheritance: Inheritance,
  strings: StringBlock,
): void {
  const { view } = block;
  const at = (offset: number): number => PART.LAUNCH + offset;
  setWord(view, at(LAUNCH.LAUNCH_PROGRAM), strings.program);
  setWord(view, at(LAUNCH.LAUNCH_ARGV), strings.argv);
  setWord(view, at(LAUNCH.LAUNCH_ENVIRONMENT), strings.environment);
  setWord(view, at(LAUNCH.LAUNCH_DESCRIPTORS), strings.descriptors);
  setWord(view, at(LAUNCH.LAUNCH_DIRECTORY), strings.directory);
  setWord(view, at(LAUNCH.LAUNCH_STACK), block.address + PART.STAGING + CHILD_STACK_BYTES);
  view.setBigUint64(at(LAUNCH.LAUNCH_ALL_SIGNALS), 0xffffffffffffffffn, true);
  view.setBigUint64(at(LAUNCH.LAUNCH_CHILD_MASK), inheritance.signalMask, true);
  view.setBigUint64(at(LAUNCH.LAUNCH_IGNORED), inheritance.ignoredSignals, true);
  setWord(view, at(LAUNCH.LAUNCH_IGNORE_ACTION), SIG_IGN);
  if (spec.identity === undefined) return;
  view.setUint32(at(LAUNCH.LAUNCH_HAS_IDENTITY), 1, true);
  view.setUint32(at(LAUNCH.LAUNCH_UID), spec.identity.uid, true);
  view.setUint32(at(LAUNCH.LAUNCH_GID), spec.identity.gid, true);
  setWord(view, at(LAUNCH.LAUNCH_GROUP_COUNT), spec.identity.groups.length);
  setWord(view, at(LAUNCH.LAUNCH_GROUPS), strings.groups);
}

/** The child uses our memory until it has executed the program or ended: only then may we return. */
function runToExec(
  tid: ThreadId,
  block: NativeBlock,
  spec: LaunchSpec,
  prepare: () => void,
): ThreadId {
  try {
    prepare();
  } catch (error) {
    kill(tid, SIGKILL);
    waitpid(tid, 0, __WALL);
    throw error;
  }
  letGo(block);
  const result = waitForExec(tid, block);
  // Changing the user of a process that shares our memory made our own memory undumpable.
  if (spec.identity !== undefined) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (result === 'executed') return tid;
  if (result.kind === 'killed') throw new KilledInLaunch(spec.program, result.signal);
  const step = LAUNCH_STEPS[block.view.getUint32(PART.LAUNCH + LAUNCH.LAUNCH_STEP, true)];
  const error = -block.view.getInt32(PART.LAUNCH + LAUNCH.LAUNCH_ERROR, true);
  throw new LaunchError(spec.program, step ?? 'prepare', error);
}

/** Signals that come on the way (Ctrl-C right at the start) are passed on. */
export function waitForExec(tid: ThreadId, block: NativeBlock): 'executed' | EndReport {
  for (;;) {
    if (waitpid(tid, block.address + PART.SCRATCH, __WALL) !== tid) {
      const error = errno();
      if (error === EINTR) continue;
      throw new SystemError('waitpid', error, describeErrno(error), `thread ${tid}`);
    }
    const report = decodeWaitStatus(block.view.getInt32(PART.SCRATCH, true));
    if (report.kind === 'exited' || report.kind === 'killed') return report;
    if (report.kind === 'exec') return 'executed';
    ptrace(PTRACE_CONT, tid, 0, report.kind === 'signal-stop' ? report.signal : 0);
  }
}

export function setLimit(tid: ThreadId, block: NativeBlock, limit: OpenFileLimit): void {
  block.view.setBigUint64(PART.SCRATCH, limit.soft, true);
  block.view.setBigUint64(PART.SCRATCH + 8, limit.hard, true);
  prlimit(tid, RLIMIT_NOFILE, block.address + PART.SCRATCH, 0);
}
