/** From words to a request: reads the command line and says what is to be run. */
import type { SyscallPolicy } from '../engine/engine-options.js';
import {
  functionsNamed,
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
  type ParseOptions,
} from '../filter/parse-filter.js';
import { parseSyscallSelection } from '../filter/syscall-selection.js';
import { depthCondition } from '../filter/where/depth-condition.js';
import { parseWhere, type WhereCondition } from '../filter/where/parse-where.js';
import type { CaptureLimits } from '../lens/stopped-call.js';
import type { OutputFormat } from '../output/output-format.js';
import { BUNDLED_PROTOTYPES } from '../prototype/prototype-files.js';
import { defaultPlaces, type PrototypePlaces } from '../prototype/prototype-library.js';
import { declaredValues } from '../prototype/declared-values.js';
import { loadShownNames, type ShownNames } from '../prototype/shown-names.js';
import { isSyscallName } from '../prototype/syscalls.js';
import { demangle } from '../symbol/demangle.js';
import { usageError } from './command-line.js';
import { CHECK_OPTIONS, checksOf, refuseStrayChecks } from './call-checks.js';
import { completionScript } from './completion/completion-script.js';
import { debugHelp, parseDebugChannels } from './debug-channels.js';
import { helpPage, helpText } from './help.js';
import { identityOf, refuseIdentity } from './identity-options.js';
import { listOutputOf, outputRequestOf } from './output-options.js';
import { AUDITED_FUNCTIONS, AUDITED_SYSCALLS } from '../audit/fold/functions.js';
import { ParsedOptions } from './parsed-options.js';
import { detachLimitOf, followPolicyOf, targetsOf } from './process-options.js';
import type {
  CompareRequest,
  Diagnosis,
  Filters,
  PrototypeRequest,
  ReadRequest,
  RecordedSelection,
  RunRequest,
  Selection,
  TraceRequest,
} from './run-request.js';
import { functionSetsOf, setsText } from './function-sets.js';
import { foldersOf, type Surroundings } from './surroundings.js';

/** ltrace's defaults. */
const DEFAULT_STRING_BYTES = 32;
const DEFAULT_ARRAY_ELEMENTS = 4;

/**
 * `words`: the command line behind the name of the command.
 * Throws UserError: 'usage' for a wrong command line, otherwise as {@link targetsOf} does.
 */
export function configure(words: readonly string[], around: Surroundings): RunRequest {
  const options = new ParsedOptions(words);
  const text = textToPrint(options, around);
  if (text !== undefined) return { kind: 'print', text };
  const modes = (['list', 'read', 'compare'] as const).filter((name) => options.has(name));
  refuseStrayChecks(options, modes);
  if (modes.length > 1) {
    throw usageError(`${modes.map((name) => `--${name}`).join(' and ')} exclude each other`);
  }
  if (modes.length > 0) refuseIdentity(options);
  switch (modes[0] ?? 'trace') {
    case 'list':
      return listRequest(options, around);
    case 'read':
      return readRequest(options, around);
    case 'compare':
      return compareRequest(options, around);
    case 'trace':
      return traceRequest(options, around);
  }
}

function textToPrint(options: ParsedOptions, around: Surroundings): string | undefined {
  if (options.has('help')) {
    const group = options.has('audit')
      ? 'Auditing'
      : options.has('summary')
        ? 'Counting'
        : options.has('compare')
          ? 'Yes or no'
          : undefined;
    return (group && helpPage(group)) ?? helpText();
  }
  if (options.has('version')) return `tsltrace ${around.version}\n`;
  if (options.last('debug') === 'help') return debugHelp();
  const shell = options.last('completion');
  return shell === undefined ? undefined : completionScript(shell);
}

