/** For tests of the tracer: a process of one or more threads that it attaches to. */
import { fileOf } from '../../src/base/file-bytes.js';
import { toProcessId } from '../../src/base/ids.js';
import type { EngineOptions, Target } from '../../src/engine/engine-options.js';
import { engineRequest } from '../../src/request/engine-request.js';
import { anyStatus, ScriptedKernel, statusOf, type ScriptedStep } from './scripted-kernel.js';

/** PTRACE_EVENT_STOP of <linux/ptrace.h>. */
const STOP = 128;

/** Nothing is traced. */
export function bareOptions(targets: readonly Target[]): EngineOptions {
  const never = (): never => {
    throw new Error('nothing is captured here');
  };
  return {
    ...engineRequest({ targets, command: [] }),
    version: '',
    captures: { forFunction: never, lookAhead: never, forSyscall: never },
    launchedWhenLeft: 'goes-on',
    afterLeaving: 'we-end',
  };
}

/** Attached to process 42, which consists of these threads, after the one stop that an attach makes where nothing is traced. */
export function attachedKernel(
  threads: readonly number[],
  steps: readonly ScriptedStep[],
): ScriptedKernel {
  const ours: ScriptedStep = { kind: 'stop', tid: 42, status: statusOf.event(STOP) };
  const kernel = new ScriptedKernel([ours, ...steps]);
  kernel.threadsOf.set(42, [...threads]);
  for (const tid of threads) {
    kernel.statuses.set(tid, anyStatus(tid, { processId: toProcessId(42) }));
  }
  // The ELF header of an x86-64 program, and nothing behind it.
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes[18] = 62;
  kernel.images.set(kernel.program, { ...fileOf(bytes), identity: '' });
  return kernel;
}
