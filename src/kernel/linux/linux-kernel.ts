/** The Kernel interface on Linux. */
import { readlinkSync } from 'node:fs';

import type { Address, MemoryBlock } from '../../base/address.js';
import { wordAsNumber } from '../../base/address.js';
import { SystemError } from '../../base/errors.js';
import { describeErrno } from '../../base/errno-names.js';
import { toThreadId, type ProcessId, type ThreadId } from '../../base/ids.js';
import { SIGKILL } from '../../base/signal-numbers.js';
import type { Guardian } from '../guardian.js';
import type { InsideAccess } from '../inside-access.js';
import type { Kernel } from '../kernel.js';
import type { LaunchSpec } from '../launch-spec.js';
import type { ClockStart, Interrupt, Patience, RawStop, WaitOutcome } from '../loop.js';
import type { TraceOptions } from '../threads.js';
import type { TraceeFiles } from '../tracee-files.js';
import { diagnoseAttach } from './proc/attach-diagnosis.js';
import * as abi from './constants.js';
import { BLOCK_BYTES, CONTROL } from './control-block.js';
import { CpuLatencyHold } from './waiting/cpu-latency.js';
import { startGuardian } from './guardian/guardian.js';
import { ImageFiles } from './proc/image-file.js';
import * as inherited from './launching/inherited.js';
import {
  closeInterruptHandle,
  makeInterruptHandle,
  type InterruptHandle,
} from './waiting/interrupt.js';
import { launchByCode } from './launching/launch.js';
import { errno, failure, kill, peekData, ptrace } from './libc.js';
import { NativeBlock } from './native-memory.js';
import { makeWaitLoop } from './waiting/make-wait-loop.js';
import { NativeWaitLoop } from './waiting/native-wait-loop.js';
import { ptraceOptions } from './ptrace-options.js';
import { launchByShell } from './launching/plain-launch.js';
import { requireProc } from './proc/own-proc.js';
import { readLinkOr } from './proc/proc-files.js';
import { LinuxThreads } from './linux-threads.js';
import { openInsideAccess } from './sharing/inside-access.js';
import * as procfs from './proc/procfs.js';
import { OutputWriter } from './ourselves/output-writer.js';
import { SessionClock } from './ourselves/session-clock.js';
import { awaitOldGuardians } from './guardian/old-guardians.js';
import { TraceeMemory } from './proc/tracee-memory.js';
import { waitForStop } from './waiting/wait-for-stop.js';
import type { WaitLoop } from './waiting/wait-loop.js';

export interface LinuxKernelOptions {
  /**
   * 'leaving': from the first tracee on SIGINT, SIGTERM, SIGHUP and SIGQUIT interrupt a wait; until then they do what they
   * did, so that nothing we might wait for holds us. 'none' in a Worker or library.
   */
  readonly signals: 'leaving' | 'none';
  /** What a launched program gets of our descriptors: all we inherited, or only 0, 1 and 2. */
  readonly descriptors: 'inherited' | 'standard';
  /** 'auto': keep CPUs awake or poll where that makes stops cheaper. */
  readonly spin: 'auto' | 'off';
  /** 'never' takes the slower ways that serve where executable memory is refused. */
  readonly machineCode?: 'where-permitted' | 'never';
}

export class LinuxKernel extends LinuxThreads implements Kernel {
  readonly stop: RawStop = { tid: toThreadId(0), status: 0, hasRegisters: false };
  patience: Patience = () => 'waits';
  private readonly clock: SessionClock;
  private readonly memory: TraceeMemory;
  private readonly images: ImageFiles;
  private readonly latency: CpuLatencyHold | undefined;
  private readonly output: OutputWriter;
  /** With this another thread of our process can end a wait; may be posted to it. */
  readonly interruptHandle: InterruptHandle;

  /**
   * Open it before any file is opened: what is open now is taken for inherited.
   *
   * @throws UserError when the system cannot be traced on
   */
  static open(options: LinuxKernelOptions): LinuxKernel {
    requireProc();
    const inheritance = inherited.takeInheritance(options.descriptors);
    const block = new NativeBlock(BLOCK_BYTES);
    const machineCode = options.machineCode ?? 'where-permitted';
    const latency = options.spin === 'auto' ? CpuLatencyHold.take() : undefined;
    // Where CPUs may be kept awake, being woken is cheap.
    const waiting = latency === undefined ? 'polls' : 'blocks';
    const loop = makeWaitLoop(block, {
      processId: process.pid,
      threadId: ownThreadId(),
      signals: options.signals,
      machineCode,
      waiting: options.spin === 'auto' ? waiting : 'always-blocks',
    });
    const images = new ImageFiles(machineCode);
    return new LinuxKernel(block, loop, inheritance, { images, latency });
  }

  private constructor(
    block: NativeBlock,
    loop: WaitLoop,
    private readonly inheritance: inherited.Inheritance,
    own: { readonly images: ImageFiles; readonly latency: CpuLatencyHold | undefined },
  ) {
    super(block, loop);
    this.images = own.images;
    this.latency = own.latency;
    this.interruptHandle = makeInterruptHandle(ownThreadId(), loop.ownSignal);
    this.memory = new TraceeMemory(block, ownThreadId());
    this.clock = new SessionClock(block);
    this.output = new OutputWriter(() => loop.isAskedToLeave());
  }