function traceRequest(options: ParsedOptions, around: Surroundings): TraceRequest {
  const where = whereOf(options, around);
  // Mistakes in expressions come before the search for the program.
  const selection = {
    filters: filtersOf(options, around),
    syscalls: syscallsOf(options),
    where: where.conditions,
  };
  const checks = checksOf(options, parseOptionsOf(options, around));
  const output = outputRequestOf(options, around);
  const isAudit = options.has('audit');
  return {
    kind: 'trace',
    identity: identityOf(options),
    ...selection,
    ...(isAudit && { filters: auditFilters(options), syscalls: AUDITED_PROGRAMS_WITHOUT_LIBC }),
    ...diagnosisOf(options),
    captures: capturesOf(output.format, where.conditions.length + checks.length > 0),
    follow: isAudit && !options.has('follow-only') ? { kind: 'all' } : followPolicyOf(options),
    detachLimit: detachLimitOf(options),
    backtraceFrames: options.integer('backtrace') ?? where.backtraceFrames,
    scriptOrigin: scriptOriginOf(options, where.conditions, isAudit),
    callerSource: callerSourceOf(options, isAudit),
    cpuTime: options.has('cpu-time'),
    ...prototypesOf(options, around),
    ...(isAudit && { limits: { ...limitsOf(options), ...AUDIT_LIMITS } }),
    waiting: options.has('no-spin') ? 'never-spin' : 'may-spin',
    catching: options.last('engine') === 'inline' ? 'inline' : 'trap',
    output,
    targets: targetsOf(options, around),
    checks,
    command: options.operands,
  };
}

/** An audit asks who wanted it, and that is seldom the innermost. */
function scriptOriginOf(
  options: ParsedOptions,
  conditions: Selection['where'],
  isAudit: boolean,
): TraceRequest['scriptOrigin'] {
  if (isAudit) return 'stack';
  const isAsked = options.has('origin') || conditions.some(({ asksForScript }) => asksForScript);
  return isAsked ? 'innermost' : 'none';
}

function callerSourceOf(options: ParsedOptions, isAudit: boolean): TraceRequest['callerSource'] {
  if (isAudit || options.has('instruction-pointer')) return 'all-callers';
  return options.has('origin') ? 'callers-without-script' : 'none';
}

/** Lists of ciphers are long, and an address of IPv6 has 16 bytes. */
const AUDIT_LIMITS = { stringBytes: 4096, arrayElements: 64 };

/** What passes the C library by is seen where it enters the kernel. */
const AUDITED_PROGRAMS_WITHOUT_LIBC: SyscallPolicy = {
  kind: 'some',
  programs: 'without-libc',
  selects: (name) => AUDITED_SYSCALLS.has(name),
};

/** An audit chooses its functions itself. */
function auditFilters(options: ParsedOptions): Filters {
  for (const name of ['calls', 'functions', 'library', 'syscalls', 'where'] as const) {
    if (options.has(name)) throw usageError(`--audit and --${name} exclude each other`);
  }
  return {
    calls: [parseCallFilter('')],
    libraries: [],
    functions: [functionsNamed('--audit', AUDITED_FUNCTIONS)],
  };
}

/** Counting reads no arguments, unless a condition asks for their values or a line is to show them. */
function capturesOf({ reads }: OutputFormat, areAskedFor: boolean): OutputFormat['reads'] {
  return reads === 'outcomes' && areAskedFor ? 'arguments' : reads;
}

function listRequest(options: ParsedOptions, around: Surroundings): RunRequest {
  const [first] = options.operands;
  if (first?.startsWith('%') === true) {
    return { kind: 'print', text: setsText(options.operands, functionSetsOf(options, around)) };
  }
  const filters = filtersOf(options, around);
  const [target, another] = targetsOf(options, around);
  if (target === undefined || another !== undefined) {
    throw usageError('--list looks at one command, or one process with -p');
  }
  return {
    kind: 'list',
    target,
    filters,
    output: listOutputOf(options, around),
    names: options.has('demangle') ? 'demangled' : 'mangled',
    ...prototypesOf(options, around),
    ...diagnosisOf(options),
  };
}

