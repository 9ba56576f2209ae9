/**
 * -e names functions that no module imports, but some module contains: a program with its own OpenSSL, a static
 * program. Nothing crosses a module border there, so the functions themselves are taken, however they are called.
 */
import { loadedAt } from '../../base/address.js';
import type { FilteredCall, FilterExpression, FilterRule } from '../../filter/symbol-filter.js';
import { functionsOf, type ModuleFunction } from '../../symbol/functions.js';
import { definedSymbols } from '../modules/defined-symbols.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { DroppedImports } from './dropped-imports.js';
import type { Coverage } from './coverage.js';
import type { CallRules } from './call-rules.js';
import type { SitePlacer } from './site-placer.js';

export interface OwnFunctionPlacerParts {
  readonly rules: CallRules;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly dropped: DroppedImports;
  /** One line for the user. */
  notice(thread: Thread, text: string): void;
}

export class OwnFunctionPlacer {
  private readonly said = new Set<string>();

  constructor(private readonly parts: OwnFunctionPlacerParts) {}

  /** Looks again whenever modules come, as long as nobody imports what the filter names. */
  place(thread: Thread, fresh: readonly Module[]): void {
    const { rules, coverage } = this.parts;
    for (const filter of rules.calls) {
      const marks = filter.rules.filter(({ effect }) => effect === 'mark');
      if (filter.betweenModulesAlone === true) {
        marks.forEach((rule) => {
          coverage.answer(rule);
        });
        continue;
      }
      const open = marks.filter((rule) => namesFunctions(rule) && !coverage.isCalled(rule));
      for (const rule of marks) {
        const program = fresh.find(({ image, isMainProgram }) => isMainProgram && image.isStatic);
        if (program !== undefined && !namesFunctions(rule)) this.sayStatic(thread, program, rule);
      }
      if (open.length === 0) continue;
      for (const module of fresh) this.placeIn(thread, module, { filter, open });
    }
  }

  /** `@MAIN` finds no more than IFUNCs there. */
  private sayStatic(thread: Thread, program: Module, rule: FilterRule): void {
    this.parts.coverage.answer(rule);
    if (this.parts.coverage.hasFunctionRules) return;
    this.sayOnce(thread, `${program.name}: ${whyStatic(program)}`);
  }

  private placeIn(thread: Thread, module: Module, wanted: Wanted): void {
    const { filter } = wanted;
    if (!filter.canBeCaller(module) || !filter.canBeCallee(module)) return;
    const inside = matching(module, wanted, 'dynamic') ?? matching(module, wanted, 'static');
    if (inside === undefined) return;
    const open = wanted.open.filter((rule) => !this.isCalled(thread, filter, rule));
    const found = inside.filter(({ call }) => open.some((rule) => rule.fits(call) !== 'no'));
    if (found.length === 0) return;
    for (const {
      function: { address },
      symbol,
    } of found) {
      this.parts.coverage.cover([filter], { symbol, caller: module, callee: module });
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
        callerOf: ({ from }) =>
          filter.judge({ symbol, caller: from.caller, callee: module }) === 'no'
            ? undefined
            : from.callSite,
        confirms: filter.dependsOnShownName(symbol)
          ? (call) => filter.judge({ ...call, symbol }) !== 'no'
          : undefined,
      });
    }
    const names = open.map(({ text }) => `'${text}'`).join(' and ');
    const functions = found.length === 1 ? '1 function is' : `${found.length} functions are`;
    this.sayOnce(
      thread,
      `nobody imports what ${names} names, but ${functions} inside ${module.name} itself: traced at entry, as -x does`,
    );
  }

  /** Also by calls that another rule takes away: who excludes a caller does not ask for its callee's own business. */
  private isCalled(thread: Thread, filter: FilterExpression, rule: FilterRule): boolean {
    const { coverage, dropped } = this.parts;
    if (coverage.isCalled(rule)) return true;
    if (!dropped.areOf(rule, filter, thread.process.space)) return false;
    coverage.calls(rule);
    return true;
  }

  /** Several files may have the same SONAME. */
  private sayOnce(thread: Thread, text: string): void {
    if (this.said.has(text) || this.said.size > MOST_SAID) return;
    this.said.add(text);
    this.parts.notice(thread, this.said.size > MOST_SAID ? AND_SO_ON : text);
  }
}

/** Of a program with thousands of plugins each might be named. */
const MOST_SAID = 10;
const AND_SO_ON =
  'functions of that name are inside further modules, which are not named: traced at entry, too';

/** Not `@MAIN`, not `*`: no function has the name asked about, so only a rule for all fits it. */
const namesFunctions = (rule: FilterRule): boolean => !rule.fitsName({ name: '\u0000' });

interface Wanted {
  readonly filter: FilterExpression;
  /** Its rules that nobody's imports fit. */
  readonly open: readonly FilterRule[];
}

interface Found {
  readonly function: ModuleFunction;
  readonly symbol: ModuleFunction['names'][number];
  readonly call: FilteredCall;
}

function matching(
  module: Module,
  { filter, open }: Wanted,
  table: 'dynamic' | 'static',
): readonly Found[] | undefined {
  const sources = { dynamic: table === 'dynamic', static: table === 'static' };
  const found: Found[] = [];
  for (const candidate of functionsOf(module.image, sources, filter.namePrefixes)) {
    if (candidate.isIfunc) continue;
    const symbol = candidate.names.find((name) => {
      if (!filter.mayTake(name)) return false;
      const call = { symbol: name, caller: module, callee: module };
      return filter.judge(call) !== 'no' && open.some((rule) => rule.fits(call) !== 'no');
    });
    if (symbol === undefined) continue;
    const call = { symbol, caller: module, callee: module };
    found.push({ function: candidate, symbol, call });
  }
  return found.length === 0 ? undefined : found;
}

function whyStatic({ image }: Module): string {
  const count = functionsOf(image, { dynamic: true, static: true }).length;
  if (count === 0) {
    return 'the program is static and stripped: libraries that it may load itself are not seen, and only addresses can be traced, with -x 0xADDRESS';
  }
  const own = count === 1 ? '1 function' : `${count} functions`;
  const library =
    definedSymbols(image, 'dlopen').length > 0 ? 'library but what it loads itself' : 'library';
  return `the program is static, so it calls no ${library}: use -x to trace its own ${own}`;
}
