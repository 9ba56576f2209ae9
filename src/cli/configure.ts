/** From words to a request: reads the command line and says what is to be run. */
import type { OutputFormat } from '../output/output-format.js';
import { engineRequest } from '../request/engine-request.js';
import { auditPolicyOf } from './audit-options.js';
import { checksOf, refuseStrayChecks } from './call-checks.js';
import { usageError } from './command-line.js';
import { completionScript } from './completion/completion-script.js';
import { debugHelp, parseDebugChannels } from './debug-channels.js';
import { functionSetsOf, setsText } from './function-sets.js';
import { helpPage, helpText } from './help.js';
import { identityOf, refuseIdentity } from './identity-options.js';
import { listOutputOf, outputRequestOf } from './output-options.js';
import { ParsedOptions } from './parsed-options.js';
import { detachLimitOf, followPolicyOf, targetsOf } from './process-options.js';
import { prototypesOf } from './prototype-options.js';
import type {
  CompareRequest,
  Diagnosis,
  ReadRequest,
  RunRequest,
  TraceRequest,
} from './run-request.js';
import {
  auditFilters,
  AUDITED_PROGRAMS_WITHOUT_LIBC,
  callerSourceOf,
  filtersOf,
  parseOptionsOf,
  recordedSelectionOf,
  scriptOriginOf,
  syscallsOf,
  whereOf,
} from './selection.js';
import type { Surroundings } from './surroundings.js';

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
  const filters = filtersOf(options, around);
  const syscalls = syscallsOf(options);
  const checks = checksOf(options, parseOptionsOf(options, around));
  const output = outputRequestOf(options, around);
  const identity = identityOf(options);
  const isAudit = options.has('audit');
  const selected = isAudit
    ? { ...auditFilters(options, auditPolicyOf(options)), syscalls: AUDITED_PROGRAMS_WITHOUT_LIBC }
    : { ...filters, syscalls };
  const { limits, ...prototypes } = prototypesOf(options, around);
  return {
    kind: 'trace',
    where: where.conditions,
    ...diagnosisOf(options),
    captures: capturesOf(output.format, where.conditions.length + checks.length > 0),
    ...prototypes,
    limits: isAudit ? { ...limits, ...AUDIT_LIMITS } : limits,
    waiting: options.has('no-spin') ? 'never-spin' : 'may-spin',
    output,
    checks,
    engine: engineRequest({
      ...selected,
      identity,
      follow: isAudit && !options.has('follow-only') ? { kind: 'all' } : followPolicyOf(options),
      detachLimit: detachLimitOf(options),
      backtraceFrames: options.integer('backtrace') ?? where.backtraceFrames,
      scriptOrigin: scriptOriginOf(options, where.conditions, isAudit),
      callerSource: callerSourceOf(options, isAudit),
      cpuTime: options.has('cpu-time'),
      catching: options.last('engine') === 'inline' ? 'inline' : 'trap',
      measureCost: output.format.cost === 'stated',
      targets: targetsOf(options, around),
      command: options.operands,
    }),
  };
}

/** Lists of ciphers are long, and an address of IPv6 has 16 bytes. */
const AUDIT_LIMITS = { stringBytes: 4096, arrayElements: 64 };

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

function compareRequest(options: ParsedOptions, around: Surroundings): CompareRequest {
  const [before, after, ...more] = options.operands;
  if (before === undefined || after === undefined || more.length > 0) {
    const isBehind = more.some((word) => word.startsWith('-'));
    const where = isBehind ? '; options stand before them' : '';
    throw usageError(`--compare needs two recordings: --compare OLD NEW${where}`);
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
    names: options.has('demangle') ? 'demangled' : 'mangled',
    ...recordedSelectionOf(options, around),
    output,
  };
}

function diagnosisOf(options: ParsedOptions): Diagnosis {
  return { debug: [...new Set(options.all('debug').flatMap(parseDebugChannels))] };
}
