/** Why rules matched nothing, to JSON and back. */
import type {
  FilterKind,
  SomeModules,
  UnmatchedReason,
  UnmatchedRule,
} from '../../trace/unmatched.js';
import {
  asObject,
  BadEvent,
  choiceOf,
  countOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-fields.js';
import { plainData, quote } from './json-text.js';

export function jsonUnmatched({ rule, filter, reason }: UnmatchedRule): string {
  const kind = filter === undefined ? '' : `,"filter":"${filter}"`;
  return `{"rule":${quote(rule)}${kind},"reason":${plainData(reason)}}`;
}

const FILTERS: readonly FilterKind[] = ['calls', 'libraries', 'functions'];

/** @throws BadEvent */
export function decodeUnmatched(json: unknown): UnmatchedRule {
  const object = asObject(json, 'unmatchedRules');
  const rule = textOf(object, 'rule');
  const { reason } = object;
  // Schema 1 had the words themselves.
  if (typeof reason === 'string') return { rule, reason: { kind: 'told', text: reason } };
  const decoded = decodeReason(asObject(reason, 'reason'));
  return object['filter'] === undefined
    ? { rule, reason: decoded }
    : { rule, filter: choiceOf(object, 'filter', FILTERS), reason: decoded };
}

type ReasonOf<K extends UnmatchedReason['kind']> = Extract<UnmatchedReason, { kind: K }>;
type Fields<K extends UnmatchedReason['kind']> = {
  readonly [F in Exclude<keyof ReasonOf<K>, 'kind'>]-?: (
    object: JsonObject,
    name: string,
  ) => ReasonOf<K>[F];
};

/** What each kind of reason says, and how it is read. */
const FIELDS: { readonly [K in UnmatchedReason['kind']]: Fields<K> } = {
  'no-modules': {},
  'no-such-module': { looked: countOf, near: textsOf },
  'libraries-unseen': { program: textOf },
  'library-not-called': { library: modulesOf },
  'no-code-there': { module: modulesOf },
  'called-by-others': { callers: modulesOf, wanted: modulesOf },
  'taken-away': { by: textOf, modules: modulesOf },
  'not-called': { owners: modulesOf },
  'no-pointer': { owners: modulesOf },
  'only-inside': { module: textOf, functions: countOf },
  'function-elsewhere': { owners: modulesOf, wanted: modulesOf },
  'only-imported': { importers: modulesOf, stripped: modulesOf },
  'unknown-function': {
    looked: countOf,
    wanted: (object, name) => (object[name] === undefined ? undefined : modulesOf(object, name)),
    stripped: modulesOf,
    near: textsOf,
  },
  'own-tls': {
    language: (object, name) => choiceOf(object, name, ['Go', 'Java', 'Rust']),
    module: textOf,
  },
  'system-call': { name: textOf },
  'recorded-as-entries': {},
  'not-recorded': { functions: countOf, near: textsOf },
  'too-late': {},
  'not-searched': {},
  told: { text: textOf },
};

function decodeReason(object: JsonObject): UnmatchedReason {
  const kind = textOf(object, 'kind');
  if (!Object.hasOwn(FIELDS, kind)) throw new BadEvent(`no reason is of the kind ${kind}`);
  const fields = Object.entries(FIELDS[kind as UnmatchedReason['kind']]) as [
    string,
    (object: JsonObject, name: string) => unknown,
  ][];
  const read = fields.map(([name, field]) => [name, field(object, name)] as const);
  const present = read.filter(([, value]) => value !== undefined);
  return { kind, ...Object.fromEntries(present) } as UnmatchedReason;
}

function modulesOf(object: JsonObject, name: string): SomeModules {
  const modules = asObject(object[name], name);
  return { names: textsOf(modules, 'names'), count: countOf(modules, 'count') };
}
