/**
 * A kernel with processes in it that do as a script tells: threads come to addresses, call, return, jump, die. Where a
 * trap stands in memory they stop, as threads do. It refuses what a kernel refuses, and finds threads that were let go
 * twice, or never.
 */
import { setWord, wordAsNumber, type Address } from '../../../src/base/address.js';
import { TraceeGone } from '../../../src/base/errors.js';
import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../../../src/base/ids.js';
import type { Interrupt, WaitOutcome } from '../../../src/kernel/loop.js';
import type { ProcessStatus } from '../../../src/kernel/proc.js';
import { RELEASED, type Released, type ResumeMode } from '../../../src/kernel/threads.js';
import type { FakeMemory } from '../fake-memory.js';
import { anyStatus, ScriptedKernel, statusOf } from '../scripted-kernel.js';

/** Offsets in user_regs_struct of x86-64. */
export const REG = {
  rax: 80,
  rdx: 96,
  rsi: 104,
  rdi: 112,
  origRax: 120,
  pc: 128,
  sp: 152,
} as const;
const TRAP = 0xcc;
const STOP_EVENT = 128;
/** System calls of x86-64. */
const MMAP = 9;
const ENOMEM = 12;
const PAGE = 0x1000;

export interface RawStopOf {
  readonly status: number;
  readonly message?: number;
  readonly info?: Uint8Array;
}

/** What a thread does, stop by stop. */
export type Doing = Generator<RawStopOf, void, undefined>;

type State = 'ready' | 'stopped' | 'ended';

export class MachineThread {
  readonly block = new DataView(new ArrayBuffer(216));
  state: State = 'ready';
  /** Stops that come before it does anything more. */
  readonly due: RawStopOf[] = [];
  latest: RawStopOf = { status: 0 };
  /** Called once it goes on. */
  doing: Doing | undefined;
  /** In the middle of a system call that it makes for us. */
  isInCall = false;
  status = statusOf.exited(0);

  constructor(
    readonly tid: number,
    readonly pid: number,
    private readonly machine: Machine,
  ) {}

  get(offset: number): number {
    return wordAsNumber(this.block, offset);
  }

  set(offset: number, value: number): void {
    setWord(this.block, offset, value);
  }

  get sp(): number {
    return this.get(REG.sp);
  }

  /** Comes to an address, where a trap may stand. */
  *at(address: number): Doing {
    this.set(REG.pc, address);
    if (this.machine.byteAt(this.pid, address) !== TRAP) return;
    this.set(REG.pc, address + 1);
    yield { status: statusOf.trap };
  }

  /** A call instruction that leads to these places, one after the other, and its return. */
  *call(returnTo: number, through: readonly number[], body?: () => Doing, result = 0): Doing {
    const slot = this.sp - 8;
    this.machine.writeWord(this.pid, slot, returnTo);
    this.set(REG.sp, slot);
    for (const address of through) yield* this.at(address);
    if (body !== undefined) yield* body();
    this.set(REG.sp, slot + 8);
    this.set(REG.rax, result);
    yield* this.at(returnTo);
  }

  *signal(signal: number): Doing {
    yield { status: statusOf.signal(signal) };
  }

  /** One that the program makes, seen only by who asks for system-call stops. */
  *syscall(number: number, result: number): Doing {
    if (!this.machine.showsSyscalls(this.tid)) return;
    this.set(REG.origRax, number);
    this.set(REG.rax, -38);
    yield { status: statusOf.syscall };
    this.set(REG.rax, result);
    if (this.machine.showsSyscalls(this.tid)) yield { status: statusOf.syscall };
    this.set(REG.origRax, -1);
  }

  /** PTRACE_EVENT_* with its message. */
  *event(event: number, message = 0): Doing {
    yield { status: statusOf.event(event), message };
  }
}

export class Machine extends ScriptedKernel {
  readonly all = new Map<number, MachineThread>();
  private readonly modes = new Map<number, ResumeMode>();
  private readonly ends: MachineThread[] = [];
  private readonly asked: Interrupt[] = [];
  private isInterrupted = false;
  /** Threads come to their next stop before they see that they are asked to stop. */
  isBusy = false;
  /** mmap(2) fails, as in a process that may have no more memory. */
  refusesMemory = false;
  /** How often a request of the tracer was served; see `dieAfter`. */
  requests = 0;
  /** The thread is killed before the request with this number. */
  dieAfter: { readonly tid: number; readonly requests: number } | undefined;

  addThread(tid: number, pid: number, from: { sp: number; pc: number }): MachineThread {
    const thread = new MachineThread(tid, pid, this);
    thread.set(REG.sp, from.sp);
    thread.set(REG.pc, from.pc);
    thread.set(REG.origRax, -1);
    this.all.set(tid, thread);
    this.statuses.set(tid, anyStatus(tid, { processId: toProcessId(pid), state: 'R' }));
    return thread;
  }

  /** A child's memory is a copy of its parent's. */
  copyMemory(child: number, parent: number): void {
    this.memoryOf.set(child, this.memoryIn(parent).clone());
  }