function readRequest(options: ParsedOptions, around: Surroundings): ReadRequest {
  if (options.operands.length > 0 || options.has('attach')) {
    throw usageError('--read takes neither a command nor -p');
  }
  return {
    kind: 'read',
    path: options.last('read') ?? '',
    checks: checksOf(options, parseOptionsOf(options, around)),
    ...recordedSelectionOf(options, around),
    output: outputRequestOf(options, around),
  };
}

const FILTERING = ['calls', 'functions', 'library', 'no-default-filter', ...CHECK_OPTIONS] as const;

function recordedSelectionOf(options: ParsedOptions, around: Surroundings): RecordedSelection {
  const hasFilter = FILTERING.some((name) => options.has(name));
  const hasSyscalls = options.has('syscalls');
  return {
    filters: hasFilter ? filtersOf(options, around) : 'everything',
    // Without any filter all that was recorded; with one what a live trace shows.
    syscalls: hasSyscalls || hasFilter ? syscallsOf(options) : ALL_SYSCALLS,
    where: whereOf(options, around).conditions,
  };
}

function compareRequest(options: ParsedOptions, around: Surroundings): CompareRequest {
  const [before, after, ...more] = options.operands;
  if (before === undefined || after === undefined || more.length > 0) {
    throw usageError('--compare needs two recordings: --compare OLD NEW');
  }
  const output = outputRequestOf(options, around);
  const { name } = output.format;
  if (name !== 'text' && name !== 'json') {
    throw usageError('--compare writes text or --format json');
  }
  return {
    kind: 'compare',
    before,
    after,
    format: name,
    counts: options.has('ignore-counts') ? 'ignored' : 'compared',
    ...recordedSelectionOf(options, around),
    output,
  };
}

/**
 * All that the program calls, as ltrace has it: without the C runtime's own call at the end of every
 * position-independent program (crtstuff.c, __do_global_dtors_aux). `-e @MAIN` shows that too.
 */
const DEFAULT_CALLS = '@MAIN-__cxa_finalize';

function filtersOf(options: ParsedOptions, around: Surroundings): Filters {
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

function parseOptionsOf(options: ParsedOptions, around: Surroundings): ParseOptions {
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

function prototypePlacesOf(options: ParsedOptions, around: Surroundings): PrototypePlaces {
  return defaultPlaces(foldersOf(around), prototypePathsOf(options), BUNDLED_PROTOTYPES);
}

function prototypesOf(options: ParsedOptions, around: Surroundings): PrototypeRequest {
  return {
    limits: limitsOf(options),
    prototypePaths: prototypePathsOf(options),
    prototypeFiles: around.prototypeFiles,
  };
}

function prototypePathsOf(options: ParsedOptions): readonly string[] {
  return options.all('config').flatMap((paths) => paths.split(':').filter(Boolean));
}

const ALL_SYSCALLS: SyscallPolicy = { kind: 'some', programs: 'all', selects: () => true };

function syscallsOf(options: ParsedOptions): SyscallPolicy {
  const selections = options
    .all('syscalls')
    .map((text) => parseSyscallSelection(text, isSyscallName));
  if (selections.length > 0) {
    return {
      kind: 'some',
      programs: 'all',
      selects: (name) => selections.some((set) => set.selects(name)),
    };
  }
  return options.has('all-syscalls') ? ALL_SYSCALLS : { kind: 'none' };
}

interface Where {
  readonly conditions: Selection['where'];
  readonly backtraceFrames: number;
}

/** `--where=5` is what ltrace calls `-w 5`: a number alone would be no condition. */
function whereOf(options: ParsedOptions, around: Surroundings): Where {
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

function limitsOf(options: ParsedOptions): CaptureLimits {
  return {
    stringBytes: options.integer('string-limit') ?? DEFAULT_STRING_BYTES,
    arrayElements: options.integer('array-limit') ?? DEFAULT_ARRAY_ELEMENTS,
    showSecrets: options.has('show-secrets'),
    descriptorPaths: options.has('descriptor-paths'),
  };
}

function diagnosisOf(options: ParsedOptions): Diagnosis {
  return { debug: [...new Set(options.all('debug').flatMap(parseDebugChannels))] };
}
