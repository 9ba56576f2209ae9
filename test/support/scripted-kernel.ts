/**
 * A Kernel that plays a script: a list of stops in, and every call that concerns a tracee recorded
 * as a line of text. Registers and memory are the test's to set.
 */
import type { Address, MemoryBlock } from '../../src/base/address.js';
import { setWord, wordAsNumber } from '../../src/base/address.js';
import { DoesNotStop, SystemError, TraceeGone } from '../../src/base/errors.js';
import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../../src/base/ids.js';
import type { Guardian } from '../../src/kernel/guardian.js';
import type { InsideAccess } from '../../src/kernel/inside-access.js';
import type { Kernel } from '../../src/kernel/kernel.js';
import type { LaunchSpec } from '../../src/kernel/launch-spec.js';
import type {
  ClockStart,
  Interrupt,
  Patience,
  RawStop,
  WaitOutcome,
} from '../../src/kernel/loop.js';
import type { Mapping } from '../../src/kernel/mapping.js';
import type { ProcessStatus, ThreadPlace, Standing } from '../../src/kernel/proc.js';
import { RELEASED, type Released } from '../../src/kernel/threads.js';
import type {
  ResumeMode,
  SyscallBarriers,
  SyscallDispatch,
  TraceOptions,
} from '../../src/kernel/threads.js';
import type { ImageFile, TraceeFiles } from '../../src/kernel/tracee-files.js';
import { isStopped, isTrapStop } from '../../src/kernel/wait-status.js';
import { FakeMemory } from './fake-memory.js';

/** One thing that a wait reports. */
export type ScriptedStep =
  | {
      readonly kind: 'stop';
      readonly tid: number;
      /** Status word of waitpid(2); see `statusOf`. */
      readonly status: number;
      /** Values to store in the thread's register block, by offset in bytes. */
      readonly registers?: Readonly<Record<number, number>>;
      /** The same for values that no number holds. */
      readonly words?: Readonly<Record<number, bigint>>;
      readonly eventMessage?: number;
      readonly signalInfo?: Uint8Array;
    }
  | { readonly kind: 'interrupted'; readonly by: Interrupt };

/** Builds status words of waitpid(2). */
export const statusOf = {
  trap: 0x057f,
  syscall: 0x857f,
  signal: (signal: number): number => (signal << 8) | 0x7f,
  event: (event: number, signal = 5): number => (event << 16) | (signal << 8) | 0x7f,
  groupStop: (signal: number): number => (128 << 16) | (signal << 8) | 0x7f,
  exited: (code: number): number => code << 8,
  killed: (signal: number): number => signal,
} as const;

const REGISTERS_BYTES = 216;

export class ScriptedKernel implements Kernel {
  readonly stop: RawStop = { tid: toThreadId(0), status: 0, hasRegisters: false };
  readonly registers = new DataView(new ArrayBuffer(REGISTERS_BYTES));

  /** What was asked of the kernel, in order: `resume 42 continue 0`. */
  readonly calls: string[] = [];
  /** One memory for all processes unless the test adds its own by process. */
  readonly memory = new FakeMemory();
  readonly memoryOf = new Map<number, FakeMemory>();
  readonly mappingsOf = new Map<number, Mapping[]>();
  readonly threadsOf = new Map<number, number[]>();
  readonly places = new Map<number, ThreadPlace>();
  readonly kernelWorkers = new Set<number>();
  readonly sharersOf = new Map<number, ProcessId[]>();
  /** Threads that are not seen to stop while somebody waits for them alone. */
  readonly stuck = new Set<number>();
  readonly standings = new Map<number, Standing>();
  readonly frozen = new Set<number>();
  patience: Patience = () => 'waits';
  readonly statuses = new Map<number, ProcessStatus>();
  readonly images = new Map<string, ImageFile>();
  readonly descriptors = new Map<string, string>();
  /** Threads for which every request throws TraceeGone. */
  readonly gone = new Set<number>();
  readonly barriers = new ScriptedBarriers((...words) => this.request(...words));
  program = '/bin/program';
  auxv = new Uint8Array(16);
  launched = 1000;
  /** Nanoseconds; each call of `now` adds one microsecond. */
  time = 0;

  private readonly blocks = new Map<number, Uint8Array>();
  private current: ScriptedStep | undefined;
  private interruption: Interrupt | undefined;

  /** @param steps played in order by `wait` and `poll`; after the last there is no tracee left */
  constructor(private readonly steps: ScriptedStep[] = []) {}

  /** Appends a step, for tests that decide as they go. */
  push(...steps: ScriptedStep[]): void {
    this.steps.push(...steps);
  }

  launch(spec: LaunchSpec, options: TraceOptions): ThreadId {
    this.record(
      'launch',
      spec.program,
      spec.argv
        .map((word) => (typeof word === 'string' ? word : Buffer.from(word).toString()))
        .join(' '),
      options.exitKill ? 'exitkill' : '',
    );
    return toThreadId(this.launched);
  }

  seize(tid: ThreadId): void {
    this.request('seize', tid);
  }

  interrupt(tid: ThreadId): void {
    this.request('interrupt', tid);
  }

