/** Makes sure that a process which is to outlive us survives our being killed. */
import type { Danger } from '../memory/copy-places.js';
import { openDesk } from './open-desk.js';
import { waitsForTrap } from './waiting-trap.js';
import type { Standing } from '../memory/trap-writer.js';
import { SANDBOXED } from '../remote/sandbox.js';
import { SignalAction } from '../tracees/signal-actions.js';
import { meetRunningActions } from './trap-action.js';
import type { Process, Thread } from '../tracees/tracee.js';
import { placeOf, type StopContext } from '../stops/stop-context.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { findLeftPages } from '../memory/left-pages.js';
import { actionBehind, readLeftHandler, type LeftHandler } from '../survival/left-handler.js';
import { Lifeline } from '../survival/lifeline.js';

// Of the user, where the program is sandboxed.
const FILTERED = ': its filters can be suspended with CAP_SYS_ADMIN, which root has';
const WAITS = '; try again when it was handled';
const DISPATCHED =
  ': its system calls are turned into signals just now; try again at another moment';

/**
 * Before the first trap is written into a program. What we launched ends with us and needs nothing.
 *
 * @param main a stopped thread of it
 */
export function protectProcess(context: StopContext, main: Thread): void {
  const { kernel, log } = context;
  const { process } = main;
  const { space } = process;
  if (process.bond !== 'outlives-us') return;
  const waiting = waitsForTrap(kernel, process);
  if (waiting !== undefined) {
    refuse(context, main, `a SIGTRAP waits for thread ${waiting}`);
    return;
  }
  const access = space.remote.access(main.tid, 'quiet');
  if (access.kind === 'refused') {
    log.write('engine', `process ${process.pid} makes no system calls for us: ${access.why}`);
    if (access.why === SANDBOXED) refuse(context, main, SANDBOXED);
    return;
  }
  const mappings = kernel.mappings(process.pid);
  const left = takeLeftPages(space, mappings);
  openDesk(space, mappings, main.tid);
  const caller = space.remote.caller(main.tid, 'quiet');
  if (caller === undefined) return;
  meetRunningActions(context, main, caller);
  takeActionBehind(left, process);
  const lifeline = Lifeline.tie(
    kernel,
    { pid: process.pid, arch: space.arch, left },
    caller,
    context.guardian.get(),
  );
  space.lifeline = lifeline;
  log.write('engine', `process ${process.pid}, should we be killed: ${lifeline.strength}`);
  if (!lifeline.hasHandler && space.arch.survival !== undefined) {
    refuse(context, main, 'the program gets no more memory');
  }
  const { desk } = space.remote;
  if (desk !== undefined) lifeline.answersAt(desk.instruction);
}

/** What an earlier session left is used again. */
function takeLeftPages(
  { arch, memory, places }: AddressSpace,
  mappings: readonly Mapping[],
): LeftHandler | undefined {
  const { rooms, handlers } = findLeftPages(memory, mappings);
  places.adopt(rooms);
  const { survival } = arch;
  if (survival === undefined) return undefined;
  for (const page of handlers) {
    const left = readLeftHandler(memory, mappings, page, survival);
    if (left === undefined) continue;
    places.recall(left.entries);
    return left;
  }
  return undefined;
}

function takeActionBehind(left: LeftHandler | undefined, { actions, space }: Process): void {
  const { trap } = actions;
  if (trap === undefined) return;
  actions.trap = new SignalAction(actionBehind(left, trap.bytes), space.arch.wordBytes);
}

/** Its handler was forgotten, because a thread that blocked SIGTRAP ran into a trap. The thread is stopped. */
export function renewLifeline({ tid, process }: Thread, standing: Standing): void {
  const { space } = process;
  const caller = space.remote.caller(tid, standing);
  if (caller !== undefined) space.lifeline?.renew(caller);
}

/** Breakpoints would end it, should we be killed: it gets none, and the user is told. */
function refuse(context: StopContext, main: Thread, why: Danger): void {
  const { process } = main;
  process.space.unsafe = why;
  const remedy = remedyFor(context, main, why);
  context.emitter.emit({
    kind: 'notice',
    ...placeOf(context, process, main.tid),
    severity: 'warning',
    text: `process ${process.pid} cannot be traced without danger to it: ${why}${remedy}`,
  });
}

function remedyFor({ kernel }: StopContext, { tid }: Thread, why: Danger): string {
  if (why === SANDBOXED) {
    return kernel.barriers.dispatchOf(tid) !== undefined ? DISPATCHED : FILTERED;
  }
  return why === 'the program gets no more memory' ? '' : WAITS;
}
