/** Keeps the books of what was looked at, so that "no calls" never looks like "not looked". */
import { posix } from 'node:path';
import type { Arch } from '../../arch/arch.js';
import type {
  FilteredCall,
  FilterExpression,
  FilterRule,
  SymbolIdentity,
} from '../../filter/symbol-filter.js';
import type { ModuleCoverage } from '../../trace/event.js';
import type { FilterKind, UnmatchedRule } from '../../trace/unmatched.js';
import type { Module } from '../modules/module.js';
import type { ImportIndex } from './import-index.js';
import type { OpenRule } from './rule-search.js';
import { whyUnmatched } from './why-unmatched.js';

interface ModuleBook {
  readonly module: string;
  readonly path: string;
  readonly buildId: string | undefined;
  placed: number;
  readonly refused: { symbol: string; reason: string }[];
  readonly unreadable?: string;
}

export type FiltersByKind = Readonly<Record<FilterKind, readonly FilterExpression[]>>;

const KINDS: readonly FilterKind[] = ['calls', 'libraries', 'functions'];

interface Looked {
  readonly module: Module;
  readonly arch: Arch;
}

export class Coverage {
  private readonly looked = new Map<string, Looked>();
  private readonly books = new Map<string, ModuleBook>();
  /** Rules whose functions no module was found to import. */
  private readonly uncalled = new Set<FilterRule>();
  private readonly unmatched = new Map<FilterRule, OpenRule>();

  constructor(
    private readonly filters: FiltersByKind,
    private readonly index: ImportIndex,
  ) {
    for (const filter of KINDS) {
      for (const expression of filters[filter]) {
        for (const rule of expression.rules.filter(({ effect }) => effect === 'mark')) {
          if (rule.isOurs !== true) this.unmatched.set(rule, { rule, expression, filter });
          // Imports have nothing to do with -x.
          if (filter !== 'functions') this.uncalled.add(rule);
        }
      }
    }
  }

  look(module: Module, arch: Arch): void {
    this.looked.set(module.path, { module, arch });
    this.bookOf(module);
  }

  /** A module that is loaded, but cannot be read. */
  miss(path: string, reason: string): void {
    if (this.books.has(path)) return;
    const module = posix.basename(path) || 'a module without a name';
    this.books.set(path, {
      module,
      path,
      buildId: undefined,
      placed: 0,
      refused: [],
      unreadable: reason,
    });
  }

  placed(module: Module): void {
    this.bookOf(module).placed++;
  }

  refuse(module: Module, symbol: string, reason: string): void {
    this.bookOf(module).refused.push({ symbol, reason });
  }

  /** Somebody imports what these filters name. */
  match(filters: readonly FilterExpression[], call: FilteredCall): void {
    if (this.uncalled.size > 0) {
      for (const { rules } of filters) {
        for (const rule of rules) {
          if (this.uncalled.has(rule) && rule.fits(call) !== 'no') this.uncalled.delete(rule);
        }
      }
    }
    this.cover(filters, call);
  }

  /** A breakpoint serves these filters: which of their rules asked for it? */
  cover(filters: readonly FilterExpression[], call: FilteredCall): void {
    if (this.unmatched.size === 0) return;
    for (const { rules } of filters) {
      for (const rule of rules) {
        if (this.unmatched.has(rule) && rule.fits(call) !== 'no') this.unmatched.delete(rule);
      }
    }
  }

  /** A breakpoint serves these filters for calls by code that belongs to no module. */
  coverOutside(filters: readonly FilterExpression[], symbol: SymbolIdentity): void {
    for (const { rules } of this.unmatched.size === 0 ? [] : filters) {
      for (const rule of rules) {
        if (rule.outside === 'named' && rule.fitsName(symbol)) this.unmatched.delete(rule);
      }
    }
  }

  /** A breakpoint was put at the address that rules of this filter give. */
  coverAddress(filter: FilterExpression, address: number, module: Module): void {
    for (const rule of filter.rules) {
      if (rule.address === address && rule.fitsCallee(module)) this.unmatched.delete(rule);
    }
  }

  /** Was -x given? */
  get hasFunctionRules(): boolean {
    return this.filters.functions.length > 0;
  }

  /** The user knows already. */
  answer(rule: FilterRule): void {
    this.unmatched.delete(rule);
  }

  /** A module imports what the rule names, though another rule takes it away. */
  calls(rule: FilterRule): void {
    this.uncalled.delete(rule);
  }

  /** Does any module import what the rule names? */
  isCalled(rule: FilterRule): boolean {
    return !this.uncalled.has(rule);
  }

  /** To find the reasons may take a second: for who reads them. */
  unmatchedRules(): readonly UnmatchedRule[] {
    const all = [...this.looked.values()];
    const archs = new Map(all.map(({ module, arch }) => [module, arch]));
    return whyUnmatched([...this.unmatched.values()], {
      modules: all.map(({ module }) => module),
      importsOf: (module) => {
        const arch = archs.get(module);
        return arch === undefined ? [] : this.index.of(module, arch).all;
      },
    });
  }

  get modules(): readonly ModuleCoverage[] {
    return [...this.books.values()].map(({ buildId, ...book }) => ({
      ...book,
      ...(buildId !== undefined && { buildId }),
    }));
  }

  private bookOf(module: Module): ModuleBook {
    let book = this.books.get(module.path);
    if (book === undefined) {
      book = {
        module: module.name,
        path: module.path,
        buildId: module.image.buildId,
        placed: 0,
        refused: [],
      };
      this.books.set(module.path, book);
    }
    return book;
  }
}
