/**
 * Calls that threads note inside of their process: what they cannot deal with themselves. Every method is for a thread
 * that stands still, and whose registers are at hand.
 */
import type { InlineCalls } from '../../arch/inline-calls.js';
import { setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { NativeStack } from '../tracees/native-stack.js';
import type { Emitter } from '../emitter.js';
import { CALL_BYTES } from '../calls/return-points.js';
import type { AddressSpace, Thread, TracedSite } from '../tracees/tracee.js';
import type { CycleClock } from './cycle-clock.js';
import type { InlineMemory, ReturnRecord } from './inline-memory.js';
import type { InlinePoint } from './inline-point.js';
import { InlineRow } from './inline-row.js';
import { ThreadBlock, type BlockRoom, type OpenInside } from './thread-block.js';

export interface OpenInsideParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly clock: CycleClock;
  readonly space: AddressSpace;
  readonly memory: InlineMemory;
  readonly inline: InlineCalls;
}

export class OpenInsideCalls {
  private readonly blocks = new Map<number, ThreadBlock>();
  private readonly returns = new Map<number, KnownReturn>();
  private readonly returnByTrampoline = new Map<number, ReturnRecord>();
  private readonly returnByRecord = new Map<number, ReturnRecord>();
  private readonly spareBlocks: BlockRoom[] = [];
  private readonly spareRows: InlineRow[] = [];

  constructor(private readonly parts: OpenInsideParts) {}

  /** Does what was missing for the call to be noted; false: it is to be caught by a trap. */
  prepare(thread: Thread, point: InlinePoint, slot: number): boolean {
    const block = this.blockOf(thread) ?? this.makeBlock(thread);
    if (block === undefined || block.isFull || !this.isInnermost(thread, block, slot)) return false;
    const returnAddress = this.parts.space.memory.readWord(toAddress(slot));
    if (returnAddress === undefined || !this.hasReturn(toAddress(returnAddress))) return false;
    return block.rowOf(point) !== undefined || this.makeRow(block, point);
  }

  /** The thread has come to a trampoline, and its innermost call is another one. */
  returnSlowly(thread: Thread): void {
    const { registers } = this.parts.kernel;
    const { arch } = this.parts.space;
    const record = wordAsNumber(registers, this.parts.inline.recordRegister);
    const from = this.returnByRecord.get(record);
    const block = this.blockOf(thread);
    if (from === undefined || block === undefined) return;
    const slot = wordAsNumber(registers, arch.registers.sp) - arch.wordBytes;
    for (let index = block.depth - 1; index >= 0; index--) {
      const call = block.call(index);
      if (call.slot !== slot || call.returnTo !== from.trampoline) continue;
      this.close(thread, block, index);
      return;
    }
  }

  /** The thread has come to an address to which calls return that had their own return addresses put back. */
  returnAsTheyWere(thread: Thread, returnAddress: Address): void {
    const { registers } = this.parts.kernel;
    const { arch } = this.parts.space;
    const block = this.blockOf(thread);
    if (block === undefined) return;
    const slot = wordAsNumber(registers, arch.registers.sp) - arch.wordBytes;
    // Tail calls share slot and return address: all of them return here.
    for (let index = block.depth - 1; index >= 0; index--) {
      const call = block.call(index);
      if (call.slot === slot && call.returnTo === returnAddress) this.close(thread, block, index);
    }
  }

  /**
   * Puts return addresses back on the stack of the thread.
   *
   * @returns those that were put back
   */
  putBack(thread: Thread): Set<Address> {
    const found = new Set<Address>();
    const block = this.blockOf(thread);
    if (block === undefined) return found;
    const { memory } = this.parts.space;
    // Innermost first: a tail call has on its stack what leads to the call before it.
    for (let index = block.depth - 1; index >= 0; index--) {
      const { slot, returnTo } = block.call(index);
      if (slot === 0 || memory.readWord(toAddress(slot)) !== returnTo) continue;
      const own = this.returnByTrampoline.get(returnTo)?.returnAddress;
      if (own === undefined) continue;
      const word = new DataView(new ArrayBuffer(8));
      setWord(word, 0, own);
      memory.write(toAddress(slot), new Uint8Array(word.buffer));
      const last = toAddress(this.realReturnAddress(own));
      block.setReturnTo(index, last);
      found.add(last);
    }
    return found;
  }

