/**
 * Signals that come faster than a traced thread takes them: each is a stop, and when its handler returns the next one waits
 * already. Then the thread runs handlers for ever, and not one instruction of what they interrupt. That is said.
 */
import { syscallNumberIn } from '../../arch/arch.js';
import { wordAsNumber } from '../../base/address.js';
import { signalName } from '../../base/signal-names.js';
import type { Thread } from '../tracees/tracee.js';
import type { StopContext } from '../stops/stop-context.js';

/** Without a tracer this takes milliseconds. */
const MOST_IN_PLACE = 1000;
/** Nanoseconds. Bursts are over by then. */
const LONGEST_IN_PLACE = 2e9;
/** Of the register: in no system call. A thread that is in one has got there, and waits for what it gets. */
const NO_CALL = 0xffffffff;

/** The thread, whose registers are at hand, gets a signal at an instruction of its own. */
export function noteSignal(context: StopContext, thread: Thread, signal: number): void {
  const { kernel, waits } = context;
  const { arch } = thread.process.space;
  const pc = wordAsNumber(kernel.registers, arch.registers.pc);
  const sp = wordAsNumber(kernel.registers, arch.registers.sp);
  const { standstill } = thread;
  // In a handler: where it returns to is what counts.
  if (standstill !== undefined && sp < standstill.sp) return;
  const isThere = standstill?.pc === pc && standstill.sp === sp;
  if (!isThere || syscallNumberIn(kernel.registers, arch) !== NO_CALL) {
    thread.standstill = { pc, sp, signals: 1, since: kernel.now() };
    return;
  }
  standstill.signals++;
  if (standstill.signals < MOST_IN_PLACE) return;
  const nanoseconds = kernel.now() - standstill.since;
  if (nanoseconds < LONGEST_IN_PLACE || thread.process.isToldToStandStill) return;
  thread.process.isToldToStandStill = true;
  const { signals } = standstill;
  waits.warn(
    thread.process.pid,
    thread.tid,
    `thread ${thread.tid} of process ${thread.process.pid} makes no progress: signals (${signalName(signal)}, ` +
      `${signals} in ${(nanoseconds / 1e9).toFixed(1)} s) come faster than a traced program takes them; ` +
      `have them come more slowly, or stop tracing it`,
  );
}
