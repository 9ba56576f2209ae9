/** rt_sigprocmask: what the program asks for, and is told; the kernel is never asked to block SIGTRAP (arch/x86/mask-call.ts). */
import {
  addressFromWord,
  exactWord,
  offsetBy,
  setWord,
  signedWord,
  wordAsNumber,
  type Address,
} from '../../base/address.js';
import type { MaskCallState } from '../../arch/arch.js';
import type { BreakpointSite } from '../memory/site.js';
import type { Thread, TracedSite } from '../tracees/tracee.js';
import type { StopContext } from '../stops/stop-context.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';
import { settleAtTrap } from './unblock.js';

// <asm-generic/signal-defs.h>
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;
const SIG_SETMASK = 2;
/** sizeof(sigset_t) of the kernel, which accepts no other. */
const SET_BYTES = 8;
/** <asm-generic/errno.h>: what the kernel leaves in the result register until a call is made. */
const ENOSYS = 38;

/**
 * The thread, whose registers are at hand, is about to make the call.
 *
 * @returns where it goes on
 */
export function beginMaskCall(
  context: StopContext,
  thread: Thread,
  { copy, maskCall }: TracedSite,
): Address | undefined {
  const { process, signals } = thread;
  if (!signals.isKnown) settleAtTrap(context, thread);
  const args = argumentsOf(context, process);
  signals.blockedTrap = signals.blocksTrap;
  if (maskCall === undefined || copy === undefined) return copy;
  // It will fail, and change nothing.
  if (args === undefined) return offsetBy(copy, maskCall.plain);
  signals.blocksTrap = blocksAfter(signals.blockedTrap, args.how, args.asked);
  return signals.blockedTrap ? offsetBy(copy, maskCall.told) : copy;
}

interface MaskArguments {
  readonly how: number | bigint;
  /** undefined where the mask is only asked for. */
  readonly asked: bigint | undefined;
}

/** undefined where the kernel will not accept them. */
function argumentsOf(
  { kernel }: Pick<StopContext, 'kernel'>,
  { pid, space }: Thread['process'],
): MaskArguments | undefined {
  const { argumentRegisters, numberRegister, maskCalls } = space.arch.syscalls;
  const [how = 0, set = 0, , size = 0] = argumentRegisters.map((at) =>
    exactWord(kernel.registers, at),
  );
  const setBytes = maskCalls.get(wordAsNumber(kernel.registers, numberRegister));
  if (setBytes === undefined || (setBytes === SET_BYTES && size !== SET_BYTES)) return undefined;
  if (set === 0) return { how, asked: undefined };
  const at = addressFromWord(set);
  const bytes = new Uint8Array(SET_BYTES);
  if (at === undefined || kernel.readMemory(pid, at, bytes) !== SET_BYTES) return undefined;
  return { how, asked: new DataView(bytes.buffer).getBigUint64(0, true) };
}

function blocksAfter(before: boolean, how: number | bigint, asked: bigint | undefined): boolean {
  if (asked === undefined) return before;
  const isAsked = (asked & SIGTRAP_BIT) !== 0n;
  switch (how) {
    case SIG_BLOCK:
      return before || isAsked;
    case SIG_UNBLOCK:
      return before && !isAsked;
    case SIG_SETMASK:
      return isAsked;
    default:
      return before;
  }
}

/**
 * A signal finds the thread, whose registers are those just read, in the code that makes the call: they become those
 * before the call, or behind it, and have to be written.
 *
 * @returns where it stands now
 */
export function leaveMaskCall(
  context: StopContext,
  thread: Thread,
  {
    site,
    start,
    pc,
  }: { readonly site: BreakpointSite; readonly start: Address; readonly pc: number },
): 'before' | 'behind' {
  const { registers } = context.kernel;
  const { arch } = thread.process.space;
  const { maskCall } = site;
  const state = maskCall?.stateAt(pc - start);
  // Between two instructions nobody stands.
  if (maskCall === undefined || state === undefined) return 'behind';
  if (state.tells) tell(context, thread);
  restoreSet(context, thread, state);
  const sp = wordAsNumber(registers, arch.registers.sp);
  setWord(registers, arch.registers.sp, sp + state.pushed);
  const isEntered = state.isMade && isAtEntry(context, thread);
  if (!state.isMade || isEntered) thread.signals.blocksTrap = thread.signals.blockedTrap;
  if (!state.isMade) return 'before';
  setWord(registers, arch.registers.pc, site.address + maskCall.originalBytes);
  return 'behind';
}

/** Is it about to be made, by a thread that is past the instruction already? */
function isAtEntry({ kernel }: Pick<StopContext, 'kernel'>, { process }: Thread): boolean {
  const { result } = process.space.arch.registers;
  return signedWord(kernel.registers, result) === -ENOSYS;
}

/**
 * The thread stands at the entry or exit of a system call that is to be shown: where it is ours, its registers at hand
 * and its memory become those of the program's own call.
 */
export function showOwnMaskCall(context: StopContext, thread: Thread): void {
  const { kernel } = context;
  const { space } = thread.process;
  if (!kernel.stop.hasRegisters) kernel.readRegisters(thread.tid);
  kernel.stop.hasRegisters = true;
  const { pc: at } = space.arch.registers;
  const pc = wordAsNumber(kernel.registers, at);
  const place = space.copyAt(pc);
  if (place?.site.maskCall === undefined) return;
  const { site, start } = place;
  const state = site.maskCall?.stateAt(pc - start);
  if (site.maskCall === undefined || state === undefined) return;
  if (state.tells) tell(context, thread);
  restoreSet(context, thread, state);
  setWord(kernel.registers, at, site.address + site.maskCall.originalBytes);
}

/** The pointer that the program gave. */
function restoreSet(
  { kernel }: Pick<StopContext, 'kernel'>,
  { process }: Thread,
  { setAt }: MaskCallState,
): void {
  if (setAt === undefined) return;
  const { arch, memory } = process.space;
  const [, set] = arch.syscalls.argumentRegisters;
  const sp = wordAsNumber(kernel.registers, arch.registers.sp);
  const saved = memory.readWord(offsetBy(sp as Address, setAt));
  if (set !== undefined && saved !== undefined) setWord(kernel.registers, set, saved);
}

/** Of the SIGTRAP that the program blocked, where it asks what it had blocked. */
function tell({ kernel }: Pick<StopContext, 'kernel'>, { process }: Thread): void {
  const { arch } = process.space;
  const [, , old] = arch.syscalls.argumentRegisters;
  if (signedWord(kernel.registers, arch.registers.result) !== 0 || old === undefined) return;
  const at = addressFromWord(exactWord(kernel.registers, old));
  const bytes = new Uint8Array(1);
  if (at === undefined || at === 0) return;
  if (kernel.readMemory(process.pid, at, bytes) !== 1) return;
  bytes[0] = (bytes[0] ?? 0) | Number(SIGTRAP_BIT);
  kernel.writeMemory(process.pid, at, bytes);
}