  // --- starting and leaving

  launch(spec: LaunchSpec, options: TraceOptions): ThreadId {
    this.loop.flush();
    this.loop.takeSignals();
    const seize = (child: ThreadId): void => this.seize(child, options);
    // A tracer of ours cannot let go of a child that shares our memory, and so our breakpoints, with us.
    const isTraced = (procfs.readStatus('self')?.tracer ?? 0) !== 0;
    return (
      (this.loop instanceof NativeWaitLoop && !isTraced
        ? launchByCode(spec, this.inheritance, seize)
        : undefined) ?? launchByShell(spec, this.inheritance, seize)
    );
  }

  seize(tid: ThreadId, options: TraceOptions): void {
    this.loop.flush();
    this.loop.takeSignals();
    if (ptrace(abi.PTRACE_SEIZE, tid, 0, ptraceOptions(options)) === 0) return;
    const error = errno();
    if (error === abi.EPERM || error === abi.EACCES) throw diagnoseAttach(tid);
    throw failure('ptrace(PTRACE_SEIZE)', error, tid);
  }

  kill(pid: ProcessId, signal: number): void {
    // What is to die need not go on before.
    if (signal !== SIGKILL) this.loop.flush();
    if (kill(pid, signal) !== 0) throw failure('kill', errno(), pid);
  }

  startGuardian(): Guardian | undefined {
    return startGuardian();
  }

  awaitOldGuardians(pid: ProcessId): readonly ProcessId[] {
    return awaitOldGuardians(pid);
  }

  insideAccess(): InsideAccess | undefined {
    return this.loop instanceof NativeWaitLoop ? openInsideAccess() : undefined;
  }

  // --- the loop

  wait(): WaitOutcome {
    return this.outcomeOf(this.loop.wait());
  }

  poll(): WaitOutcome {
    return this.outcomeOf(this.loop.poll());
  }

  waitForStop(tid: ThreadId): void {
    this.loop.flush();
    this.stop.status = waitForStop(this.block, tid, () => this.patience);
    this.stop.tid = tid;
    this.stop.hasRegisters = false;
  }

  takeInterrupt(): Interrupt | undefined {
    return this.loop.takeInterrupt();
  }

  suspend(): void {
    this.loop.suspend();
  }

  setTimer(milliseconds: number): void {
    this.loop.setTimer(milliseconds);
  }

  // --- memory

  readMemory(pid: ProcessId, address: Address, into: Uint8Array): number {
    return this.memory.read(pid, address, into);
  }

  readBlocks(pid: ProcessId, blocks: readonly MemoryBlock[], into: Uint8Array): number {
    return this.memory.readBlocks(pid, blocks, into);
  }

  peekWord(tid: ThreadId, address: Address): number | undefined {
    const into = this.block.address + CONTROL.PEEKED;
    if (peekData(tid, address, into) !== 0) return undefined;
    return wordAsNumber(this.block.view, CONTROL.PEEKED);
  }

  writeMemory(pid: ProcessId, address: Address, bytes: Uint8Array): void {
    this.memory.write(pid, address, bytes);
  }

  forgetProcess(pid: ProcessId): void {
    this.memory.forget(pid);
  }

  // --- procfs

  tracees(): readonly ProcessId[] {
    return procfs.readTracees(ownThreadId());
  }

  filesOf(pid: ProcessId): TraceeFiles {
    return this.images.of(pid);
  }

  descriptorPath(pid: ProcessId, descriptor: number): string {
    return readLinkOr(`/proc/${procfs.taskWithMemory(pid)}/fd/${descriptor}`);
  }

  startClock(): ClockStart {
    return this.clock.start();
  }

  now(): number {
    return this.clock.elapsedNs();
  }

  // --- our own output

  /** A signal came that asks us to leave, and nobody took it from the loop. Also after `close`. */
  isAskedToLeave(): boolean {
    return this.loop.isAskedToLeave();
  }

  /** See {@link OutputWriter.write}: for outputs that are written while something is traced. */
  writeOutput(descriptor: number, bytes: Uint8Array, offset: number, length: number): number {
    return this.output.write(descriptor, bytes, offset, length);
  }

  close(): void {
    this.loop.flush();
    this.output.close();
    this.memory.close();
    this.images.close();
    closeInterruptHandle(this.interruptHandle);
    this.loop.close();
    this.latency?.release();
    this.block.freeWhenUnused();
  }

  private outcomeOf(result: number): WaitOutcome {
    if (result > 0) {
      const { view } = this.block;
      this.stop.tid = toThreadId(result);
      this.stop.status = view.getInt32(CONTROL.WAIT_STATUS, true);
      this.stop.hasRegisters = view.getUint32(CONTROL.HAS_REGISTERS, true) === 1;
      return 'stop';
    }
    if (result === 0) return 'none';
    if (result === -abi.EINTR) return 'interrupted';
    if (result === -abi.ECHILD) return 'childless';
    throw new SystemError('wait4', -result, describeErrno(-result));
  }
}

/** The link reads `PID/task/TID`. */
function ownThreadId(): number {
  return Number(readlinkSync('/proc/thread-self').split('/')[2]);
}
