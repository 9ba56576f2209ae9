/** Where the trace goes and how it reads. */
import { AUDIT_FORMS, type AuditOptions } from '../output/audit/audit-sink.js';
import { auditFormat, JSON_FORMAT } from '../output/formats.js';
import type { OutputDestination } from '../output/make-sinks.js';
import type { OutputFormat } from '../output/output-format.js';
import {
  alignForWidth,
  type PidStyle,
  type TextOptions,
  type TimeStyle,
  type Visibility,
} from '../output/text/text-options.js';
import { auditPolicyOf, baselineNamed, collectorNamed } from './audit-options.js';
import { usageError } from './command-line.js';
import { countingFormat, countingOptions, intervalOf } from './counting-options.js';
import { formatNamed } from './formats.js';
import { namesOf } from './names-option.js';
import type { ParsedOptions } from './parsed-options.js';
import type { OutputRequest, PipeDestination } from './run-request.js';
import { environmentValue, terminalColumns, type Surroundings } from './surroundings.js';

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

/** Throws UserError ('usage') for options that exclude each other. */
export function outputRequestOf(options: ParsedOptions, around: Surroundings): OutputRequest {
  const destination = destinationOf(options);
  const format = formatOf(options, around, destination);
  return {
    format,
    destination,
    argumentNames: argumentNamesOf(options, format),
    notices: options.has('quiet') ? 'hide' : 'show',
    readers: options.has('show-secrets') ? 'owner' : 'by-umask',
    ...(options.has('record') && { record: options.last('record') ?? '' }),
  };
}

/** A list is lines of text, on standard output where nothing else is said. */
export function listOutputOf(options: ParsedOptions, around: Surroundings): OutputRequest {
  const request = outputRequestOf(options, around);
  const { format, destination } = request;
  if (format.name !== 'text') {
    const asked = options.last('format');
    throw usageError(
      asked === undefined
        ? '--list shows no calls that could be counted or recorded'
        : `--list writes text alone, not --format ${asked}`,
    );
  }
  if (destination.kind === 'file-per-process') {
    throw usageError('--list writes one file: -o FILE without %p');
  }
  return options.has('output')
    ? request
    : { ...request, destination: standardStream(STANDARD_OUTPUT, 'standard output', options) };
}

type Destination = OutputRequest['destination'];

function destinationOf(options: ParsedOptions): OutputDestination | PipeDestination {
  const path = options.last('output');
  if (path === undefined) return standardStream(STANDARD_ERROR, 'standard error', options);
  if (path === '-') return standardStream(STANDARD_OUTPUT, 'standard output', options);
  if (path === '' || path === '|') throw usageError('-o needs the name of a file, or |COMMAND');
  if (path.startsWith('|')) return { kind: 'command', command: path.slice(1) };
  const perProcess = path.includes('%p') || options.count('follow') > 1;
  return { kind: perProcess ? 'file-per-process' : 'file', path };
}

/** In between what the program prints there; a recording that is read competes with nobody. */
function standardStream(
  descriptor: number,
  name: string,
  options: ParsedOptions,
): OutputDestination {
  const mode = options.has('read') && descriptor === STANDARD_OUTPUT ? 'buffered' : 'immediate';
  return { kind: 'descriptor', descriptor, name, mode, ownership: 'borrowed' };
}

const RECORDING = /\.ndjson(?:\.gz|\.zst)?$/;

function formatOf(
  options: ParsedOptions,
  around: Surroundings,
  destination: Destination,
): OutputFormat {
  const format = options.last('format');
  const isRecording = 'path' in destination && RECORDING.test(destination.path);
  const isAudit = options.has('audit');
  if (!isAudit) refuseAuditOptions(options);
  const counting = countingOptions(options);
  if (counting.length > 0) {
    if (isRecording && format === undefined && !options.has('summary-format')) {
      throw noTable(destination.path);
    }
    // Where it goes to a terminal, perhaps.
    const isShown = [undefined, '-'].includes(options.last('output'));
    return countingFormat(options, counting, isShown ? terminalColumns(around) : 0);
  }
  if (isAudit) return auditFormat(auditOptionsOf(options, around, destination));
  if (format === undefined && isRecording) return JSON_FORMAT;
  return formatNamed(format ?? 'text', {
    text: () => textOptionsOf(options, around, destination),
    names: () => namesOf(options),
  });
}

/** What says something of audits alone. */
const AUDIT_OPTIONS = [
  'audit-format',
  'live',
  'otlp',
  'anchor',
  'expect',
  'policy',
  'deny',
  'allow',
  'because',
  'until',
  'redact-peers',
  'blind',
  'save-baseline',
  'baseline',
] as const;

function refuseAuditOptions(options: ParsedOptions): void {
  for (const name of AUDIT_OPTIONS) {
    if (options.has(name)) throw usageError(`--${name} needs --audit`);
  }
}

function noTable(recording: string): Error {
  return usageError(
    `-c writes a table, and '${recording}' is the name of a recording`,
    'record without -c, then --read it with -c',
  );
}

/** Readers of a report have 80 columns, unless their terminal has fewer. */
const REPORT_COLUMNS = 80;

