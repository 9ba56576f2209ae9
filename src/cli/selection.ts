/** Which events are wanted: -e, -x, -l, -S, --where and their like, and what an audit wants. */
import { AUDITED_CALLS, AUDITED_FUNCTIONS, AUDITED_SYSCALLS } from '../audit/fold/functions.js';
import type { AuditPolicy } from '../audit/policy/audit-policy.js';
import type {
  CallerSourcePolicy,
  ScriptOriginPolicy,
  SyscallPolicy,
} from '../engine/engine-options.js';
import {
  callsNamed,
  functionsNamed,
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
  type ParseOptions,
} from '../filter/parse-filter.js';
import { parseSyscallSelection } from '../filter/syscall-selection.js';
import { depthCondition } from '../filter/where/depth-condition.js';
import { parseWhere, type WhereCondition } from '../filter/where/parse-where.js';
import { declaredValues } from '../prototype/declared-values.js';
import { loadShownNames, type ShownNames } from '../prototype/shown-names.js';
import { isSyscallName } from '../prototype/syscalls.js';
import { ALL_SYSCALLS, syscallsIn } from '../request/policies.js';
import { demangle } from '../symbol/demangle.js';
import { CHECK_OPTIONS, checksOf } from './call-checks.js';
import { usageError } from './command-line.js';
import { functionSetsOf } from './function-sets.js';
import { ParsedOptions } from './parsed-options.js';
import { prototypePlacesOf } from './prototype-options.js';
import type { Filters, RecordedSelection, Selection } from './run-request.js';
import type { Surroundings } from './surroundings.js';

/**
 * All that the program calls, as ltrace has it: without the C runtime's own call at the end of every
 * position-independent program (crtstuff.c, __do_global_dtors_aux). `-e @MAIN` shows that too.
 */
const DEFAULT_CALLS = '@MAIN-__cxa_finalize';

export function filtersOf(options: ParsedOptions, around: Surroundings): Filters {
  const parsing = parseOptionsOf(options, around);
  const calls = options.all('calls').map((text) => parseCallFilter(text, parsing));
  const checked = checksOf(options, parsing).map(({ filter }) => filter);
  const libraries = options.all('library').map((text) => parseLibraryFilter(text, parsing));
  const functions = options.all('functions').map((text) => parseFunctionFilter(text, parsing));
  const withoutDefault = options.has('no-default-filter');
  if (withoutDefault && calls.length > 0) throw usageError("-L can't be used with -e");
  const hasCalls = calls.length + libraries.length + checked.length > 0 || withoutDefault;
  const wanted = hasCalls ? [...calls, ...checked] : [parseCallFilter(DEFAULT_CALLS)];
  return { calls: wanted, libraries, functions };
}

export function parseOptionsOf(options: ParsedOptions, around: Surroundings): ParseOptions {
  let shown: ShownNames | undefined;
  // What was given is read in any case: mistakes in it are told.
  let sets = options.has('sets') ? functionSetsOf(options, around) : undefined;
  return {
    paths: around.realPath,
    demangle,
    shownNames: () =>
      (shown ??= loadShownNames(around.prototypeFiles, prototypePlacesOf(options, around))),
    sets: () => (sets ??= functionSetsOf(options, around)),
  };
}

export function syscallsOf(options: ParsedOptions): SyscallPolicy {
  const selections = options
    .all('syscalls')
    .map((text) => parseSyscallSelection(text, isSyscallName));
  if (selections.length === 0 && options.has('all-syscalls')) return ALL_SYSCALLS;
  return syscallsIn(selections);
}

export interface Where {
  readonly conditions: Selection['where'];
  readonly backtraceFrames: number;
}

/** `--where=5` is what ltrace calls `-w 5`: a number alone would be no condition. */
export function whereOf(options: ParsedOptions, around: Surroundings): Where {
  const conditions: WhereCondition[] = [];
  const knownValues = (): ReadonlySet<string> =>
    declaredValues(around.prototypeFiles, prototypePlacesOf(options, around));
  let backtraceFrames = 0;
  for (const text of options.all('where')) {
    if (/^[0-9]+$/.test(text))
      backtraceFrames = new ParsedOptions(['-w', text]).integer('backtrace') ?? 0;
    else conditions.push(parseWhere(text, knownValues));
  }
  const levels = options.integer('depth');
  if (levels !== undefined) conditions.push(depthCondition(levels));
  return { conditions, backtraceFrames };
}

const FILTERING = ['calls', 'functions', 'library', 'no-default-filter', ...CHECK_OPTIONS] as const;

export function recordedSelectionOf(
  options: ParsedOptions,
  around: Surroundings,
): RecordedSelection {
  const hasFilter = FILTERING.some((name) => options.has(name));
  const hasSyscalls = options.has('syscalls');
  return {
    filters: hasFilter ? filtersOf(options, around) : 'everything',
    // Without any filter all that was recorded; with one what a live trace shows.
    syscalls: hasSyscalls || hasFilter ? syscallsOf(options) : ALL_SYSCALLS,
    where: whereOf(options, around).conditions,
  };
}

/** An audit asks who wanted it, and that is seldom the innermost. */
export function scriptOriginOf(
  options: ParsedOptions,
  conditions: Selection['where'],
  isAudit: boolean,
): ScriptOriginPolicy {
  if (isAudit) return 'stack';
  const isAsked = options.has('origin') || conditions.some(({ asksForScript }) => asksForScript);
  return isAsked ? 'innermost' : 'none';
}

export function callerSourceOf(options: ParsedOptions, isAudit: boolean): CallerSourcePolicy {
  if (isAudit || options.has('instruction-pointer')) return 'all-callers';
  return options.has('origin') ? 'callers-without-script' : 'none';
}

/** What passes the C library by is seen where it enters the kernel. */
export const AUDITED_PROGRAMS_WITHOUT_LIBC: SyscallPolicy = {
  kind: 'some',
  programs: 'without-libc',
  selects: (name) => AUDITED_SYSCALLS.has(name),
};

/** An audit chooses its functions itself, with those that its policy names. */
export function auditFilters(options: ParsedOptions, { calls }: AuditPolicy): Filters {
  for (const name of ['calls', 'functions', 'library', 'syscalls', 'where'] as const) {
    if (options.has(name)) throw usageError(`--audit and --${name} exclude each other`);
  }
  return {
    calls: [
      callsNamed('--audit', AUDITED_CALLS, ['libcrypto.*', 'libssl.*', 'libcrypto-*', 'libssl-*']),
    ],
    libraries: [],
    functions: [functionsNamed('--audit', AUDITED_FUNCTIONS), ...calls.map(({ filter }) => filter)],
  };
}
