/**
 * Looks through symbol tables for what the rules of filters name that matched nothing: once for all rules, and no
 * longer than somebody waits for an explanation.
 */
import type { CountedTable } from '../../elf/address-index.js';
import { NameBudget, type ElfSymbol } from '../../elf/symbols.js';
import {
  NOWHERE,
  type FilteredCall,
  type FilterExpression,
  type FilterRule,
  type ModuleIdentity,
} from '../../filter/symbol-filter.js';
import { isColdPart } from '../../symbol/functions.js';
import type { ImportedFunction } from '../../symbol/imports.js';
import type { FilterKind } from '../../trace/unmatched.js';
import type { Module } from '../modules/module.js';
import { exportsFunction, isWithin } from './import-index.js';

/** A rule in its chain. */
export interface OpenRule {
  readonly rule: FilterRule;
  readonly expression: FilterExpression;
  readonly filter: FilterKind;
}

export interface SearchedModules {
  readonly modules: readonly Module[];
  importsOf(module: Module): readonly ImportedFunction[];
}

/** What was found of one rule. */
export class Findings {
  /** Modules that import such functions. */
  readonly importers = new Set<Module>();
  /** Modules that contain such functions, and where. */
  readonly owners = new Map<Module, Set<number>>();
  /** Modules whose calls or functions fit the rule, and are dropped by `by`, a later one of its chain. */
  takenAway: { readonly by: FilterRule; readonly modules: Set<Module> } | undefined;
  /** Something fits the whole chain. */
  accepted = false;
  /** Were all tables looked at? */
  complete = true;

  contains(module: Module, address: number): void {
    const known = this.owners.get(module);
    if (known === undefined) this.owners.set(module, new Set([address]));
    else known.add(address);
  }

  /** @param module whose call it is, or whose function */
  judge({ expression, rule }: OpenRule, call: FilteredCall, module: Module): void {
    if (rule.fits(call) === 'no') return;
    const by = expression.deciding(call);
    if (expression.judge(call) !== 'no') this.accepted = true;
    else if (by !== undefined) {
      this.takenAway ??= { by, modules: new Set() };
      if (this.takenAway.by === by) this.takenAway.modules.add(module);
    }
  }
}

/** Comparisons of a name with a rule that may be made: a second's work at most. */
const MOST_STEPS = 3_000_000;
/** Of a rule that reads C++ and Rust names, measured against one that does not. */
const STEPS_TO_READ_A_NAME = 40;
/** To find out that no name begins as a rule wants is cheaper than a comparison. */
const STEPS_FOR_A_START = 0.1;

export function searchFor(
  rules: readonly OpenRule[],
  searched: SearchedModules,
): ReadonlyMap<OpenRule, Findings> {
  const search = new Search(rules);
  for (const module of searched.modules) {
    search.imports(module, searched.importsOf(module), searched.modules);
  }
  // Tables of exported functions are small, and what is found there is what people mean.
  for (const module of searched.modules) search.table(module, module.image.dynamicTable);
  for (const module of searched.modules) search.table(module, module.image.staticTable);
  return search.found;
}

class Search {
  readonly found: ReadonlyMap<OpenRule, Findings>;
  private stepsLeft = MOST_STEPS;

  constructor(private readonly rules: readonly OpenRule[]) {
    this.found = new Map(rules.map((rule) => [rule, new Findings()]));
  }

  imports(caller: Module, imports: readonly ImportedFunction[], all: readonly Module[]): void {
    for (const symbol of imports) {
      if (isWithin(caller, symbol)) continue;
      for (const open of this.rules) {
        if (!this.spend(open) || !open.rule.fitsName(symbol)) continue;
        const findings = this.of(open);
        findings.importers.add(caller);
        if (open.filter !== 'calls') continue;
        for (const callee of calleesOf(open, symbol, all)) {
          findings.judge(open, { symbol, caller, callee }, caller);
        }
      }
    }
  }

  table(module: Module, counted: CountedTable | undefined): void {
    if (counted === undefined) return;
    const { table, count } = counted;
    const relevant = this.rules
      .map((open) => ({ open, starts: startsIn(open.rule, table) }))
      .filter(({ starts }) => starts?.length !== 0);
    if (relevant.length === 0) return;
    const budget = new NameBudget(table);
    for (let index = 1; index < count; index++) {
      if (this.stepsLeft <= 0) {
        for (const { open } of relevant) this.of(open).complete = false;
        return;
      }
      if (!table.isDefinedFunction(index)) continue;
      const asked = relevant.filter(({ starts }) => this.mayFit(starts, table, index));
      if (asked.length === 0) continue;
      const symbol = table.at(index);
      if (symbol === undefined || !budget.spend(symbol.name)) return;
      if (symbol.name === '' || isColdPart(symbol.name)) continue;
      for (const { open } of asked) this.defined(open, symbol, module);
    }
  }

  private defined(open: OpenRule, symbol: ElfSymbol, module: Module): void {
    if (!this.spend(open) || !open.rule.fitsName(symbol)) return;
    const findings = this.of(open);
    findings.contains(module, symbol.address);
    if (open.filter === 'functions') findings.judge(open, { symbol, callee: module }, module);
  }

  private mayFit(
    starts: readonly Buffer[] | undefined,
    table: CountedTable['table'],
    index: number,
  ): boolean {
    if (starts === undefined) return true;
    this.stepsLeft -= starts.length * STEPS_FOR_A_START;
    return starts.some((start) => table.startsWith(index, start));
  }

  private of(open: OpenRule): Findings {
    const findings = this.found.get(open);
    if (findings === undefined) throw new Error('a rule that is not looked for');
    return findings;
  }

  /** False when too much was spent already: then the answer about this rule is not complete. */
  private spend(open: OpenRule): boolean {
    if (this.stepsLeft <= 0) {
      this.of(open).complete = false;
      return false;
    }
    this.stepsLeft -= open.rule.readsNames ? STEPS_TO_READ_A_NAME : 1;
    return true;
  }
}

/** Where the call may go, if the chain asks for that. */
function calleesOf(
  { expression }: OpenRule,
  symbol: ImportedFunction,
  modules: readonly Module[],
): readonly ModuleIdentity[] {
  if (!expression.namesCallees) return [NOWHERE];
  const exporters = modules.filter((module) => exportsFunction(module, symbol.name));
  return exporters.length === 0 ? [NOWHERE] : exporters;
}

/** What names begin with that the table may hold; undefined when the rule does not say. */
function startsIn(
  { namePrefixes }: FilterRule,
  table: CountedTable['table'],
): readonly Buffer[] | undefined {
  return namePrefixes
    ?.map((prefix) => Buffer.from(prefix))
    .filter((start) => table.mayStartWith(start));
}
