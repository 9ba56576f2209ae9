/** Signals of the tracee: shown, then delivered exactly once, at an address that is its own. */
import { exactWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import { SIGTRAP } from '../../base/signal-numbers.js';
import type { Released } from '../../kernel/threads.js';
import type { CallSite, SignalEvent } from '../../trace/event.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { isFault, signalCode } from '../remote/faults.js';
import { makeCallOfRegistersAgain, passOverIgnored } from '../stops/interrupted-call.js';
import { leaveCopy, takeBackFault } from './interruptions.js';
import { originOf } from '../remote/siginfo.js';
import { noteSignal } from './standstill.js';
import { beginStepOut } from './step-out.js';
import { noteUntracedDeath } from './untraced-deaths.js';
import { fateOfTrap } from '../sigtrap/own-trap.js';
import type { Thread } from '../tracees/tracee.js';
import { placeOf, resume, type StopContext } from '../stops/stop-context.js';

/** si_code of signals that the kernel itself raises is positive; SI_KERNEL marks int3. */
const SI_KERNEL = 0x80;

/** Is this SIGTRAP the one that an int3 makes? Others are the program's own. */
export function isBreakpointTrap(context: StopContext, thread: Thread): boolean {
  // Another may have come in its place, which by itself would have waited on: restoreHeldTrap.
  if (thread.signals.holdsTrap) return true;
  const info = context.kernel.signalInfo(thread.tid);
  return info !== undefined && signalCode(info) === SI_KERNEL;
}

/** The thread stands at a signal-delivery-stop with a signal of its own. */
export function onSignal(context: StopContext, thread: Thread, signal: number): Released {
  const { kernel, emitter, syscalls } = context;
  const info = kernel.signalInfo(thread.tid);
  kernel.readRegisters(thread.tid);
  const isTrap = signal === SIGTRAP && info !== undefined;
  const fate = isTrap ? fateOfTrap(context, thread, info) : 'delivered';
  if (typeof fate !== 'string') return fate;
  const isUnnoticed =
    fate === 'ignored'
      ? makeCallOfRegistersAgain(context, thread)
      : passOverIgnored(context, thread, signal);
  if (thread.process.role === 'reported') {
    if (!isUnnoticed) syscalls.endInterrupted(thread);
    const event = describe(context, thread, signal, info);
    emitter.emit(event);
    noteUntracedDeath(context, thread, signal, event);
  }
  if (fate === 'ignored') return resume(context, thread);
  const { space } = thread.process;
  const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
  if (isFault(signal, info)) takeBackFault(context, thread, pc);
  else if (!leaveCopy(context, thread, pc, 'handler')) {
    return beginStepOut(context, thread, { signal, info });
  }
  noteSignal(context, thread, signal);
  return resume(context, thread, signal);
}

function describe(
  context: StopContext,
  thread: Thread,
  signal: number,
  info: Uint8Array | undefined,
): SignalEvent {
  const { process } = thread;
  const { space } = process;
  return {
    kind: 'signal',
    ...placeOf(context, process, thread.tid),
    signal,
    ...originOf(signal, info),
    pc: placeIn(space, anyAddress(context.kernel.registers, space.arch.registers.pc)),
  };
}

function placeIn(space: AddressSpace, pc: Address | bigint): CallSite {
  if (typeof pc === 'bigint') return { returnAddress: pc, module: '', offset: pc };
  const at = space.originalAddress(pc);
  const module = space.modules.at(at);
  return {
    returnAddress: at,
    module: module?.name ?? '',
    offset: module?.imageAddressOf(at) ?? at,
  };
}

/** A program that went astray may be anywhere, also above 2^53. */
function anyAddress(view: DataView, offset: number): Address | bigint {
  const word = exactWord(view, offset);
  return typeof word === 'number' ? toAddress(word) : word;
}
