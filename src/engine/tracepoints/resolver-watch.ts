/**
 * IFUNCs: the symbol is a resolver, and the function that runs is what it returns. Where no pointer shows yet
 * what was chosen, the dynamic linker is going to ask, at the first call or in dlsym: we look at the answer.
 */
import {
  addressFromWord,
  exactWord,
  toAddress,
  wordAsNumber,
  type Address,
} from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isRefusal } from '../memory/address-space.js';
import type { BreakpointSite, SiteHook } from '../memory/site.js';
import type { Thread } from '../processes/tracee.js';

/** What to do with the function that was chosen. */
export type OnChosen = (thread: Thread, target: Address) => void;

interface RunningResolver {
  /** Where its return address lies. */
  readonly slot: number;
  readonly onChosen: OnChosen;
}

export class ResolverWatch {
  private readonly returnSites = new WeakSet<BreakpointSite>();
  private readonly running = new Map<ThreadId, RunningResolver[]>();

  constructor(private readonly kernel: Kernel) {}

  /** @returns why the resolver cannot be watched; undefined when it is */
  watch(thread: Thread, resolver: Address, onChosen: OnChosen): string | undefined {
    const site = thread.process.space.place(resolver, thread.tid);
    if (isRefusal(site)) return site;
    addHook(site, (caller) => this.onCall(caller, onChosen));
    return undefined;
  }

  private onCall(thread: Thread, onChosen: OnChosen): void {
    const { space } = thread.process;
    const slot = wordAsNumber(this.kernel.registers, space.arch.registers.sp);
    const returnAddress = space.memory.readWord(toAddress(slot));
    if (returnAddress === undefined) return;
    const site = space.place(toAddress(returnAddress), thread.tid);
    if (isRefusal(site)) return;
    // One place of the dynamic linker calls all resolvers.
    if (!this.returnSites.has(site)) {
      this.returnSites.add(site);
      addHook(site, (caller) => this.onReturn(caller));
    }
    // What a resolver was left by does not come back: its part of the stack is ours again.
    const below = (this.running.get(thread.tid) ?? []).filter((open) => open.slot > slot);
    this.running.set(thread.tid, [...below, { slot, onChosen }]);
  }

  private onReturn(thread: Thread): void {
    const { registers, wordBytes } = thread.process.space.arch;
    const slot = wordAsNumber(this.kernel.registers, registers.sp) - wordBytes;
    const open = this.running.get(thread.tid) ?? [];
    const ended = open.find((resolver) => resolver.slot === slot);
    if (ended === undefined) return;
    this.running.set(
      thread.tid,
      open.filter((resolver) => resolver.slot > slot),
    );
    const chosen = addressFromWord(exactWord(this.kernel.registers, registers.result));
    if (chosen !== undefined) ended.onChosen(thread, chosen);
  }
}

function addHook(site: BreakpointSite, hook: SiteHook): void {
  const earlier = site.hook;
  site.hook =
    earlier === undefined
      ? hook
      : (thread) => {
          earlier(thread);
          hook(thread);
        };
}
