/** Why rules of filters matched nothing, in words that say what to do. */
import { assertNever } from '../../base/assert-never.js';
import type {
  FilterKind,
  SomeModules,
  UnmatchedReason,
  UnmatchedRule,
} from '../../trace/unmatched.js';
import { escapeName } from './escape.js';

/** One line for all rules that have the same reason, without a newline: rules and reason. */
export interface UnmatchedLine {
  /** `'SSL_*'`, `'a' and 'b'`, `'a', 'b' and 5 more`. */
  readonly rules: string;
  readonly count: number;
  readonly reason: string;
}

export function unmatchedLines(unmatched: readonly UnmatchedRule[]): readonly UnmatchedLine[] {
  const byReason = new Map<string, string[]>();
  for (const rule of unmatched) {
    const reason = escapeName(reasonText(rule.reason));
    const rules = byReason.get(reason);
    const quoted = `'${escapeName(rule.rule)}'`;
    if (rules === undefined) byReason.set(reason, [quoted]);
    else if (!rules.includes(quoted)) rules.push(quoted);
  }
  return [...byReason].map(([reason, rules]) => ({
    rules: listed(rules, rules.length),
    count: rules.length,
    reason,
  }));
}

/** What the command calls the list that a rule stands in. */
export const FILTER_OPTIONS: Readonly<Record<FilterKind, string>> = {
  calls: '-e',
  libraries: '-l',
  functions: '-x',
};

// eslint-disable-next-line complexity -- one arm for each kind of reason
function reasonText(reason: UnmatchedReason): string {
  switch (reason.kind) {
    case 'no-modules':
      return 'no module could be read before the process ended';
    case 'no-such-module':
      return `no module of that name was loaded${orNear(reason.near, looked(reason.looked))}`;
    case 'libraries-unseen':
      return `${reason.program} is static and stripped: libraries that it may load itself are not seen`;
    case 'library-not-called':
      return `nothing that was loaded imports a function of ${names(reason.library)}`;
    case 'no-code-there':
      return `${names(reason.module)} has no code at that address`;
    case 'called-by-others':
      return `${names(reason.callers)} would call such functions, but not ${names(reason.wanted)}`;
    case 'taken-away':
      return `'-${reason.by}' takes it away again, in ${names(reason.modules)}`;
    case 'only-inside': {
      const { functions, module } = reason;
      const are =
        functions === 1 ? '1 function of that name is' : `${functions} functions of that name are`;
      return `nobody imports such a function, but ${are} inside ${module} itself: use -x`;
    }
    case 'not-called': {
      const contain = reason.owners.count === 1 ? 'contains' : 'contain';
      return `no module calls such a function; ${names(reason.owners)} ${contain} it: use -x`;
    }
    case 'no-pointer':
      return 'no pointer to such a function is known';
    case 'function-elsewhere':
      return `such functions are in ${names(reason.owners)}, not in ${names(reason.wanted)}`;
    case 'only-imported': {
      const { importers, stripped } = reason;
      const import_ = importers.count === 1 ? 'imports' : 'import';
      return `${names(importers)} ${import_} such a function, but no module that was loaded contains it${strippedText(stripped)}`;
    }
    case 'unknown-function':
      return unknownText(reason);
    case 'own-tls':
      return ownTlsText(reason);
    case 'system-call':
      return `system calls are asked for with --syscalls ${reason.name}`;
    case 'recorded-as-entries':
      return 'such functions were recorded as entries: use -x';
    case 'not-recorded': {
      const { functions } = reason;
      const recorded = functions === 1 ? '1 function was' : `${functions} functions were`;
      return `no such call was recorded${orNear(reason.near, `calls of ${recorded}`)}`;
    }
    case 'too-late':
      return 'the process ended before its breakpoints were placed';
    case 'not-searched':
      return 'too many functions were loaded to look at all of them';
    case 'told':
      return reason.text;
    default:
      return assertNever(reason);
  }
}

function unknownText({
  wanted,
  looked: count,
  stripped,
  near,
}: Extract<UnmatchedReason, { kind: 'unknown-function' }>): string {
  if (near.length > 0) {
    const where = wanted === undefined ? 'no module has' : `${names(wanted)} has no`;
    const what = wanted === undefined ? ' such a function' : ' such function';
    return `${where}${what}${orNear(near, '')}${strippedText(stripped)}`;
  }
  return wanted === undefined
    ? `no module calls or contains such a function; ${looked(count)}${strippedText(stripped)}`
    : `${names(wanted)} ${wanted.count === 1 ? 'contains' : 'contain'} no such function${strippedText(stripped)}`;
}

function ownTlsText({ language, module }: Extract<UnmatchedReason, { kind: 'own-tls' }>): string {
  const advice = { Go: "; try -x 'crypto/tls.*'", Rust: "; try -x '*rustls*'", Java: '' }[language];
  return `no TLS library was loaded: ${module} is written in ${language}, which brings its own TLS${advice}`;
}

function strippedText(stripped: SomeModules): string {
  if (stripped.count === 0) return '';
  const are = stripped.count === 1 ? 'is' : 'are';
  return `; ${names(stripped)} ${are} stripped: only exported functions have names, others can be given as 0xADDRESS@MODULE`;
}

function looked(modules: number): string {
  return modules === 1 ? '1 module was looked at' : `${modules} modules were looked at`;
}

/** A guess in place of the rest, where there is one. */
function orNear(near: readonly string[], rest: string): string {
  if (near.length > 0) return `; did you mean ${near.join(' or ')}?`;
  return rest === '' ? '' : `; ${rest}`;
}

function names(modules: SomeModules): string {
  return listed(modules.names, modules.count);
}

/** `a`, `a and b`, `a, b and 5 more`. */
function listed(known: readonly string[], count: number): string {
  const [first = '', second] = known;
  if (second === undefined) return first;
  return count === 2 ? `${first} and ${second}` : `${first}, ${second} and ${count - 2} more`;
}
