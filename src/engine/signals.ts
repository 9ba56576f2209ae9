/** Signals of the tracee: shown, then delivered exactly once, at an address that is its own. */
import { setWord, toAddress, wordAsNumber } from '../base/address.js';
import { toProcessId } from '../base/ids.js';
import type { SignalEvent } from '../trace/event.js';
import type { DeferredSignal } from './remote-syscall.js';
import type { Thread } from './tracee.js';
import { placeOf, resume, type TracerContext } from './tracer-context.js';

// <bits/signum-generic.h>
const SIGILL = 4;
const SIGBUS = 7;
const SIGFPE = 8;
const SIGSEGV = 11;
const FAULTS: ReadonlySet<number> = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);

// Offsets in siginfo_t of 64-bit Linux, <asm-generic/siginfo.h>
const SI_CODE = 8;
const SI_PID = 16;
const SI_ADDR = 16;
/** Offsets of orig_rax and rip in struct user_regs_struct, <sys/user.h>. */
const VOLATILE = [120, 128];
/** si_code of signals that the kernel itself raises is positive; SI_KERNEL marks int3. */
const SI_KERNEL = 0x80;

/** Is this SIGTRAP the one that an int3 makes? Others are the program's own. */
export function isBreakpointTrap(context: TracerContext, thread: Thread): boolean {
  const info = context.kernel.signalInfo(thread.tid);
  return info !== undefined && viewOf(info).getInt32(SI_CODE, true) === SI_KERNEL;
}

/** The thread stands at a signal-delivery-stop with a signal of its own. */
export function onSignal(context: TracerContext, thread: Thread, signal: number): void {
  const { kernel, emitter } = context;
  const info = kernel.signalInfo(thread.tid);
  kernel.readRegisters(thread.tid);
  if (thread.process.role === 'reported') emitter.emit(describe(context, thread, signal, info));
  const { space } = thread.process;
  const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
  if (!space.scratch.contains(pc)) {
    resume(context, thread, signal);
    return;
  }
  if (isFault(signal, info)) {
    faultInCopy(context, thread, signal, pc);
    return;
  }
  stepOut(context, thread, { signal, info });
}

/** The copied instruction faulted: the program must see the fault at the instruction's own address. */
function faultInCopy(context: TracerContext, thread: Thread, signal: number, pc: number): void {
  const { kernel } = context;
  const { space } = thread.process;
  const site = space.siteOfCopy(pc);
  if (site !== undefined) {
    setWord(kernel.registers, space.arch.registers.pc, site.address);
    kernel.writeRegisters(thread.tid);
    thread.faultedEntry = { address: site.address, registers: copyOf(kernel.registers) };
  }
  resume(context, thread, signal);
}

/** Is this hit the retry of an instruction that faulted, after its handler returned? */
export function isRetryAfterFault(thread: Thread, address: number, registers: DataView): boolean {
  const faulted = thread.faultedEntry;
  if (faulted?.address !== address) return false;
  thread.faultedEntry = undefined;
  const now = copyOf(registers);
  // The trap moved the PC and ended no system call; everything else must be as it was.
  return now.every(
    (byte, index) =>
      byte === faulted.registers[index] || VOLATILE.some((at) => index >= at && index < at + 8),
  );
}

/** Holds the signal back until the thread has left our copy; it comes back as a single-step stop. */
function stepOut(context: TracerContext, thread: Thread, signal: DeferredSignal): void {
  thread.state = { kind: 'stepping-out', signal };
  context.kernel.resume(thread.tid, 'step', 0);
}

/** A single step of a thread that has a signal waiting is done. */
export function onStepOut(context: TracerContext, thread: Thread, waiting: DeferredSignal): void {
  const { kernel } = context;
  const { space } = thread.process;
  kernel.readRegisters(thread.tid);
  const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
  if (space.scratch.contains(pc)) {
    kernel.resume(thread.tid, 'step', 0);
    return;
  }
  deliver(context, thread, waiting);
}

/** At a stop by SIGTRAP: delivers another signal in its place, as it was. */
export function deliver(context: TracerContext, thread: Thread, signal: DeferredSignal): void {
  if (signal.info !== undefined) context.kernel.setSignalInfo(thread.tid, signal.info);
  resume(context, thread, signal.signal);
}

function isFault(signal: number, info: Uint8Array | undefined): boolean {
  return FAULTS.has(signal) && info !== undefined && viewOf(info).getInt32(SI_CODE, true) > 0;
}

function describe(
  context: TracerContext,
  thread: Thread,
  signal: number,
  info: Uint8Array | undefined,
): SignalEvent {
  const { process } = thread;
  const { space } = process;
  const view = info === undefined ? undefined : viewOf(info);
  const code = view?.getInt32(SI_CODE, true) ?? 0;
  const at = space.originalAddress(wordAsNumber(context.kernel.registers, space.arch.registers.pc));
  const module = space.modules.at(at);
  return {
    kind: 'signal',
    ...placeOf(context, process, thread.tid),
    signal,
    code,
    ...(view !== undefined && code <= 0 && { sender: toProcessId(view.getInt32(SI_PID, true)) }),
    ...(view !== undefined &&
      code > 0 &&
      FAULTS.has(signal) && { faultAddress: toAddress(wordAsNumber(view, SI_ADDR)) }),
    pc: {
      returnAddress: at,
      module: module?.name ?? '',
      offset: module?.imageAddressOf(at) ?? at,
    },
  };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const copyOf = (view: DataView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