  listen(tid: ThreadId): Released {
    this.request('listen', tid);
    return RELEASED;
  }

  detach(tid: ThreadId, signal: number): Released {
    this.request('detach', tid, signal);
    return RELEASED;
  }

  kill(pid: ProcessId, signal: number): void {
    this.record('kill', pid, signal);
  }

  startGuardian(): Guardian | undefined {
    return {
      protect: (pid, { address, originalByte }) => {
        this.record('protect', pid, address.toString(16), originalByte.toString(16));
        return true;
      },
      unprotect: (pid, address) => this.record('unprotect', pid, address.toString(16)),
      forgetProcess: (pid) => this.record('unprotect', pid),
      release: () => this.record('release guardian'),
    };
  }

  insideAccess(): InsideAccess | undefined {
    return undefined;
  }

  awaitOldGuardians(): readonly ProcessId[] {
    this.record('await old guardians');
    return [];
  }

  wait(): WaitOutcome {
    const step = this.steps.shift();
    if (step === undefined) return 'childless';
    return this.play(step);
  }

  poll(): WaitOutcome {
    return this.steps.length === 0 ? 'none' : this.wait();
  }

  /** The first step of that thread, wherever it stands in the script. */
  waitForStop(tid: ThreadId): void {
    if (this.stuck.has(tid)) {
      for (let waited = 100; this.patience(tid, waited) === 'waits'; waited += 100) continue;
      throw new DoesNotStop(tid);
    }
    const index = this.steps.findIndex((step) => step.kind === 'stop' && step.tid === tid);
    const step = this.steps[index];
    if (step?.kind !== 'stop' || !isStopped(step.status)) throw new TraceeGone(tid);
    this.steps.splice(index, 1);
    this.play(step);
  }

  takeInterrupt(): Interrupt | undefined {
    const taken = this.interruption;
    this.interruption = undefined;
    return taken;
  }

  suspend(): void {
    this.record('suspend');
  }

  setTimer(milliseconds: number): void {
    this.record('timer', milliseconds);
  }

  resume(tid: ThreadId, mode: ResumeMode, signal: number): Released {
    this.request('resume', tid, mode, signal);
    return RELEASED;
  }

  resumeSoon(tid: ThreadId, mode: ResumeMode, pc?: Address): Released {
    this.request('resumeSoon', tid, mode, ...(pc === undefined ? [] : [pc.toString(16)]));
    return RELEASED;
  }

  readRegisters(tid: ThreadId): void {
    if (this.gone.has(tid)) throw new TraceeGone(tid);
    new Uint8Array(this.registers.buffer).set(this.blockOf(tid));
  }

  writeRegisters(tid: ThreadId): void {
    this.request('writeRegisters', tid);
    this.blockOf(tid).set(new Uint8Array(this.registers.buffer));
  }

  setRegister(tid: ThreadId, offset: number, value: number): void {
    this.request('setRegister', tid, offset, value.toString(16));
    const block = this.blockOf(tid);
    new DataView(block.buffer).setBigInt64(offset, BigInt(value), true);
  }

  readFloatRegisters(): DataView {
    return new DataView(new ArrayBuffer(512));
  }

  eventMessage(): number {
    return this.current?.kind === 'stop' ? (this.current.eventMessage ?? 0) : 0;
  }

  signalInfo(): Uint8Array | undefined {
    if (this.current?.kind !== 'stop') return undefined;
    return this.current.signalInfo ?? new Uint8Array(128);
  }

  setSignalInfo(tid: ThreadId): void {
    this.request('setSignalInfo', tid);
  }

  signalMask(): bigint {
    return 0n;
  }

  setSignalMask(tid: ThreadId, mask: bigint): void {
    this.request('setSignalMask', tid, mask.toString(16));
  }

  readMemory(pid: ProcessId, address: Address, into: Uint8Array): number {
    return this.memoryFor(pid).read(address, into);
  }

  readBlocks(pid: ProcessId, blocks: readonly MemoryBlock[], into: Uint8Array): number {
    return this.memoryFor(pid).readBlocks(blocks, into);
  }

  peekWord(tid: ThreadId, address: Address): number | undefined {
    const word = new Uint8Array(8);
    const pid = this.status(tid)?.processId ?? toProcessId(tid);
    if (this.readMemory(pid, address, word) !== word.length) return undefined;
    return wordAsNumber(new DataView(word.buffer), 0);
  }

  writeMemory(pid: ProcessId, address: Address, bytes: Uint8Array): void {
    this.record('write', pid, address.toString(16), Buffer.from(bytes).toString('hex'));
    if (!this.memoryFor(pid).write(address, bytes)) {
      throw new SystemError('write to memory', 5, 'EIO', address.toString(16));
    }
  }

  forgetProcess(pid: ProcessId): void {
    this.record('forget', pid);
  }

  mappings(pid: ProcessId): readonly Mapping[] {
    return this.mappingsOf.get(pid) ?? [];
  }

  auxiliaryVector(): Uint8Array {
    return this.auxv;
  }

