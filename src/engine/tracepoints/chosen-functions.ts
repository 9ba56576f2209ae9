/**
 * IFUNCs: the symbol is a resolver, and the function that runs is what it returned. Any slot that was filled with it tells;
 * where there is none, the dynamic linker is going to ask.
 */
import { toAddress, type Address } from '../../base/address.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { targetOfSlot } from '../modules/bound-slot.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import { exportsFunction, type ImportIndex } from './import-index.js';
import type { OnChosen, ResolverWatch } from './resolver-watch.js';

export interface Choice {
  readonly name: string;
  /** The one with the resolver. */
  readonly module: Module;
  readonly resolver: Address;
}

export class ChosenFunctions {
  constructor(
    private readonly index: ImportIndex,
    private readonly resolvers: ResolverWatch,
  ) {}

  /**
   * Calls `then` with the function, now or when the resolver is asked.
   *
   * @returns why the resolver cannot be watched; undefined when all is well
   */
  find(thread: Thread, choice: Choice, then: OnChosen): string | undefined {
    const known = this.inSlots(thread.process.space, choice);
    if (known === undefined) return this.ask(thread, choice, then);
    then(thread, known);
    return undefined;
  }

  /** Waits until the resolver is asked. */
  private ask(thread: Thread, { resolver }: Choice, then: OnChosen): string | undefined {
    return this.resolvers.watch(thread, resolver, (asker, target) => {
      if (isCode(asker.process.space, target)) then(asker, target);
    });
  }

  private inSlots(space: AddressSpace, choice: Choice): Address | undefined {
    for (const importer of space.modules.all) {
      if (importer.relocation !== 'done') continue;
      const imported = this.index.of(importer, space.arch).byName.get(choice.name);
      for (const { address, kind } of imported?.slots ?? []) {
        if (kind === 'pc-relative') continue;
        const target = targetOfSlot(space.memory, importer, address);
        if (target !== undefined && isChoice(space, choice, target)) return target;
      }
    }
    return undefined;
  }
}

/** Another module may have a function of the same name, which the slot leads to. */
function isChoice(space: AddressSpace, { name, module }: Choice, target: Address): boolean {
  const owner = space.modules.at(target);
  if (owner === undefined) return space.isInVdso(target);
  return owner === module || !exportsFunction(owner, name);
}

function isCode(space: AddressSpace, target: number): boolean {
  return space.modules.at(target) !== undefined || space.isInVdso(toAddress(target));
}
