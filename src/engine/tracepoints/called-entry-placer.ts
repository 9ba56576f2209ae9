/** Watches a function at its first instruction for calls from outside of its module: who calls tells the return address. */
import type { Address } from '../../base/address.js';
import type { SymbolIdentity } from '../../filter/symbol-filter.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../processes/tracee.js';
import type { CallRules } from './call-rules.js';
import type { Coverage } from './coverage.js';
import { callerOfEntry } from './caller-of-entry.js';
import type { ImportIndex } from './import-index.js';
import type { ResolverWatch } from './resolver-watch.js';
import type { SitePlacer } from './site-placer.js';

export interface CalledEntryParts {
  readonly rules: CallRules;
  readonly index: ImportIndex;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly resolvers: ResolverWatch;
}

export class CalledEntryPlacer {
  constructor(private readonly parts: CalledEntryParts) {}

  place(thread: Thread, address: Address, callee: Module, symbol: SymbolIdentity): void {
    const { rules, coverage, index } = this.parts;
    coverage.cover([...rules.calls, ...rules.libraries], symbol, callee);
    coverage.coverOutside(rules.calls, symbol);
    this.parts.sites.place(thread, address, {
      origin: 'call',
      route: 'entry',
      entry: address,
      module: callee,
      callee,
      symbol: symbol.name,
      naming: symbol.version === undefined ? {} : { version: symbol.version },
      aliases: [],
      callerOf: (arrival) => callerOfEntry(arrival, { symbol, callee, rules, index }),
    });
  }

  /** Somebody is about to ask the resolver of an IFUNC. */
  placeChosen(thread: Thread, resolver: Address, callee: Module, symbol: SymbolIdentity): void {
    this.parts.resolvers.watch(thread, resolver, (caller, target) => {
      if (callee.contains(target)) this.place(caller, target, callee, symbol);
    });
  }
}