function auditOptionsOf(
  options: ParsedOptions,
  around: Surroundings,
  destination: Destination,
): AuditOptions {
  const columns = destination.kind === 'descriptor' ? terminalColumns(around) : REPORT_COLUMNS;
  const form = AUDIT_FORMS.find((one) => one === options.last('audit-format')) ?? 'text';
  const interval = intervalOf(options.last('interval'));
  if (interval > 0 && form !== 'text' && form !== 'json') {
    throw usageError(
      `--interval writes one report behind another, which --audit-format ${form} cannot be`,
    );
  }
  const isLive = options.has('live');
  if (isLive && form !== 'text') throw usageError(`--live needs --audit-format text, not ${form}`);
  return {
    form,
    interval,
    isLive,
    width: columns > 0 ? Math.min(columns, REPORT_COLUMNS) : REPORT_COLUMNS,
    color: colorOf(options, around, destination),
    policy: auditPolicyOf(options),
    peers: options.has('redact-peers') ? 'redacted' : 'shown',
    anchor: options.last('anchor'),
    ...handedOnOf(options, destination),
  };
}

function handedOnOf(
  options: ParsedOptions,
  destination: Destination,
): Pick<AuditOptions, 'baseline' | 'saveBaseline' | 'otlp'> {
  const file = options.last('baseline');
  const saveBaseline = options.last('save-baseline');
  const otlp = options.last('otlp');
  if (saveBaseline !== undefined && destination.kind === 'file-per-process') {
    throw usageError('--save-baseline makes one file, and -o asks for one for each process');
  }
  return {
    ...(file !== undefined && { baseline: { file, known: baselineNamed(file) } }),
    ...(saveBaseline !== undefined && { saveBaseline }),
    ...(otlp !== undefined && { otlp: collectorNamed(otlp) }),
  };
}

function textOptionsOf(
  options: ParsedOptions,
  around: Surroundings,
  destination: Destination,
): Omit<TextOptions, 'notices'> {
  return {
    align: options.integer('align') ?? alignForWidth(terminalColumns(around)),
    indent: options.integer('indent') ?? 0,
    pid: pidStyleOf(options, destination),
    time: timeStyleOf(options),
    instructionPointer: options.has('instruction-pointer') ? 'module' : 'none',
    caller: options.has('calls') || options.has('library') ? 'show' : 'hide',
    duration: options.has('duration') ? 'show' : 'hide',
    signals: options.has('no-signals') ? 'hide' : 'show',
    exits: options.has('quiet') ? 'hide' : 'show',
    libraryErrno: 'show',
    names: namesOf(options),
    argumentNames: options.has('names') ? 'show' : 'hide',
    status: statusOf(options),
    color: colorOf(options, around, destination),
  };
}

/** What programs read has the names in any case. */
function argumentNamesOf(options: ParsedOptions, { name, reads }: OutputFormat): Visibility {
  if (!options.has('names')) return 'hide';
  if (reads !== 'arguments') {
    throw usageError(
      name === 'summary'
        ? '--names: -c shows no arguments'
        : `--names: ${name === 'audit' ? '--audit' : `--format ${name}`} shows no arguments`,
    );
  }
  return name === 'text' ? 'show' : 'hide';
}

function statusOf(options: ParsedOptions): TextOptions['status'] {
  const successful = options.has('successful-only');
  const failed = options.has('failed-only');
  if (successful && failed) throw usageError("-z and -Z can't be used together");
  return successful ? 'successful' : failed ? 'failed' : 'all';
}

/** As ltrace: bracketed on standard error with -f; plain in a file with -f or -p. */
function pidStyleOf(options: ParsedOptions, destination: Destination): PidStyle {
  const follows = options.has('follow') || options.has('follow-only');
  if (destination.kind !== 'descriptor') {
    return follows || options.has('attach') ? 'plain' : 'plain-if-several';
  }
  const targets = options.all('attach').join().split(',').length;
  const several = options.has('attach') && (targets > 1 || options.operands.length > 0);
  return follows || several ? 'bracket' : 'bracket-if-several';
}

function timeStyleOf(options: ParsedOptions): TimeStyle {
  const count = options.count('timestamps');
  if (options.has('relative-timestamps')) {
    if (count > 0) throw usageError("-r and -t can't be used together");
    return 'relative';
  }
  const styles = ['none', 'clock', 'clock-us', 'epoch'] as const;
  return styles[Math.min(count, styles.length - 1)] ?? 'epoch';
}

/** NO_COLOR as https://no-color.org has it: set, and not empty. */
function colorOf(
  options: ParsedOptions,
  around: Surroundings,
  destination: Destination,
): TextOptions['color'] {
  const when = options.last('color') ?? 'auto';
  if (when !== 'auto') return when === 'always' ? 'always' : 'never';
  const refused = (environmentValue(around.environment, 'NO_COLOR') ?? '') !== '';
  const dumb = environmentValue(around.environment, 'TERM') === 'dumb';
  const onTerminal = destination.kind === 'descriptor' && around.isTerminal(destination.descriptor);
  return onTerminal && !refused && !dumb ? 'always' : 'never';
}
