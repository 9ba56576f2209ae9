/** One memory whose calls are counted inside: its points, and what happens to them as the process lives on. */
import type { InlineCalls } from '../../arch/inline-calls.js';
import { setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { ProcessId } from '../../base/ids.js';
import type { FailureRule } from '../../lens/failure-rule.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { CallTracer } from '../calls/call-tracer.js';
import type { WhyByTraps } from '../calls/catcher.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import type { Inside } from '../points/inside.js';
import type { Thread } from '../tracees/tracee.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { InlineMemory } from './inline-memory.js';
import type { InlinePoint } from './inline-point.js';
import type { OpenInsideCalls } from './open-inside.js';
import type { Patches } from './patches.js';
import { ThreadBlock } from './thread-block.js';

/** A call that is begun anew more often than this, one time after the other, is left to its trap. */
const MOST_IN_A_ROW = 4;

export interface InlineSpaceParts {
  readonly kernel: Kernel;
  readonly calls: Pick<CallTracer, 'arriveAtEntry'>;
  readonly space: AddressSpace;
  readonly memory: InlineMemory;
  readonly inline: InlineCalls;
  readonly patches: Patches;
  readonly open: OpenInsideCalls;
}

type Mode = 'awake' | 'suspended' | 'stopped' | 'off';

export class InlineSpace implements Inside<Thread> {
  private readonly points = new Map<number, InlinePoint>();
  private mode: Mode = 'awake';
  private latest = { tid: 0, slot: 0, times: 0 };
  /** Places where calls return whose return addresses were put back. */
  private readonly watched = new Set<Address>();

  constructor(private readonly parts: InlineSpaceParts) {}

  /**
   * Before anything else: the places where the code asks us get their traps.
   *
   * @returns false when they cannot
   */
  begin(thread: Thread): boolean {
    const { memory } = this.parts;
    this.setMode('awake');
    return (
      this.hook(thread, memory.labelAt('enter_trap'), (at) => this.onEnter(at)) &&
      this.hook(thread, memory.labelAt('leave_trap'), (at) => this.parts.open.returnSlowly(at))
    );
  }

  /**
   * The trap of the site becomes a jump, at once or when other threads cannot mind.
   *
   * @returns why it does not
   */
  place(
    thread: Thread,
    site: TracedSite,
    entry: EntryPoint,
    rule: FailureRule,
  ): WhyByTraps | undefined {
    const { space, memory, inline, patches } = this.parts;
    const to = space.places.reserveCode(site.address, inline.pointCodeBytes, thread.tid);
    const records = to === undefined ? undefined : memory.addPoint();
    if (to === undefined || records === undefined) return 'no more room for code near it';
    const { goOn: record, again, index } = records;
    const code = inline.pointCode({ code: site.code, from: site.address, to, record });
    const jump = inline.jump(site.address, to);
    if (code === undefined || jump === undefined) return 'its code is out of reach';
    space.memory.write(to, code);
    const rowAt = ThreadBlock.rowAt(index);
    memory.setPoint(record, toAddress(to + inline.goOnAt), rowAt);
    memory.setPoint(again, to, rowAt);
    this.points.set(record, { index, site, entry, rule, again });
    const { process } = thread;
    const isAlone = process.threads.size === 1 && space.processes.length === 1;
    patches.write(site, jump, isAlone);
    return undefined;
  }

  ripen(): void {
    this.parts.patches.ripen();
  }

  /** For good: another meaning of the place may need its trap. */
  withdraw(site: TracedSite): void {
    this.parts.patches.withdraw(site);
  }

  withdrawAll(): void {
    this.parts.patches.withdrawAll();
  }

  /** Another process runs in the memory for a while, with the thread pointer of one that waits for it. */
  suspend(): void {
    if (this.mode === 'awake') this.setMode('suspended');
  }

  resume(): void {
    if (this.mode === 'suspended') this.setMode('awake');
  }

  /** We leave: the program's own code is there again, and what is under way finds its way without us. */
  restore(pid: ProcessId): void {
    if (!this.parts.space.processes.includes(pid)) {
      this.restoreCopy(pid, 'original');
      return;
    }
    this.setMode('off');
    this.parts.patches.restore();
  }

  restoreTrapsIn(child: ProcessId): void {
    this.restoreCopy(child, 'trap');
  }

  /** Of a forked child, which stands still: see Patches. */
  private restoreCopy(child: ProcessId, head: 'trap' | 'original'): void {
    const { kernel, memory, inline, patches } = this.parts;
    patches.restoreCopy(child, head);
    kernel.writeMemory(child, memory.labelAt('mode'), Uint8Array.of(inline.mode.off));
  }

  hidePatches(address: number, code: Uint8Array): void {
    this.parts.patches.hide(address, code);
  }

  realReturnAddress(word: number): number {
    return this.parts.open.realReturnAddress(word);
  }

  /** A trap was set. */
  onSite(site: TracedSite): void {
    this.parts.open.direct(site);
  }

  forget(start: number, end: number): void {
    this.parts.open.forget(start, end);
  }

  /** See OpenInsideCalls. */
  pointAt(thread: Thread, slot: number): EntryPoint | undefined {
    return this.parts.open.pointAt(thread, slot)?.entry;
  }

  drain(thread: Thread): void {
    this.parts.open.drain(thread);
  }

  /** A thread has begun: whoever had its thread pointer before is no more. */
  takePointer(thread: Thread, pointer: number): void {
    this.parts.open.drainPointer(thread, pointer);
  }

  /** Threads cannot be told apart any more. */
  stop(): void {
    this.setMode('stopped');
  }

  /**
   * Somebody is to look at the stack of the thread: nothing of ours is on it then. Its calls are seen to return by traps.
   */
  showStack(thread: Thread): void {
    for (const returnAddress of this.parts.open.putBack(thread)) {
      if (this.watched.has(returnAddress)) continue;
      this.watched.add(returnAddress);
      this.hook(thread, returnAddress, (at) => this.parts.open.returnAsTheyWere(at, returnAddress));
    }
  }

  /** The thread stands still, and is let go for good. */
  letGo(thread: Thread): void {
    const { kernel, memory, open, space } = this.parts;
    kernel.readRegisters(thread.tid);
    open.putBack(thread);
    const { pc } = space.arch.registers;
    const past = memory.withoutEntering(wordAsNumber(kernel.registers, pc));
    if (past === undefined) return;
    setWord(kernel.registers, pc, past);
    kernel.writeRegisters(thread.tid);
  }

  /** Nobody runs in the memory any more. */
  release(): void {
    this.parts.memory.release();
  }

  private onEnter(thread: Thread): void {
    const { kernel, calls, inline, open, space } = this.parts;
    const point = this.points.get(wordAsNumber(kernel.registers, inline.recordRegister));
    if (point === undefined || thread.process.role !== 'reported') return;
    const slot = wordAsNumber(kernel.registers, space.arch.registers.sp);
    const mayBeNoted = this.mode === 'awake' && point.site.patch?.isLive === true;
    if (mayBeNoted && !this.isStuck(thread, slot) && open.prepare(thread, point, slot)) {
      kernel.setRegister(thread.tid, inline.recordRegister, point.again);
      return;
    }
    calls.arriveAtEntry(thread, point.site, toAddress(slot));
  }

  private isStuck({ tid }: Thread, slot: number): boolean {
    const { latest } = this;
    const isSame = latest.tid === tid && latest.slot === slot;
    this.latest = { tid, slot, times: isSame ? latest.times + 1 : 0 };
    if (this.latest.times < MOST_IN_A_ROW) return false;
    this.latest.times = 0;
    return true;
  }

  private hook(thread: Thread, address: Address, hook: (thread: Thread) => void): boolean {
    const site = this.parts.space.place(address, thread.tid);
    if (isRefusal(site)) return false;
    site.meaning.addWork(hook);
    return true;
  }

  private setMode(mode: Mode): void {
    this.mode = mode;
    const { space, memory, inline } = this.parts;
    const at = memory.labelAt('mode');
    const byte = mode === 'stopped' ? inline.mode.suspended : inline.mode[mode];
    space.memory.write(at, Uint8Array.of(byte));
    // Should we be killed, the guardian puts the awake out, as it does with traps.
    if (mode === 'awake') {
      space.lifeline?.protect(
        [{ address: at, originalByte: inline.mode.off, restored: 'first', landings: [] }],
        () => undefined,
      );
    }
  }
}
