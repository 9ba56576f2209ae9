/**
 * A signal finds a thread in a displaced copy, or the copied instruction faults: the program is to see the thread in its
 * own code. What of the copy was executed is taken back, or the rest of it done, by setting registers: nothing is
 * blocked or held meanwhile, so that our being killed at any moment harms nobody.
 *
 * Where it is taken back the thread runs into the trap once more when the handler returns, and that is no new call. Its
 * registers alone do not say so: a program that leaves handlers by siglongjmp may call again with the same. So its flags,
 * which hold nothing where our traps stand, are marked: they go through the handler's frame and back, while a jump does
 * not restore them.
 */
import { setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { BreakpointSite } from '../memory/site.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { leaveMaskCall } from '../sigtrap/mask-call.js';
import type { Interruption, Thread } from '../tracees/tracee.js';
import type { StopContext } from '../stops/stop-context.js';

/** Handlers in handlers are rarely as deep; who is forgotten counts as a new call. */
const MOST_AT_ONCE = 32;
/** So often a thread may be taken back before the same instruction; then it is to get on, whatever comes. */
const MOST_IN_A_ROW = 3;
/** A copied `loop` jumps over a jump. */
const MOST_JUMPS = 2;
const NO_SYSCALL = -1;

/**
 * The thread, whose registers are those just read, is put where it would be without us, if that can be done by setting
 * registers. It stays where it waits in a copied system call, which may take for ever.
 *
 * @param then what it does next: runs a handler and comes back, or goes on without us
 * @returns false when it must make steps in the copy first. A program that is to outlive us makes none: should we be killed
 *   in one, its SIGTRAP would end the program. It gets the signal in the copy, which stays, and goes on there afterwards.
 */
export function leaveCopy(
  context: StopContext,
  thread: Thread,
  pc: number,
  then: 'handler' | 'let go',
): boolean {
  const { space } = thread.process;
  if (!space.scratch.contains(pc)) return true;
  const place = space.copyAt(pc);
  if (place?.site.maskCall !== undefined) {
    return leaveCallCopy(context, thread, { ...place, pc, then });
  }
  if (isInSyscall(context, thread, pc)) return true;
  // Where calls are caught inside by now no trap would know its retry.
  if (place === undefined || place.site.patch?.isLive === true) return false;
  if (moveOut(context, thread, { ...place, pc, then })) return true;
  const outlivesUs = thread.process.bond === 'outlives-us' || then === 'let go';
  return outlivesUs && space.scratch.lasts(pc);
}

function moveOut(context: StopContext, thread: Thread, place: Place): boolean {
  const { space } = thread.process;
  // A goroutine goes on wherever a thread is free, on a stack that may have been moved: its retry would not be known.
  if (space.hasGo && place.then === 'handler') return false;
  if (place.pc === place.start || place.site.pushes > 0) return takeBack(context, thread, place);
  const target = endOfJumps(space, toAddress(place.pc));
  if (target === undefined) return false;
  setWord(context.kernel.registers, space.arch.registers.pc, target);
  context.kernel.writeRegisters(thread.tid);
  return true;
}

/** The same for the code that makes rt_sigprocmask, which is never waited for. */
function leaveCallCopy(context: StopContext, thread: Thread, place: Place): boolean {
  // It never makes steps: what it does to its mask meanwhile would be lost.
  const stands = leaveMaskCall(context, thread, place);
  if (stands === 'before') rewind(context, thread, place, 0);
  else context.kernel.writeRegisters(thread.tid);
  return true;
}

/** Behind a copied instruction there are only jumps: where they go; undefined when there is something else. */
function endOfJumps({ arch, memory, scratch }: AddressSpace, pc: Address): Address | undefined {
  let at: Address | undefined = pc;
  for (let jumps = 0; jumps < MOST_JUMPS && at !== undefined && scratch.contains(at); jumps++) {
    at = arch.jumpTarget(memory.readCode(at, arch.longestInstruction), at);
  }
  return at !== undefined && scratch.contains(at) ? undefined : at;
}

/** Is it in the system call that the copied instruction makes, or about to make that again? */
function isInSyscall(
  { kernel }: Pick<StopContext, 'kernel'>,
  { process }: Thread,
  pc: number,
): boolean {
  const { arch, memory } = process.space;
  const number = kernel.registers.getInt32(arch.registers.syscallNumber, true);
  if (number === NO_SYSCALL) return false;
  const { instruction } = arch.syscalls;
  const before = memory.readCode(toAddress(pc - instruction.length), instruction.length);
  return instruction.every((byte, index) => byte === before[index]);
}

/** Puts the thread, its registers being those just read, at the instruction of the copy in which it faulted. */
export function takeBackFault(context: StopContext, thread: Thread, pc: number): void {
  const place = thread.process.space.copyAt(pc);
  if (place !== undefined) rewind(context, thread, { ...place, pc, then: 'handler' }, 0);
}

interface Place {
  readonly site: BreakpointSite;
  /** Of its copy. */
  readonly start: Address;
  /** In it. */
  readonly pc: number;
  readonly then: 'handler' | 'let go';
}

/** @returns false when that was done too often already */
function takeBack(context: StopContext, thread: Thread, place: Place): boolean {
  const { retried } = thread;
  const { arch } = thread.process.space;
  const isAgain =
    retried?.address === place.site.address &&
    isSame(retried.registers, comparable(context.kernel.registers, arch), arch.retryMark.register);
  const times = isAgain ? retried.times + 1 : 0;
  if (place.then === 'handler' && times >= MOST_IN_A_ROW) return false;
  rewind(context, thread, place, times);
  return true;
}

function rewind(context: StopContext, thread: Thread, place: Place, times: number): void {
  const { site, start, pc, then } = place;
  const { kernel } = context;
  const { registers } = kernel;
  const { arch } = thread.process.space;
  setWord(registers, arch.registers.pc, site.address);
  if (pc !== start && site.pushes > 0) {
    const sp = wordAsNumber(registers, arch.registers.sp);
    setWord(registers, arch.registers.sp, sp + arch.wordBytes);
  }
  if (then === 'handler') awaitRetry(thread, registers, site.address, times);
  kernel.writeRegisters(thread.tid);
}

function awaitRetry(thread: Thread, registers: DataView, address: number, times: number): void {
  const { interruptions } = thread;
  const { arch } = thread.process.space;
  const { retryMark } = arch;
  const flags = retryMark.plain(registers.getUint32(retryMark.register, true));
  registers.setUint32(retryMark.register, retryMark.marked(flags), true);
  if (interruptions.length === MOST_AT_ONCE) interruptions.shift();
  interruptions.push({ address, flags, registers: comparable(registers, arch), times });
}

/**
 * Is this hit, whose registers are at hand, the retry of an instruction that was taken back, after the handler returned?
 * Then the thread gets its own flags back. The handler may have made calls of its own meanwhile.
 */
export function isRetry(context: StopContext, thread: Thread, address: number): boolean {
  const { kernel } = context;
  const { interruptions } = thread;
  // Most stops are elsewhere, also where an interruption is never tried again.
  if (!interruptions.some((one) => one.address === address)) return false;
  const { arch } = thread.process.space;
  const now = comparable(kernel.registers, arch);
  const found = interruptions.findLastIndex(
    (one) => one.address === address && isSame(one.registers, now),
  );
  const interruption = interruptions[found];
  if (interruption === undefined) return false;
  // Those that came later were left by a jump.
  interruptions.length = found;
  thread.retried = interruption;
  kernel.setRegister(thread.tid, arch.retryMark.register, interruption.flags);
  return true;
}

/** What is the same at the interruption and at the retry. */
function comparable(
  registers: DataView,
  { registers: { pc, syscallNumber } }: Arch,
): Interruption['registers'] {
  const copy = new Uint8Array(registers.buffer, registers.byteOffset, registers.byteLength).slice();
  // The trap moved the PC, and ended no system call.
  for (const at of [syscallNumber, pc]) copy.fill(0, at, at + 8);
  return copy;
}

/** @param except offset of a word that may differ */
function isSame(one: Uint8Array, other: Uint8Array, except = -8): boolean {
  return one.every(
    (byte, index) => byte === other[index] || (index >= except && index < except + 8),
  );
}
