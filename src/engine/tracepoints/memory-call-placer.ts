/**
 * -e with rules that name functions and the memory that calls them: `toupper@[anon]`. How code that was made at run time
 * came by an address nobody can see, so every function of the name is watched, whether a pointer to it is known or not.
 */
import { loadedAt } from '../../base/address.js';
import { functionsOf } from '../../symbol/functions.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { CalledEntryPlacer } from './called-entry-placer.js';
import type { CallRules } from './call-rules.js';

export class MemoryCallPlacer {
  constructor(
    private readonly rules: CallRules,
    private readonly entries: CalledEntryPlacer,
  ) {}

  place(thread: Thread, fresh: readonly Module[]): void {
    const { rules } = this;
    if (!rules.namesMemory) return;
    for (const callee of fresh) {
      for (const found of functionsOf(callee.image, ALL, rules.namePrefixes)) {
        const address = loadedAt(found.address, callee.bias);
        for (const symbol of found.names.filter((name) => rules.namesOutside(name))) {
          if (symbol.isIfunc) {
            this.entries.placeChosen(thread, { resolver: address, callee, symbol });
          } else this.entries.place(thread, address, callee, symbol);
        }
      }
    }
  }
}

const ALL = { dynamic: true, static: true } as const;
