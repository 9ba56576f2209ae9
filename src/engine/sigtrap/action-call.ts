/** rt_sigaction: what the program asks for, and is told; the kernel is told what signal-actions.ts says. */
import {
  addressFromWord,
  exactWord,
  offsetBy,
  setWord,
  wordAsNumber,
  type Address,
} from '../../base/address.js';
import { SIGTRAP } from '../../base/signal-numbers.js';
import type { Thread, TracedSite } from '../tracees/tracee.js';
import { resumeModeOf, type StopContext } from '../stops/stop-context.js';
import { actionFor, setAction, SIGSET_BYTES, type AskedProcess } from './kernel-actions.js';
import { SIG_IGN, SignalAction } from '../tracees/signal-actions.js';
import { askThrough, isChangeable, tellKernel } from './trap-action.js';

/** <asm-generic/errno.h>: what the kernel leaves in the result register until a call is made. */
const ENOSYS = 38;

interface ActionCall {
  readonly signal: number;
  /** undefined where it is only asked for. */
  readonly action: SignalAction | undefined;
  /** Where the one before is to be written; 0 for nowhere. */
  readonly oldAt: Address;
}

/**
 * The thread, whose registers are at hand, is about to make the call. Where that concerns SIGTRAP it is made here.
 *
 * @returns where it goes on, if not at the call itself
 */
export function beginActionCall(
  context: StopContext,
  thread: Thread,
  site: TracedSite,
): Address | undefined {
  const call = callOf(context, thread);
  if (call === undefined || !concernsTrap(thread, call)) return undefined;
  if (isForFilters(context, thread, call)) {
    thread.process.actions.blockTrap.delete(call.signal);
    return undefined;
  }
  const asked = askThrough(context, thread, 'trap');
  if (asked === undefined || !passesFilters(context, thread, call)) return undefined;
  const result =
    call.signal === SIGTRAP ? exchangeTrap(thread, call, asked) : exchange(thread, call, asked);
  const behind = offsetBy(site.address, site.originalBytes);
  show(context, thread, behind, result);
  context.kernel.setRegister(thread.tid, thread.process.space.arch.registers.result, result);
  return behind;
}

/** undefined where the kernel will not accept it, or it is none. */
function callOf(
  { kernel }: Pick<StopContext, 'kernel'>,
  { process }: Thread,
): ActionCall | undefined {
  const { pid, space } = process;
  const { argumentRegisters, numberRegister, numbers } = space.arch.syscalls;
  if (wordAsNumber(kernel.registers, numberRegister) !== numbers.rtSigaction) return undefined;
  const [signal, at, oldAt, size] = argumentRegisters.map((register) =>
    addressFromWord(exactWord(kernel.registers, register)),
  );
  if (signal === undefined || at === undefined || oldAt === undefined) return undefined;
  if (size !== SIGSET_BYTES || !isChangeable(signal)) return undefined;
  const bytes = new Uint8Array(SignalAction.sizeFor(space.arch.wordBytes));
  if (oldAt !== 0 && kernel.readMemory(pid, oldAt, bytes) !== bytes.length) return undefined;
  if (at === 0) return { signal, action: undefined, oldAt };
  if (kernel.readMemory(pid, at, bytes) !== bytes.length) return undefined;
  return { signal, action: new SignalAction(bytes, space.arch.wordBytes), oldAt };
}

/** The program's own filters judge the handlers that it sets: such a call is made by nobody else. */
function isForFilters(
  { kernel }: Pick<StopContext, 'kernel'>,
  { tid }: Thread,
  call: ActionCall,
): boolean {
  return call.signal !== SIGTRAP && call.action !== undefined && kernel.barriers.isFiltered(tid);
}

/** What they judge by is there but for the addresses. Where they refuse it, the program makes it, and sees what they do. */
function passesFilters({ kernel }: StopContext, thread: Thread, { signal }: ActionCall): boolean {
  const { tid, process } = thread;
  const { remote, arch } = process.space;
  if (!kernel.barriers.isFiltered(tid)) return true;
  const { rtSigaction } = arch.syscalls.numbers;
  const caller = remote.callerUnderFilters(tid, 'trap');
  return caller?.call(rtSigaction, [signal, 0, 0, SIGSET_BYTES]) === 0;
}

function concernsTrap({ process: { actions } }: Thread, { signal, action }: ActionCall): boolean {
  return signal === SIGTRAP || action?.blocksTrap === true || actions.blockTrap.has(signal);
}

function exchangeTrap(
  { process }: Thread,
  { action, oldAt }: ActionCall,
  asked: AskedProcess,
): number {
  const { actions } = process;
  const { kernel, pid, arch } = asked;
  const old = (actions.trap ??= actionFor(asked, SIGTRAP));
  if (oldAt !== 0 && old !== undefined) kernel.writeMemory(pid, oldAt, old.bytes);
  if (action === undefined) return 0;
  // Whatever waits is discarded by that: sigaction(2).
  if (action.isIgnore) setAction(asked, SIGTRAP, SignalAction.plain(arch.wordBytes, SIG_IGN));
  actions.trap = action;
  return tellKernel(process, asked);
}

function exchange({ process }: Thread, call: ActionCall, asked: AskedProcess): number {
  const { signal, action, oldAt } = call;
  const { blockTrap } = process.actions;
  const old = oldAt === 0 ? undefined : actionFor(asked, signal);
  const result = action === undefined ? 0 : setAction(asked, signal, action.blockingTrap(false));
  if (result !== 0) return result;
  if (old !== undefined) {
    const told = blockTrap.has(signal) ? old.blockingTrap(true) : old;
    asked.kernel.writeMemory(asked.pid, oldAt, told.bytes);
  }
  if (action?.blocksTrap === true) blockTrap.add(signal);
  else if (action !== undefined) blockTrap.delete(signal);
  return result;
}

/** The system call that the kernel did not see. */
function show(context: StopContext, thread: Thread, behind: Address, result: number): void {
  const { kernel, syscalls } = context;
  const { process } = thread;
  if (process.role !== 'reported' || resumeModeOf(context, process) !== 'syscall') return;
  const { arch } = process.space;
  const { numbers } = arch.syscalls;
  const { registers } = kernel;
  setWord(registers, arch.registers.syscallNumber, numbers.rtSigaction);
  setWord(registers, arch.registers.pc, behind);
  kernel.stop.hasRegisters = true;
  for (const shown of [-ENOSYS, result]) {
    registers.setBigInt64(arch.registers.result, BigInt(shown), true);
    syscalls.arrive(thread);
  }
}
