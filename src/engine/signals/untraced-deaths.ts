/**
 * A child that asked not to be traced, and was begun in a way that nobody saw coming (loading/clone-watch.ts), runs into
 * our traps, and they end it. All that can be done is to say so when its parent hears of that.
 */
import { toProcessId } from '../../base/ids.js';
import { SIGCHLD, SIGTRAP } from '../../base/signal-numbers.js';
import type { Thread } from '../tracees/tracee.js';
import { placeOf, type StopContext } from '../stops/stop-context.js';
import type { SignalOrigin } from '../remote/siginfo.js';

/** The thread stands at the delivery of that signal. */
export function noteUntracedDeath(
  context: StopContext,
  { process, tid }: Thread,
  signal: number,
  { sender, child }: Pick<SignalOrigin, 'sender' | 'child'>,
): void {
  // An attached one has a handler for that, which its children inherit.
  if (signal !== SIGCHLD || child?.status !== SIGTRAP || process.bond !== 'dies-with-us') return;
  if (sender === undefined || context.table.wasBorn(toProcessId(sender))) return;
  context.emitter.emit({
    kind: 'notice',
    ...placeOf(context, process, tid),
    severity: 'warning',
    text:
      `process ${sender} died of SIGTRAP: it was not traced, and if it shared the memory of process ${process.pid} ` +
      '(CLONE_UNTRACED) a breakpoint ended it; trace fewer functions, or attach to the program instead',
  });
}
