/** Tells when a thread returns from a call that is no event: what the dynamic linker does on the program's behalf. */
import { toAddress, wordAsNumber, type Address } from '../../base/address.js';
import { bytesPopped } from '../../arch/arch.js';
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { Refusal } from '../memory/copy-places.js';
import type { Thread, TracedSite, SiteHook } from '../tracees/tracee.js';

/** A call that a thread is in. */
export interface WatchedCall {
  /** Where its return address lies. */
  readonly slot: number;
  readonly returnAddress: Address;
}

interface OpenCall {
  /** Where its return address lies. */
  readonly slot: number;
  readonly onReturn: SiteHook;
}

export class ReturnWatch {
  private readonly sites = new WeakSet<TracedSite>();
  private readonly open = new Map<ThreadId, readonly OpenCall[]>();

  constructor(private readonly kernel: Kernel) {}

  /**
   * The thread, whose registers are at hand, stands at the first instruction of a function.
   *
   * @returns why its return cannot be watched; undefined when it is
   */
  watchCall(thread: Thread, onReturn: SiteHook): Refusal | undefined {
    const { arch, memory } = thread.process.space;
    const { registers, returnAddress: place } = arch;
    const slot = wordAsNumber(this.kernel.registers, registers.sp);
    const returnAddress =
      place.kind === 'stack'
        ? memory.readWord(toAddress(slot))
        : wordAsNumber(this.kernel.registers, place.offset);
    if (returnAddress === undefined) return 'unreadable';
    return this.watch(thread, { slot, returnAddress: toAddress(returnAddress) }, onReturn);
  }

  /** The same for any call that the stopped thread is in. */
  watch(
    thread: Thread,
    { slot, returnAddress }: WatchedCall,
    onReturn: SiteHook,
  ): Refusal | undefined {
    const site = thread.process.space.place(returnAddress, thread.tid);
    if (isRefusal(site)) return site;
    if (!this.sites.has(site)) {
      this.sites.add(site);
      site.meaning.addWork((caller) => this.onReturn(caller));
    }
    // What was left by a jump does not come back: its part of the stack is in use again.
    const outer = (this.open.get(thread.tid) ?? []).filter((call) => call.slot > slot);
    this.open.set(thread.tid, [...outer, { slot, onReturn }]);
    return undefined;
  }

  private onReturn(thread: Thread): void {
    const { arch } = thread.process.space;
    const slot = wordAsNumber(this.kernel.registers, arch.registers.sp) - bytesPopped(arch);
    const calls = this.open.get(thread.tid) ?? [];
    const ended = calls.find((call) => call.slot === slot);
    if (ended === undefined) return;
    const outer = calls.filter((call) => call.slot > slot);
    if (outer.length > 0) this.open.set(thread.tid, outer);
    else this.open.delete(thread.tid);
    ended.onReturn(thread);
  }
}