  byteAt(pid: number, address: number): number | undefined {
    const byte = new Uint8Array(1);
    return this.memoryIn(pid).read(address, byte) === 1 ? byte[0] : undefined;
  }

  writeWord(pid: number, address: number, value: number): void {
    const word = new DataView(new ArrayBuffer(8));
    setWord(word, 0, value);
    if (!this.memoryIn(pid).write(address, new Uint8Array(word.buffer))) {
      throw new Error(`nothing is mapped at ${address.toString(16)}`);
    }
  }

  showsSyscalls(tid: number): boolean {
    return this.modes.get(tid) === 'syscall';
  }

  override launch(...args: Parameters<ScriptedKernel['launch']>): ThreadId {
    const tid = super.launch(...args);
    this.threadOf(tid).state = 'stopped';
    return tid;
  }

  /** Somebody asks us for something; the wait that goes on, or the next, is interrupted. */
  ask(interrupt: Interrupt): void {
    this.asked.push(interrupt);
    this.isInterrupted = true;
  }

  override takeInterrupt(): Interrupt | undefined {
    return this.asked.shift();
  }

  override wait(): WaitOutcome {
    if (this.isInterrupted) {
      this.isInterrupted = false;
      return 'interrupted';
    }
    const end = this.ends.shift();
    if (end !== undefined) return this.report(end, { status: end.status });
    for (const thread of this.all.values()) {
      if (thread.state !== 'ready') continue;
      const stop = this.nextOf(thread);
      if (!hasEnded(thread) || !this.isToWait(thread)) return this.report(thread, stop);
    }
    const last = [...this.all.values()].find((one) => hasEnded(one) && !this.isToWait(one));
    if (last !== undefined) return this.report(last, { status: last.status });
    const standing = [...this.all.values()].filter(({ state }) => state === 'stopped');
    if (standing.length === 0) return 'childless';
    throw new Error(`nobody lets thread ${standing.map(({ tid }) => tid).join(', ')} go on`);
  }

  override poll(): WaitOutcome {
    const isAny =
      this.isInterrupted ||
      this.ends.length > 0 ||
      [...this.all.values()].some((t) => t.state === 'ready');
    return isAny ? this.wait() : 'none';
  }

  override waitForStop(tid: ThreadId): void {
    const thread = this.all.get(tid);
    if (thread?.state !== 'ready') throw new TraceeGone(tid);
    const stop = this.nextOf(thread);
    if (!hasEnded(thread)) {
      this.report(thread, stop);
      return;
    }
    this.ends.push(thread);
    throw new TraceeGone(tid);
  }

  override resume(tid: ThreadId, mode: ResumeMode, signal: number): Released {
    super.resume(tid, mode, signal);
    this.letGo(tid, mode);
    return RELEASED;
  }

  override resumeSoon(tid: ThreadId, mode: ResumeMode, pc?: Address): Released {
    super.resumeSoon(tid, mode, pc);
    const thread = this.all.get(tid);
    if (thread === undefined || thread.state === 'ended') return RELEASED;
    if (pc !== undefined) thread.set(REG.pc, pc);
    this.letGo(tid, mode);
    return RELEASED;
  }

  override detach(tid: ThreadId, signal: number): Released {
    super.detach(tid, signal);
    this.threadOf(tid);
    // Nobody hears of it any more.
    this.all.delete(tid);
    return RELEASED;
  }

  override listen(tid: ThreadId): Released {
    super.listen(tid);
    this.letGo(tid, 'continue');
    return RELEASED;
  }

  override kill(pid: ProcessId, signal: number): void {
    super.kill(pid, signal);
    if (signal !== 9) return;
    for (const thread of this.all.values())
      if (thread.pid === pid) this.end(thread, statusOf.killed(9));
  }

  override interrupt(tid: ThreadId): void {
    super.interrupt(tid);
    const thread = this.threadOf(tid);
    if (this.isBusy) {
      const next = thread.doing?.next();
      if (next !== undefined && next.done !== true) thread.due.push(next.value);
    }
    thread.due.push({ status: statusOf.event(STOP_EVENT) });
  }

  override eventMessage(tid?: number): number {
    return this.all.get(tid ?? 0)?.latest.message ?? 0;
  }

  override signalInfo(tid?: number): Uint8Array | undefined {
    const { info, status } = this.all.get(tid ?? 0)?.latest ?? { status: 0 };
    if (info !== undefined) return info;
    const bytes = Buffer.alloc(128);
    // si_signo; SI_KERNEL for an int3.
    bytes.writeInt32LE((status >>> 8) & 0x7f, 0);
    if (status === statusOf.trap) bytes.writeInt32LE(0x80, 8);
    return bytes;
  }

  override readRegisters(tid: ThreadId): void {
    this.serve(tid);
    bytesOf(this.registers).set(bytesOf(this.threadOf(tid).block));
  }

