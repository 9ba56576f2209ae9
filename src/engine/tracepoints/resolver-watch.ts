/**
 * IFUNCs: the symbol is a resolver, and the function that runs is what it returns. Where no pointer shows yet
 * what was chosen, the dynamic linker is going to ask, at the first call or in dlsym: we look at the answer.
 */
import { addressFromWord, exactWord, type Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { Thread } from '../tracees/tracee.js';
import type { ReturnWatch } from '../stops/return-watch.js';

/** What to do with the function that was chosen. */
export type OnChosen = (thread: Thread, target: Address) => void;

export class ResolverWatch {
  constructor(
    private readonly kernel: Kernel,
    private readonly returns: ReturnWatch,
  ) {}

  /** @returns why the resolver cannot be watched; undefined when it is */
  watch(thread: Thread, resolver: Address, onChosen: OnChosen): string | undefined {
    const site = thread.process.space.place(resolver, thread.tid);
    if (isRefusal(site)) return site;
    site.meaning.addWork((caller) => {
      this.returns.watchCall(caller, (resolved) => this.onAnswer(resolved, onChosen));
    });
    return undefined;
  }

  private onAnswer(thread: Thread, onChosen: OnChosen): void {
    const { registers } = thread.process.space.arch;
    const chosen = addressFromWord(exactWord(this.kernel.registers, registers.result));
    if (chosen !== undefined) onChosen(thread, chosen);
  }
}
