/** Keeps the books of what was looked at, so that "no calls" never looks like "not looked". */
import { posix } from 'node:path';
import type { FilterExpression, SymbolIdentity } from '../../filter/symbol-filter.js';
import type { ModuleCoverage } from '../../trace/event.js';
import type { Module } from '../modules/module.js';

interface ModuleBook {
  readonly module: string;
  readonly path: string;
  readonly buildId: string | undefined;
  placed: number;
  readonly refused: { symbol: string; reason: string }[];
  readonly unreadable?: string;
}

export class Coverage {
  private readonly books = new Map<string, ModuleBook>();
  private readonly unmatched = new Set<string>();
  private readonly matched = new Set<FilterExpression>();

  constructor(filters: readonly FilterExpression[]) {
    for (const filter of filters) {
      for (const rule of filter.rules) if (rule.effect === 'mark') this.unmatched.add(rule.text);
    }
  }

  look(module: Module): void {
    this.bookOf(module);
  }

  /** A module that is loaded, but cannot be read. */
  miss(path: string, reason: string): void {
    if (this.books.has(path)) return;
    const module = posix.basename(path);
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
  match(filters: readonly FilterExpression[], symbol: SymbolIdentity, module: Module): void {
    for (const filter of filters) {
      if (!this.matched.has(filter) && filter.matches(symbol, module)) this.matched.add(filter);
    }
    this.cover(filters, symbol, module);
  }

  /** A breakpoint serves these filters: which of their rules asked for it? */
  cover(filters: readonly FilterExpression[], symbol: SymbolIdentity, module: Module): void {
    if (this.unmatched.size === 0) return;
    for (const filter of filters) {
      for (const rule of filter.rules) {
        if (this.unmatched.has(rule.text) && rule.fits(symbol, module)) {
          this.unmatched.delete(rule.text);
        }
      }
    }
  }

  hasMatched(filter: FilterExpression): boolean {
    return this.matched.has(filter);
  }

  get unmatchedRules(): readonly string[] {
    return [...this.unmatched];
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
