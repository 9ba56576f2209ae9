/**
 * -e names functions that no module imports, but some module contains: a program with its own OpenSSL, a static
 * program. Nothing crosses a module border there, so the functions themselves are taken, however they are called.
 */
import { loadedAt } from '../../base/address.js';
import type { FilterExpression } from '../../filter/symbol-filter.js';
import { functionsOf, type ModuleFunction } from '../../symbol/functions.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracee.js';
import type { Coverage } from './coverage.js';
import { CallRules } from './call-rules.js';
import type { SitePlacer } from './site-placer.js';

export interface OwnFunctionPlacerParts {
  readonly rules: CallRules;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  /** One line for the user. */
  notice(thread: Thread, text: string): void;
}

export class OwnFunctionPlacer {
  constructor(private readonly parts: OwnFunctionPlacerParts) {}

  /** Looks again whenever modules come, as long as nobody imports what the filter names. */
  place(thread: Thread, fresh: readonly Module[]): void {
    for (const filter of this.parts.rules.calls) {
      if (!new CallRules([filter], []).namesFunctions || this.parts.coverage.hasMatched(filter))
        continue;
      for (const module of fresh) this.placeIn(thread, module, filter);
    }
  }

  private placeIn(thread: Thread, module: Module, filter: FilterExpression): void {
    if (!filter.canMatchModule(module)) return;
    const found = matching(module, filter, 'dynamic') ?? matching(module, filter, 'static');
    if (found === undefined) return;
    for (const {
      function: { address },
      symbol,
    } of found) {
      this.parts.coverage.cover([filter], symbol, module);
      const entry = loadedAt(address, module.bias);
      this.parts.sites.place(thread, entry, {
        origin: 'call',
        route: 'entry',
        entry,
        module,
        callee: module,
        symbol: symbol.name,
        naming: symbol.version === undefined ? {} : { version: symbol.version },
        aliases: [],
        accepts: (_, from) => from.module !== undefined && filter.matches(symbol, from.module),
      });
    }
    this.parts.notice(
      thread,
      `nobody imports what '${filter.text}' names, but ${found.length} such functions are inside ${module.name}: tracing their entries, as -x would`,
    );
  }
}

interface Found {
  readonly function: ModuleFunction;
  readonly symbol: ModuleFunction['names'][number];
}

function matching(
  module: Module,
  filter: FilterExpression,
  table: 'dynamic' | 'static',
): readonly Found[] | undefined {
  const sources = { dynamic: table === 'dynamic', static: table === 'static' };
  const found: Found[] = [];
  for (const candidate of functionsOf(module.image, sources, filter.namePrefixes)) {
    if (candidate.isIfunc) continue;
    const symbol = candidate.names.find((name) => filter.matches(name, module));
    if (symbol !== undefined) found.push({ function: candidate, symbol });
  }
  return found.length === 0 ? undefined : found;
}
