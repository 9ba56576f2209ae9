/**
 * Breakpoints at the addresses that traced calls return to.
 * Hot path: runs at every stop.
 */
import { toAddress, type Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isRefusal } from '../memory/address-space.js';
import type { Thread } from '../processes/tracee.js';
import type { ReturnPoint } from './return-point.js';

/** Bytes before a return address that a call instruction may take, at most 7, and one to spare. */
const CALL_BYTES = 8;

export class ReturnPoints {
  constructor(private readonly kernel: Kernel) {}

  /** What the thread, at the first instruction of a function, has on top of its stack. */
  addressAt({ tid, process }: Thread, slot: Address): Address | undefined {
    const { arch, memory } = process.space;
    const word = arch.wordBytes === 8 ? this.kernel.peekWord(tid, slot) : memory.readWord(slot);
    return word === undefined ? undefined : toAddress(word);
  }

  /** Arms the return address when a call from there is first seen; the site then stays. */
  at(thread: Thread, address: Address): ReturnPoint {
    const { space } = thread.process;
    const known = space.returnPoints.get(address);
    if (known !== undefined) return known;
    const module = space.modules.at(address);
    // What a hand-written stub finds on top of its stack may be data: a trap there would change the program.
    const placement = this.isCode(thread, address)
      ? space.place(address, thread.tid)
      : 'unreadable';
    const before = space.memory.readCode(toAddress(Math.max(0, address - CALL_BYTES)), CALL_BYTES);
    const point: ReturnPoint = {
      address,
      module,
      callSite: {
        returnAddress: address,
        module: module?.name ?? '',
        offset: module?.imageAddressOf(address) ?? address,
      },
      callee: space.arch.calleeOf(before, address),
      armed: !isRefusal(placement),
    };
    if (!isRefusal(placement)) placement.returnPoint = point;
    space.returnPoints.set(address, point);
    return point;
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
    if (site !== undefined && site.entryPoints.length === 0) space.lift(site);
  }

  private isCode({ process }: Thread, address: Address): boolean {
    const module = process.space.modules.at(address);
    const ranges =
      module === undefined
        ? this.kernel.mappings(process.pid).filter(({ executable }) => executable)
        : module.image.executableRanges();
    const at = address - (module?.bias ?? 0);
    return ranges.some(({ start, end }) => at >= start && at < end);
  }
}