  /** What an address on a stack stands for; itself if it is none of ours. */
  realReturnAddress(word: number): number {
    let address = word;
    for (;;) {
      const next = this.returnByTrampoline.get(address)?.returnAddress;
      if (next === undefined) return address;
      address = next;
    }
  }

  /** The point of the call that the thread has just begun, if its return address stands there. */
  pointAt(thread: Thread, slot: number): InlinePoint | undefined {
    const block = this.blockOf(thread);
    const call = block?.innermost;
    if (call?.slot !== slot) return undefined;
    return block?.rowOfCall(call)?.point;
  }

  isKnown(threadPointer: number): boolean {
    return this.blocks.has(threadPointer);
  }

  /** Calls of this site are caught another way now, or a trap was set there: where they go on may be another place. */
  direct(site: TracedSite): void {
    const { space, memory } = this.parts;
    for (const { record, returnAddress, calls } of this.returns.values()) {
      if (returnAddress !== site.address && calls !== site.address) continue;
      memory.setGoOn(record, goOnOf(space, { returnAddress, calls }));
    }
  }

  forget(start: number, end: number): void {
    for (const address of [...this.returns.keys()]) {
      if (address < start || address >= end) continue;
      this.parts.memory.forgetReturn(toAddress(address));
      this.returns.delete(address);
    }
  }

  /** Of a thread that makes no more calls: ends those that are open, and hands on its figures. */
  drain(thread: Thread): void {
    for (const block of [...this.blocks.values()]) {
      if (block.tid === thread.tid) this.drainBlock(thread, block);
    }
  }

  /** Of a thread that has ended, whose thread pointer another one has now. */
  drainPointer(thread: Thread, threadPointer: number): void {
    const block = this.blocks.get(threadPointer);
    if (block !== undefined) this.drainBlock(thread, block);
  }

  private drainBlock({ process }: Thread, block: ThreadBlock): void {
    const { emitter, memory } = this.parts;
    for (let { depth } = block; depth > 0; depth--) this.abandon(block, depth - 1);
    memory.removeThread(block.threadPointer);
    this.blocks.delete(block.threadPointer);
    for (const row of block.allRows) {
      const { entry } = row.point;
      const { figures } = row;
      this.spareRows.push(row);
      if (figures.calls === 0) continue;
      emitter.addTotals({
        pid: process.pid,
        tid: block.tid,
        call: { symbol: entry.symbol, ...entry.naming, caller: { module: entry.module.name } },
        ...figures,
      });
    }
    this.spareBlocks.push(block.room);
  }

  private blockOf({ process }: Thread): ThreadBlock | undefined {
    const { registers } = this.parts.kernel;
    return this.blocks.get(wordAsNumber(registers, process.space.arch.registers.threadPointer));
  }

  private makeBlock({ tid }: Thread): ThreadBlock | undefined {
    const { kernel, memory, space } = this.parts;
    const pointer = wordAsNumber(kernel.registers, space.arch.registers.threadPointer);
    // ELF Handling For Thread-Local Storage, 3.4.6: it points to itself.
    if (pointer === 0 || space.memory.readWord(toAddress(pointer)) !== pointer) return undefined;
    const room = this.spareBlocks.pop() ?? ThreadBlock.makeRoom(memory);
    if (room === undefined) return undefined;
    const block = new ThreadBlock(pointer, tid, room);
    if (!memory.addThread(pointer, block.address)) {
      this.spareBlocks.push(room);
      return undefined;
    }
    this.blocks.set(pointer, block);
    return block;
  }

  private makeRow(block: ThreadBlock, point: InlinePoint): boolean {
    const { memory, clock } = this.parts;
    const row = InlineRow.make(memory, this.spareRows, point, clock.multiplier);
    if (row === undefined) return false;
    block.addRow(row);
    return true;
  }

