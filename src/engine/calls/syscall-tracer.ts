/** -S: turns the stops at the entry and exit of system calls into events. */
import { isRestart } from '../../base/errno-names.js';
import { toAddress, wordAsNumber } from '../../base/address.js';
import { syscallNumberIn, type Arch } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import { syscallName } from '../../prototype/syscalls.js';
import type { Argument } from '../../trace/value.js';
import type { SyscallEvent, SyscallReturn } from '../../trace/event.js';
import type { Emitter } from '../emitter.js';
import type { CaptureSource, SyscallPolicy } from '../engine-options.js';
import type { ReportedSyscall, Thread } from '../tracees/tracee.js';
import type { ScriptOrigin } from '../scripts/script-origin.js';
import { CallConventions } from '../tracees/call-convention.js';
import type { StoppedThread } from './stopped-thread.js';

export interface SyscallTracerParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly stopped: StoppedThread;
  readonly captures: CaptureSource;
  readonly policy: SyscallPolicy;
  readonly scripts: ScriptOrigin;
}

/** What the kernel leaves in the result register until the call is done: <asm-generic/errno.h>. */
const ENOSYS = 38;
/** It was interrupted; the same. */
const EINTR = 4;
/** The kernel has a thread make it to go on with a call that was interrupted: restart_syscall(2). */
const RESTART = 'restart_syscall';

export class SyscallTracer {
  private readonly described = new Map<string, CallCapture>();

  private readonly conventions: CallConventions;

  constructor(private readonly parts: SyscallTracerParts) {
    this.conventions = new CallConventions(parts.kernel);
  }

  /** The thread stands at a syscall-enter-stop or a syscall-exit-stop. */
  arrive(thread: Thread): void {
    const { kernel } = this.parts;
    if (!kernel.stop.hasRegisters) kernel.readRegisters(thread.tid);
    const open = thread.openSyscall;
    if (open?.kind === 'interrupted') {
      if (open.isMadeAgain && this.beginsAgain(open.call)) thread.openSyscall = open.call;
      else this.endInterrupted(thread);
    } else if (open !== undefined && open.kind !== 'cut-short') {
      this.leave(thread, open);
      return;
    }
    if (thread.openSyscall?.kind === 'reported') return;
    // Attached in the middle of a call: its exit comes first, and there is nothing to show.
    if (this.resultOf(thread) !== -ENOSYS) this.leaveUnreported(thread);
    else this.enter(thread, this.conventions.of(thread));
  }

  private leaveUnreported(thread: Thread): void {
    thread.openSyscall = isRestart(-this.resultOf(thread)) ? { kind: 'cut-short' } : undefined;
  }

  private resultOf({ process }: Thread): number {
    return this.parts.kernel.registers.getInt32(process.space.arch.registers.result, true);
  }

  private enter(thread: Thread, arch: Arch): void {
    const { policy, emitter, kernel, scripts } = this.parts;
    const number = syscallNumberIn(kernel.registers, arch);
    const name = syscallName(arch.name, number) ?? `syscall_${number}`;
    const isRest = name === RESTART && thread.openSyscall?.kind === 'cut-short';
    if (isRest || policy.kind === 'none' || !policy.selects(name)) {
      thread.openSyscall = { kind: 'unreported' };
      return;
    }
    const capture = this.captureOf(arch, name);
    const entered = capture.enter(this.at(thread));
    const { innermost } = thread.openCalls;
    const script = scripts.of(thread);
    const event: SyscallEvent = {
      kind: 'syscall',
      pid: thread.process.pid,
      tid: thread.tid,
      at: emitter.now(),
      call: emitter.nextCall(),
      ...(innermost !== undefined && { parent: innermost.event.call }),
      depth: thread.openCalls.depth,
      number,
      name,
      args: entered.args,
      caller: this.callerOf(thread),
      ...(script !== undefined && { script }),
    };
    thread.openSyscall = { kind: 'reported', event, entered, capture, arch };
    emitter.emit(event);
  }

  /** A signal is about to be delivered: if it interrupted a system call, that comes first. */
  endInterrupted(thread: Thread): void {
    const open = thread.openSyscall;
    if (open?.kind !== 'interrupted') return;
    thread.openSyscall = undefined;
    this.parts.emitter.emit({ ...open.left, at: this.parts.emitter.now() });
  }

  /** Nothing but a stop of ours came between: the program never noticed, and the trace shows one call. */
  private beginsAgain({ event, arch }: ReportedSyscall): boolean {
    const number = syscallNumberIn(this.parts.kernel.registers, arch);
    return number === event.number || syscallName(arch.name, number) === RESTART;
  }

  private leave(thread: Thread, open: ReportedSyscall | { readonly kind: 'unreported' }): void {
    if (open.kind === 'unreported') {
      this.leaveUnreported(thread);
      return;
    }
    thread.openSyscall = undefined;
    const left: SyscallReturn = {
      kind: 'syscall-return',
      pid: thread.process.pid,
      tid: thread.tid,
      at: this.parts.emitter.now(),
      call: open.event,
      ...open.capture.leave(this.at(thread), open.entered),
    };
    const isMadeAgain = left.errno !== undefined && isRestart(left.errno);
    if (isMadeAgain || mayBeMadeAgain(open, left)) {
      thread.openSyscall = { kind: 'interrupted', call: open, left, isMadeAgain };
    } else this.parts.emitter.emit(left);
  }

  /** Of a call that the thread is in the middle of: those that are read at its entry. */
  argumentsAt(arch: Arch, name: string, at: StoppedThread): readonly Argument[] {
    return this.captureOf(arch, name).enter(at).args;
  }

  /** The thread ends, or runs another program, inside the call: there is no event for that. */
  abandon(thread: Thread): void {
    this.endInterrupted(thread);
    thread.openSyscall = undefined;
  }

  private at(thread: Thread): StoppedThread {
    const { stopped, kernel } = this.parts;
    const sp = wordAsNumber(kernel.registers, thread.process.space.arch.registers.sp);
    stopped.at(thread, toAddress(sp));
    return stopped;
  }

  private callerOf(thread: Thread): SyscallEvent['caller'] {
    const { space } = thread.process;
    const pc = toAddress(wordAsNumber(this.parts.kernel.registers, space.arch.registers.pc));
    const module = space.modules.at(pc);
    return {
      returnAddress: pc,
      module: module?.name ?? '',
      offset: module?.imageAddressOf(pc) ?? pc,
    };
  }

  private captureOf(arch: Arch, name: string): CallCapture {
    const key = `${arch.name} ${name}`;
    let capture = this.described.get(key);
    if (capture === undefined) {
      capture = this.parts.captures.forSyscall(arch, name);
      this.described.set(key, capture);
    }
    return capture;
  }
}

/** Where it is made again for want of a handler, that is our doing (interrupted-call.ts). */
function mayBeMadeAgain({ event, arch }: ReportedSyscall, { errno }: SyscallReturn): boolean {
  return errno === EINTR && arch.syscalls.interrupted.mayBeMadeAgain(event.number);
}
