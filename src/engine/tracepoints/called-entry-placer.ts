/** Watches a function at its first instruction for calls from outside of its module: who calls tells the return address. */
import type { Address } from '../../base/address.js';
import type { SymbolIdentity } from '../../filter/symbol-filter.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { CallRules } from './call-rules.js';
import type { Coverage } from './coverage.js';
import { callerOfEntry } from './caller-of-entry.js';
import type { ChosenFunctions } from './chosen-functions.js';
import type { ImportIndex } from './import-index.js';
import type { SitePlacer } from './site-placer.js';

export interface CalledEntryParts {
  readonly rules: CallRules;
  readonly index: ImportIndex;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly chosen: ChosenFunctions;
}

export interface CalledIfunc {
  readonly resolver: Address;
  readonly callee: Module;
  readonly symbol: SymbolIdentity;
}

export class CalledEntryPlacer {
  constructor(private readonly parts: CalledEntryParts) {}

  place(thread: Thread, address: Address, callee: Module, symbol: SymbolIdentity): void {
    const { rules, coverage, index } = this.parts;
    coverage.cover([...rules.calls, ...rules.libraries], { symbol, callee });
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
      confirms: rules.dependsOnShownName(symbol)
        ? (call) => rules.judge({ ...call, symbol }) !== 'no'
        : undefined,
    });
  }

  /** The function that an IFUNC stands for, where a slot shows it, else when the resolver is asked. */
  placeChosen(thread: Thread, { resolver, callee, symbol }: CalledIfunc): void {
    const choice = { name: symbol.name, module: callee, resolver };
    const place = (asker: Thread, target: Address): void =>
      this.place(asker, target, callee, symbol);
    this.parts.chosen.find(thread, choice, place);
  }
}
