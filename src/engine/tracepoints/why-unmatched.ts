/** Why a filter rule matched nothing, in words that say what to do: no calls must never look like not looked. */
import type { FilterRule, SymbolIdentity } from '../../filter/symbol-filter.js';
import { functionsOf } from '../../symbol/functions.js';
import type { Module } from '../modules/module.js';

/** Which option the rule came with. */
export type RuleOption = '-e' | '-l' | '-x';

export function whyUnmatched(
  rule: FilterRule,
  option: RuleOption,
  modules: readonly Module[],
): string {
  const fitting = modules.filter((module) => rule.fitsModule(module));
  if (modules.length === 0) return 'no module could be read before the process ended';
  if (rule.outside === 'named' && option === '-e') return whyNoneFromMemory(rule, modules);
  if (fitting.length === 0) return `no module of that name was loaded; ${looked(modules)}`;
  if (option === '-l') return `nothing that was loaded imports a function of ${namesOf(fitting)}`;
  if (rule.address !== undefined) return `${namesOf(fitting)} has no code at that address`;
  const owners = modules.filter((module) => numberInside(module, rule) > 0);
  const importers = modules.filter((module) => imports(module, rule));
  return option === '-e'
    ? whyNoCall({ rule, fitting, owners, importers, modules })
    : whyNoFunction({ rule, fitting, owners, importers, modules });
}

interface Findings {
  readonly rule: FilterRule;
  /** Modules that the library part of the rule names. */
  readonly fitting: readonly Module[];
  /** Modules that contain functions of the name. */
  readonly owners: readonly Module[];
  /** Modules that import such functions. */
  readonly importers: readonly Module[];
  readonly modules: readonly Module[];
}

/** Of an attach: where the rule fits what was looked at, only the breakpoints are missing. */
const TOO_LATE = 'the process ended before its breakpoints were placed';

function whyNoCall({ rule, fitting, owners, importers, modules }: Findings): string {
  const inside = owners.filter((owner) => fitting.includes(owner));
  const [owner] = inside;
  if (importers.length > 0 && fitting.length === modules.length) return TOO_LATE;
  if (importers.length > 0) {
    return `${namesOf(importers)} would call such functions, but not ${namesOf(fitting)}`;
  }
  if (owner !== undefined) {
    const count = numberInside(owner, rule);
    return `nobody imports such a function, but ${functions(count)} of that name ${count === 1 ? 'is' : 'are'} inside ${owner.name} itself: use -x`;
  }
  if (owners.length > 0) {
    return `no module calls such a function; ${namesOf(owners)} ${owners.length === 1 ? 'contains' : 'contain'} it: use -x`;
  }
  return `no module calls or contains such a function; ${looked(modules)}`;
}

function whyNoneFromMemory(rule: FilterRule, modules: readonly Module[]): string {
  const isInside = modules.some((module) => numberInside(module, rule) > 0);
  return isInside
    ? 'no pointer to such a function is known'
    : `no module contains such a function; ${looked(modules)}`;
}

function whyNoFunction({ fitting, owners, importers, modules }: Findings): string {
  const [only] = fitting;
  if (owners.some((owner) => fitting.includes(owner))) return TOO_LATE;
  if (owners.length > 0)
    return `such functions are in ${namesOf(owners)}, not in ${namesOf(fitting)}`;
  const nameless = fitting.filter(isStripped);
  const stripped =
    nameless.length === 0
      ? ''
      : `; ${namesOf(nameless)} ${nameless.length === 1 ? 'is' : 'are'} stripped: only exported functions have names, others can be given as 0xADDRESS@MODULE`;
  if (importers.length > 0) {
    return `${namesOf(importers)} imports such a function, but no module that was loaded contains it${stripped}`;
  }
  return only !== undefined && fitting.length < modules.length
    ? `${namesOf(fitting)} contains no such function${stripped}`
    : `no module contains such a function; ${looked(modules)}${stripped}`;
}

export function whyStatic(program: Module): string {
  const count = functionsOf(program.image, ALL).length;
  return count === 0
    ? 'the program is static, so it calls no library, and stripped: only addresses can be traced, with -x 0xADDRESS'
    : `the program is static, so it calls no library: use -x to trace its own ${functions(count)}`;
}

const ALL = { dynamic: true, static: true } as const;

function numberInside({ image }: Module, rule: FilterRule): number {
  const fits = ({ names }: { readonly names: readonly SymbolIdentity[] }): boolean =>
    names.some((name) => rule.fitsName(name));
  return functionsOf(image, ALL).filter(fits).length;
}

function imports({ image }: Module, rule: FilterRule): boolean {
  for (const symbol of image.dynamicSymbols()) {
    if (!symbol.defined && symbol.name !== '' && rule.fitsName(symbol)) return true;
  }
  return false;
}

const isStripped = ({ image }: Module): boolean => image.staticTable === undefined;

const functions = (count: number): string => (count === 1 ? '1 function' : `${count} functions`);

const looked = (modules: readonly Module[]): string =>
  modules.length === 1 ? '1 module was looked at' : `${modules.length} modules were looked at`;

/** `a`, `a and b`, `a, b and 5 more`. */
function namesOf(modules: readonly Module[]): string {
  const names = [...new Set(modules.map(({ name }) => name))];
  const [first = '', second] = names;
  if (second === undefined) return first;
  return names.length === 2
    ? `${first} and ${second}`
    : `${first}, ${second} and ${names.length - 2} more`;
}