  threads(pid: ProcessId): readonly ThreadId[] {
    return (this.threadsOf.get(pid) ?? [pid]).map(toThreadId);
  }

  isKernelWorker(tid: ThreadId): boolean {
    return this.kernelWorkers.has(tid);
  }

  standing(tid: ThreadId): Standing | undefined {
    const running = { state: 'R', call: undefined, pc: undefined };
    return this.standings.get(tid) ?? (this.gone.has(tid) ? undefined : running);
  }

  kernelFunction(): string {
    return '';
  }

  isFrozen(pid: ProcessId): boolean {
    return this.frozen.has(pid);
  }

  blockedSignals(tid: ThreadId): number {
    return Number((this.status(tid)?.blocked ?? 0n) & 0x7fffffffn);
  }

  status(id: ProcessId | ThreadId): ProcessStatus | undefined {
    return this.statuses.get(id) ?? (this.gone.has(id) ? undefined : anyStatus(id));
  }

  tracees(): readonly ProcessId[] {
    return [];
  }

  sharers(pid: ProcessId): readonly ProcessId[] {
    return this.sharersOf.get(pid) ?? [];
  }

  callConvention(): undefined {
    return undefined;
  }

  lacksRightsOfFile(): boolean {
    return false;
  }

  executablePath(): string {
    return this.program;
  }

  filesOf(pid: ProcessId): TraceeFiles {
    const mappings = this.mappings(pid);
    const open = (path: string): ImageFile | undefined => this.images.get(path);
    return {
      mappings,
      mappingAt: (address) => mappings.find(({ start, end }) => address >= start && address < end),
      program: () => open(this.program),
      mapped: ({ path }) => {
        const file = open(path);
        return file === undefined ? { kind: 'similar', files: [] } : { kind: 'same', file };
      },
      open,
    };
  }

  descriptorPath(pid: ProcessId, descriptor: number): string {
    return this.descriptors.get(`${pid}/${descriptor}`) ?? '';
  }

  threadPlace(tid: ThreadId): ThreadPlace | undefined {
    return this.places.get(tid);
  }

  cpuTime(): number {
    return 0;
  }

  startClock(): ClockStart {
    return { monotonicStart: 0n, wallStart: 0n };
  }

  now(): number {
    this.time += 1000;
    return this.time;
  }

  close(): void {
    this.record('close');
  }

  private play(step: ScriptedStep): WaitOutcome {
    this.current = step;
    if (step.kind === 'interrupted') {
      this.interruption = step.by;
      return 'interrupted';
    }
    this.stop.tid = toThreadId(step.tid);
    this.stop.status = step.status;
    const block = new DataView(this.blockOf(step.tid).buffer);
    for (const [offset, value] of Object.entries(step.registers ?? {})) {
      setWord(block, Number(offset), value);
    }
    for (const [offset, value] of Object.entries(step.words ?? {})) {
      block.setBigUint64(Number(offset), value, true);
    }
    this.stop.hasRegisters = isTrapStop(step.status & ~0x8000);
    if (this.stop.hasRegisters) this.fetch(step.tid);
    return 'stop';
  }

  private fetch(tid: number): void {
    new Uint8Array(this.registers.buffer).set(this.blockOf(tid));
  }

  private blockOf(tid: number): Uint8Array {
    const known = this.blocks.get(tid);
    if (known !== undefined) return known;
    const block = new Uint8Array(REGISTERS_BYTES);
    this.blocks.set(tid, block);
    return block;
  }

  private memoryFor(pid: number): FakeMemory {
    return this.memoryOf.get(pid) ?? this.memory;
  }

  private request(name: string, tid: number, ...rest: (string | number)[]): void {
    this.record(name, tid, ...rest);
    if (this.gone.has(tid)) throw new TraceeGone(tid);
  }

  private record(...words: (string | number)[]): void {
    this.calls.push(words.join(' ').trim());
  }
}

/** What keeps threads from system calls that others want: as the test sets it. */
class ScriptedBarriers implements SyscallBarriers {
  /** Threads with seccomp(2) filters of their own. */
  readonly filtered = new Set<number>();
  maySuspendFilters = false;
  readonly dispatches = new Map<number, SyscallDispatch>();

  constructor(private readonly request: (name: string, tid: number) => void) {}

  isFiltered(tid: ThreadId): boolean {
    return this.filtered.has(tid);
  }

  suspendFilters(tid: ThreadId): boolean {
    this.request('suspendFilters', tid);
    return this.maySuspendFilters;
  }

  restoreFilters(tid: ThreadId): void {
    this.request('restoreFilters', tid);
  }

  dispatchOf(tid: ThreadId): SyscallDispatch | undefined {
    return this.dispatches.get(tid);
  }
}

/** A running thread that leads its own process. */
export function anyStatus(id: number, overrides: Partial<ProcessStatus> = {}): ProcessStatus {
  return {
    name: 'program',
    state: 't',
    processId: toProcessId(id),
    parent: 1,
    tracer: 1,
    uid: 0,
    pending: 0n,
    sharedPending: 0n,
    blocked: 0n,
    ignored: 0n,
    caught: 0n,
    ...overrides,
  };
}
