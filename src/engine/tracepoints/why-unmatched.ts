/** Why filter rules matched nothing: no calls must never look like not looked. The words are the output's. */
import { nearModules } from '../../filter/near-modules.js';
import type { SomeModules, UnmatchedReason, UnmatchedRule } from '../../trace/unmatched.js';
import type { Module } from '../modules/module.js';
import { nearFunctions } from './near-functions.js';
import { ownTlsOf } from './own-tls.js';
import { Findings, searchFor, type OpenRule, type SearchedModules } from './rule-search.js';

export function whyUnmatched(
  rules: readonly OpenRule[],
  searched: SearchedModules,
): readonly UnmatchedRule[] {
  const { modules } = searched;
  const told = new Map(rules.map((open) => [open, withoutSearch(open, modules)]));
  const found = searchFor(
    rules.filter((open) => told.get(open) === undefined),
    searched,
  );
  return rules.map((open) => ({
    rule: open.rule.text,
    filter: open.filter,
    reason: told.get(open) ?? bySearch(open, found.get(open) ?? new Findings(), modules),
  }));
}

/** What the names of the modules tell already. */
function withoutSearch(
  { rule, filter }: OpenRule,
  modules: readonly Module[],
): UnmatchedReason | undefined {
  if (modules.length === 0) return { kind: 'no-modules' };
  // Code that belongs to no file may come at any time.
  if (rule.outside === 'named' && filter === 'calls') return undefined;
  const callees = modules.filter((module) => rule.fitsCallee(module));
  if (callees.length === 0 || !modules.some((module) => rule.fitsCaller(module))) {
    const blind = modules.every(isBlindToLibraries) ? modules[0] : undefined;
    if (blind !== undefined) return { kind: 'libraries-unseen', program: blind.name };
    const near = nearModules(rule.literal.modules, modules);
    return { kind: 'no-such-module', looked: modules.length, near };
  }
  if (filter === 'libraries') return { kind: 'library-not-called', library: some(callees) };
  if (rule.address !== undefined) return { kind: 'no-code-there', module: some(callees) };
  const name = rule.literal.symbol;
  return name?.startsWith(SYSTEM_CALL) === true
    ? { kind: 'system-call', name: name.slice(SYSTEM_CALL.length) }
    : undefined;
}

/** What the trace shows before the names of system calls. */
const SYSTEM_CALL = 'SYS_';

function bySearch(open: OpenRule, findings: Findings, modules: readonly Module[]): UnmatchedReason {
  // Of an attach: only the breakpoints are missing.
  if (findings.accepted) return { kind: 'too-late' };
  if (findings.takenAway !== undefined) {
    const { by, modules: dropped } = findings.takenAway;
    return { kind: 'taken-away', by: by.text, modules: some(dropped) };
  }
  if (open.rule.outside === 'named' && open.filter === 'calls') {
    const { owners } = findings;
    if (owners.size > 0) return { kind: 'no-pointer', owners: some(owners.keys()) };
  }
  const wanted = {
    callers: modules.filter((module) => open.rule.fitsCaller(module)),
    callees: modules.filter((module) => open.rule.fitsCallee(module)),
  };
  const reason =
    open.filter === 'calls' ? whyNoCall(findings, wanted) : whyNoFunction(findings, wanted);
  if (reason !== undefined) return reason;
  return findings.complete ? whyUnknown(open, wanted, modules) : { kind: 'not-searched' };
}

/** The modules that the rule names. */
interface Wanted {
  readonly callers: readonly Module[];
  readonly callees: readonly Module[];
}

function whyNoCall(
  { importers, owners }: Findings,
  { callers, callees }: Wanted,
): UnmatchedReason | undefined {
  if (importers.size > 0) {
    return callers.some((caller) => importers.has(caller)) && owners.size > 0
      ? { kind: 'function-elsewhere', owners: some(owners.keys()), wanted: some(callees) }
      : { kind: 'called-by-others', callers: some(importers), wanted: some(callers) };
  }
  const inside = callers.find((caller) => owners.has(caller));
  if (inside !== undefined) {
    const functions = owners.get(inside)?.size ?? 0;
    return { kind: 'only-inside', module: inside.name, functions };
  }
  return owners.size === 0 ? undefined : { kind: 'not-called', owners: some(owners.keys()) };
}

function whyNoFunction(
  { importers, owners }: Findings,
  { callees }: Wanted,
): UnmatchedReason | undefined {
  if (owners.size > 0) {
    return { kind: 'function-elsewhere', owners: some(owners.keys()), wanted: some(callees) };
  }
  if (importers.size === 0) return undefined;
  const stripped = some(callees.filter(isStripped));
  return { kind: 'only-imported', importers: some(importers), stripped };
}

function whyUnknown(
  { rule, filter }: OpenRule,
  { callees }: Wanted,
  modules: readonly Module[],
): UnmatchedReason {
  const ownTls = ownTlsOf(rule, modules);
  if (ownTls !== undefined) return ownTls;
  const isOfFunctions = filter === 'functions';
  return {
    kind: 'unknown-function',
    looked: modules.length,
    ...(isOfFunctions && callees.length < modules.length && { wanted: some(callees) }),
    // Nobody calls local functions from outside; in a static program all are its own.
    stripped: some(callees.filter((it) => isStripped(it) && (isOfFunctions || it.image.isStatic))),
    near: nearFunctions(rule, modules),
  };
}

const isStripped = ({ image }: Module): boolean => image.staticTable === undefined;

/** The linker that is part of a static program is found by its symbols; whether it is there nobody can say without. */
const isBlindToLibraries = (module: Module): boolean =>
  module.isMainProgram && module.image.isStatic && isStripped(module);

/** Names that are kept: more nobody reads. */
const MOST_NAMES = 8;

function some(modules: Iterable<Module>): SomeModules {
  const names = [...new Set([...modules].map(({ name }) => name))];
  return { names: names.slice(0, MOST_NAMES), count: names.length };
}
