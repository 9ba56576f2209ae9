/**
 * Breakpoints at the addresses that traced calls return to.
 * Hot path: runs at every stop.
 */
import { toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { Callee } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Mapping } from '../../kernel/mapping.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Refusal } from '../memory/copy-places.js';
import { identityOfMemory } from '../modules/memory-identity.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { ReturnPoint } from '../points/return-point.js';

/** Bytes before a return address that a call instruction may take, at most 7, and one to spare. */
export const CALL_BYTES = 8;

export class ReturnPoints {
  /** Memory with code of no module where the last such call came from: a JIT keeps its code together. */
  private readonly latest = new WeakMap<AddressSpace, Mapping>();

  /** Modules of each memory of which was told that returns to them are not watched. */
  private readonly told = new WeakMap<AddressSpace, Set<string>>();

  /** @param tell called once for each module that calls return to unseen */
  constructor(
    private readonly kernel: Kernel,
    private readonly tell: (thread: Thread, caller: string, why: Refusal) => void,
  ) {}

  /** What the thread, at the first instruction of a function, has on top of its stack. */
  addressAt({ tid, process }: Thread, slot: Address): Address | undefined {
    const { arch, memory } = process.space;
    const { returnAddress: place } = arch;
    const word =
      place.kind === 'register'
        ? wordAsNumber(this.kernel.registers, place.offset)
        : arch.wordBytes === 8
          ? this.kernel.peekWord(tid, slot)
          : memory.readWord(slot);
    return word === undefined ? undefined : toAddress(process.space.realReturnAddress(word));
  }

  /** Arms the return address when a call from there is first seen; the site then stays. */
  at(thread: Thread, address: Address): ReturnPoint {
    const { space } = thread.process;
    const known = space.returnPoints.get(address);
    if (known !== undefined) return known;
    const module = space.modules.at(address);
    const before = space.memory.readCode(toAddress(Math.max(0, address - CALL_BYTES)), CALL_BYTES);
    const callee = space.arch.calleeOf(before, address);
    const memory = module === undefined ? this.codeAt(thread, address, callee) : undefined;
    const caller = module ?? identityOfMemory(memory);
    // What a hand-written stub finds on top of its stack may be data: a trap there would change the program.
    const isCode = module === undefined ? memory !== undefined : hasCodeAt(module, address);
    const placement = isCode ? space.place(address, thread.tid) : 'unreadable';
    const point: ReturnPoint = {
      address,
      module,
      caller,
      callSite: {
        returnAddress: address,
        module: caller.name,
        offset: module?.imageAddressOf(address) ?? address - (memory?.start ?? 0),
      },
      callee,
      armed: !isRefusal(placement),
      reachedBy: undefined,
    };
    if (!isRefusal(placement)) placement.meaning.returnPoint = point;
    else if (isCode) this.tellOnce(thread, caller.name, placement);
    space.returnPoints.set(address, point);
    return point;
  }

  private tellOnce(thread: Thread, caller: string, why: Refusal): void {
    const { space } = thread.process;
    const told = this.told.get(space) ?? new Set();
    this.told.set(space, told);
    if (told.has(caller)) return;
    told.add(caller);
    this.tell(thread, caller, why);
  }

  /**
   * A call that returned there is over. Code that belongs to no file may be rewritten at any time: no trap stays in it
   * longer than needed.
   */
  release(thread: Thread, { address, module }: ReturnPoint): void {
    if (module !== undefined) return;
    const { space, threads, goroutines } = thread.process;
    for (const other of threads.values()) if (other.openCalls.returnTo(address)) return;
    for (const calls of goroutines.values()) if (calls.returnTo(address)) return;
    const site = space.sites.get(address);
    space.returnPoints.delete(address);
    if (site === undefined) return;
    site.meaning.returnPoint = undefined;
    if (site.meaning.list.length === 0) space.lift(site);
  }

  /** The memory that this address lies in, if it may be executed. */
  private codeAt({ process }: Thread, address: Address, callee: Callee): Mapping | undefined {
    const known = this.latest.get(process.space);
    // Behind a call instruction, there is still code.
    if (known !== undefined && isWithin(known, address) && callee.kind !== 'not-a-call') {
      return known;
    }
    const found = this.kernel
      .mappings(process.pid)
      .find((mapping) => mapping.executable && isWithin(mapping, address));
    if (found !== undefined) this.latest.set(process.space, found);
    return found;
  }
}

function isWithin({ start, end }: Mapping, address: number): boolean {
  return address >= start && address < end;
}

function hasCodeAt(module: Module, address: Address): boolean {
  const at = module.imageAddressOf(address);
  return module.image.executableRanges().some(({ start, end }) => at >= start && at < end);
}