  override writeRegisters(tid: ThreadId): void {
    this.serve(tid);
    bytesOf(this.threadOf(tid).block).set(bytesOf(this.registers));
  }

  override setRegister(tid: ThreadId, offset: number, value: number): void {
    this.serve(tid);
    this.threadOf(tid).set(offset, value);
  }

  override peekWord(tid: ThreadId, address: Address): number | undefined {
    this.serve(tid);
    return this.all.has(tid) ? super.peekWord(tid, address) : undefined;
  }

  override setSignalMask(tid: ThreadId, mask: bigint): void {
    super.setSignalMask(tid, mask);
    this.serve(tid);
    this.threadOf(tid);
  }

  override status(id: ProcessId | ThreadId): ProcessStatus | undefined {
    return this.all.has(id) ? this.statuses.get(id) : undefined;
  }

  override threads(pid: ProcessId): readonly ThreadId[] {
    return [...this.all.values()]
      .filter((one) => one.pid === pid)
      .map(({ tid }) => toThreadId(tid));
  }

  override executablePath(pid?: ProcessId): string {
    if (pid !== undefined && ![...this.all.values()].some((one) => one.pid === pid)) {
      throw new TraceeGone(pid);
    }
    return this.program;
  }

  /** The end of the first thread of a process is reported last. */
  private isToWait({ tid, pid }: MachineThread): boolean {
    return tid === pid && [...this.all.values()].some((one) => one.pid === pid && one.tid !== tid);
  }

  private memoryIn(pid: number): FakeMemory {
    return this.memoryOf.get(pid) ?? this.memory;
  }

  private threadOf(tid: number): MachineThread {
    const thread = this.all.get(tid);
    if (thread === undefined || thread.state === 'ended') throw new TraceeGone(tid);
    return thread;
  }

  private serve(tid: number): void {
    const { dieAfter } = this;
    if (tid === dieAfter?.tid && ++this.requests === dieAfter.requests) {
      const thread = this.all.get(tid);
      if (thread !== undefined) this.end(thread, statusOf.killed(9));
    }
  }

  private end(thread: MachineThread, status: number): void {
    if (thread.state === 'ended') return;
    thread.state = 'ended';
    thread.status = status;
    this.ends.push(thread);
  }

  private letGo(tid: number, mode: ResumeMode): void {
    this.serve(tid);
    const thread = this.threadOf(tid);
    if (thread.state !== 'stopped') throw new Error(`thread ${tid} is let go, and does not stand`);
    thread.state = 'ready';
    this.modes.set(tid, mode);
    if (mode !== 'continue') this.mayMakeCall(thread, mode);
  }

  /** Has the tracer put it to a system-call instruction? */
  private mayMakeCall(thread: MachineThread, mode: ResumeMode): void {
    const pc = thread.get(REG.pc);
    const isCall = this.byteAt(thread.pid, pc) === 0x0f && this.byteAt(thread.pid, pc + 1) === 0x05;
    if (thread.isInCall) {
      thread.isInCall = false;
      this.makeCall(thread);
      thread.due.unshift({ status: statusOf.syscall });
    } else if (isCall && mode === 'syscall') {
      thread.isInCall = true;
      thread.due.unshift({ status: statusOf.syscall });
    } else if (isCall) {
      this.makeCall(thread);
      thread.due.unshift({ status: statusOf.trap });
    }
  }

  private makeCall(thread: MachineThread): void {
    thread.set(REG.pc, thread.get(REG.pc) + 2);
    const at = thread.get(REG.rdi);
    const bytes = thread.get(REG.rsi);
    const isMap = thread.get(REG.rax) === MMAP;
    if (isMap && this.refusesMemory) {
      thread.set(REG.rax, -ENOMEM);
      return;
    }
    if (isMap) {
      this.memoryIn(thread.pid).map(at, bytes);
      const end = at + Math.ceil(bytes / PAGE) * PAGE;
      const mapping = { start: at, end, executable: true, path: '', offset: 0, file: '' };
      this.mappingsOf.set(thread.pid, [...(this.mappingsOf.get(thread.pid) ?? []), mapping]);
    }
    thread.set(REG.rax, isMap ? at : 0);
  }

  private nextOf(thread: MachineThread): RawStopOf {
    const due = thread.due.shift();
    if (due !== undefined) return due;
    const next = thread.doing?.next();
    if (next !== undefined && next.done !== true) return next.value;
    thread.state = 'ended';
    return { status: thread.status };
  }

  private report(thread: MachineThread, stop: RawStopOf): WaitOutcome {
    thread.latest = stop;
    if (thread.state === 'ended') this.all.delete(thread.tid);
    else thread.state = 'stopped';
    this.stop.tid = toThreadId(thread.tid);
    this.stop.status = stop.status;
    this.stop.hasRegisters = stop.status === statusOf.trap;
    if (this.stop.hasRegisters) bytesOf(this.registers).set(bytesOf(thread.block));
    return 'stop';
  }
}

function hasEnded({ state }: MachineThread): boolean {
  return state === 'ended';
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
