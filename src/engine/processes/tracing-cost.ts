/** Measures what a stop costs on this machine, so that it can be stated beside the times of calls. */
import { toAddress, wordAsNumber } from '../../base/address.js';
import { SystemError, TraceeGone, UserError } from '../../base/errors.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import { SIGKILL } from '../../base/signal-numbers.js';
import type { Kernel } from '../../kernel/kernel.js';
import { archOf } from './arch-of.js';

/** The first stops are slow: pages are touched, and our own code is not compiled yet. */
const STOPS_BEFORE = 100;
const STOPS = 200;
/** The program that we are; always there, and it never gets to run its own code (proc_pid_exe(5)). */
const OURSELVES = '/proc/self/exe';

/**
 * What tracing adds to the time of one call, ns: from one stop of a thread, over its resumption, to the stop
 * at its next trap, the median of many. The time of a call holds that once, whatever the call itself does.
 *
 * Measured on a child of our own that does nothing but trap; to be called before anything else is traced.
 *
 * @returns 0 when it could not be measured
 */
export function measureTracingCost(kernel: Kernel): number {
  let tid: ThreadId;
  try {
    tid = kernel.launch(
      { program: OURSELVES, argv: ['tsltrace'], environment: [] },
      { exitKill: true },
    );
  } catch (error) {
    return rethrowUnexpected(error);
  }
  const pid = tid as unknown as ProcessId;
  try {
    return medianOf(stopIntervals(kernel, tid, pid));
  } catch (error) {
    return rethrowUnexpected(error);
  } finally {
    kernel.kill(pid, SIGKILL);
    awaitEnd(kernel);
    kernel.forgetProcess(pid);
  }
}

/** Times from stop to stop, ns; fewer than {@link STOPS} when a signal for us comes in between. */
function stopIntervals(kernel: Kernel, tid: ThreadId, pid: ProcessId): number[] {
  const { registers, trapInstruction } = archOf(kernel, pid);
  kernel.readRegisters(tid);
  const start = toAddress(wordAsNumber(kernel.registers, registers.pc));
  kernel.writeMemory(pid, start, trapInstruction);
  const intervals: number[] = [];
  let previous = 0;
  for (let stop = 0; stop < STOPS_BEFORE + STOPS; stop++) {
    kernel.resumeSoon(tid, 'continue', start);
    if (kernel.wait() !== 'stop') break;
    const now = kernel.now();
    if (stop >= STOPS_BEFORE) intervals.push(now - previous);
    previous = now;
  }
  return intervals;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

/** Of the only tracee that there is yet. A signal for us that comes meanwhile is left to be taken. */
function awaitEnd(kernel: Kernel): void {
  for (;;) {
    const outcome = kernel.wait();
    if (outcome === 'childless' || (outcome === 'stop' && hasEnded(kernel.stop.status))) return;
  }
}

/** An exit or a death by signal, wait(2): the low seven bits are 0x7f only for stops. */
function hasEnded(status: number): boolean {
  return (status & 0x7f) !== 0x7f;
}

/** What cannot be measured is said to be so; it is no reason not to trace. */
function rethrowUnexpected(error: unknown): 0 {
  const expected =
    error instanceof UserError || error instanceof SystemError || error instanceof TraceeGone;
  if (!expected) throw error;
  return 0;
}