  /** Ends the calls that were left by a jump; false when others remain, of another stack. */
  private isInnermost(thread: Thread, block: ThreadBlock, slot: number): boolean {
    for (;;) {
      const call = block.innermost;
      if (call === undefined || call.slot > slot) return true;
      if (call.slot === 0) return false;
      if (call.slot === slot) {
        const word = this.parts.space.memory.readWord(toAddress(slot));
        if (word !== undefined && this.parts.memory.isTrampoline(word)) return true;
      } else if (!this.isLeft(thread, call, slot)) return false;
      this.abandon(block, block.depth - 1);
    }
  }

  /** As OpenCalls has it: stacks are compared only where both slots surely lie on the same one. */
  private isLeft(thread: Thread, call: OpenInside, slot: number): boolean {
    thread.stack ??= new NativeStack(slot, () => this.parts.kernel.mappings(thread.process.pid));
    if (thread.stack.holds(call.slot, slot)) return true;
    const word = this.parts.space.memory.readWord(toAddress(call.slot));
    return word !== call.returnTo;
  }

  private hasReturn(address: Address): boolean {
    if (this.returns.has(address)) return true;
    const { memory, space } = this.parts;
    if (!memory.isTrampoline(address) && !isCodeOfModule(space, address)) return false;
    const calls = calledBefore(space, address);
    const goOn = goOnOf(space, { returnAddress: address, calls });
    const record = memory.addReturn(address, goOn);
    if (record === undefined) return false;
    const made = { ...record, calls };
    this.returns.set(address, made);
    this.returnByTrampoline.set(made.trampoline, made);
    this.returnByRecord.set(made.record, made);
    return true;
  }

  /** The call returns now; those inside it were left by a jump. */
  private close(thread: Thread, block: ThreadBlock, index: number): void {
    const { kernel, space, clock } = this.parts;
    const call = block.call(index);
    for (let above = block.depth - 1; above > index; above--) {
      const inner = block.call(above);
      if (inner.slot < call.slot && this.isLeft(thread, inner, call.slot)) {
        this.abandon(block, above);
      }
    }
    const result = kernel.registers.getBigUint64(space.arch.registers.result, true);
    block.rowOfCall(call)?.add(clock.cycles() - call.began, result);
    block.remove(index);
  }

  private abandon(block: ThreadBlock, index: number): void {
    const call = block.call(index);
    // One that has just begun or ended is none, or was counted already.
    if (call.slot !== 0) block.rowOfCall(call)?.add(this.parts.clock.cycles() - call.began);
    block.remove(index);
  }
}

interface KnownReturn extends ReturnRecord {
  /** What the call instruction before it calls; undefined when that changes, or is not known. */
  readonly calls: Address | undefined;
}

function calledBefore({ arch, memory }: AddressSpace, returnAddress: Address): Address | undefined {
  const start = toAddress(Math.max(0, returnAddress - CALL_BYTES));
  const callee = arch.calleeOf(memory.readCode(start, CALL_BYTES), returnAddress);
  return callee.kind === 'direct' ? callee.target : undefined;
}

/**
 * A trap may stand where the call returns. It is passed where the instruction before it calls what is caught inside. Else
 * the call was a tail call of another function, and that one returns there too: it may have been caught by a trap.
 */
function goOnOf(
  { sites }: AddressSpace,
  { returnAddress, calls }: Pick<KnownReturn, 'returnAddress' | 'calls'>,
): Address {
  const isCaughtInside = calls !== undefined && sites.get(calls)?.patch?.isLive === true;
  return (isCaughtInside ? sites.get(returnAddress)?.copy : undefined) ?? returnAddress;
}

function isCodeOfModule({ modules }: AddressSpace, address: Address): boolean {
  const module = modules.at(address);
  if (module === undefined) return false;
  const at = module.imageAddressOf(address);
  return module.image.executableRanges().some(({ start, end }) => at >= start && at < end);
}
