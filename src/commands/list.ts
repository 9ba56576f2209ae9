/** `--list`: prints what would be traced, where, by which route and as what, and what could not. */
import type { DebugLog } from '../base/debug-log.js';
import type { CaptureSource } from '../engine/engine-options.js';
import { listTracepoints, type ListedPoint, type Listing } from '../engine/list-tracepoints.js';
import type { Kernel } from '../kernel/kernel.js';
import { captureNothing } from '../lens/capture.js';
import { escapeName } from '../output/text/escape.js';
import { noticeLines } from '../output/text/notice-lines.js';
import type { NameStyle } from '../output/text/look.js';
import { unmatchedLines } from '../output/text/unmatched-text.js';
import { prototypeText } from '../prototype/prototype-text.js';
import type { TraceSink } from '../trace/sink.js';
import type { ListRequest } from '../cli/run-request.js';
import { prototypeCaptures } from '../request/captures.js';
import { engineRequest } from '../request/engine-request.js';
import { prototypeLibraryOf } from '../request/prototype-library-of.js';

export interface ListEquipment {
  readonly kernel: Kernel;
  readonly log: DebugLog;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line on standard error. */
  readonly report: (line: string) => void;
}

/** Text for the output. */
export function runList(request: ListRequest, equipment: ListEquipment): string {
  const { kernel, log, version, report } = equipment;
  const { target, filters, limits, output } = request;
  const library = prototypeLibraryOf(request, equipment);
  const prototypes = prototypeCaptures({ library, limits, log });
  const listing = listTracepoints({
    kernel,
    log,
    sink: warningsTo(output.notices === 'show' ? report : () => undefined),
    prototypeOf: (wanted) => prototypes.prototypeOf(wanted),
    options: {
      ...engineRequest({
        ...filters,
        targets: [target],
        command: target.kind === 'launch' ? [target.spec.program] : [],
      }),
      version,
      captures: { ...NO_CAPTURES, describes: (name) => prototypes.describes(name) },
      launchedWhenLeft: 'goes-on',
      afterLeaving: 'we-end',
    },
  });
  return render(listing, request);
}

const NO_CAPTURES: CaptureSource = {
  forFunction: () => captureNothing,
  lookAhead: () => undefined,
  forSyscall: () => captureNothing,
};

/** That something was left out is said; what a trace would show of it is not wanted. */
function warningsTo(report: (line: string) => void): TraceSink {
  return {
    accept: (event) => {
      if (event.kind !== 'notice' || event.severity !== 'warning') return;
      for (const line of noticeLines(event)) report(line.replace(/^tsltrace: /, '').trimEnd());
    },
    flush: () => undefined,
    finish: () => undefined,
  };
}

function render(
  { points, modules, unmatchedRules }: Listing,
  { names, target }: Pick<ListRequest, 'names' | 'target'>,
): string {
  const rows = points.map((point) => rowOf(point, names));
  const widths = [0, 1, 2].map((column) => widthOf(rows.map((row) => row[column] ?? '')));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  for (const { module, refused, unreadable } of modules) {
    const name = escapeName(module);
    if (unreadable !== undefined) lines.push(`${name}: not looked at: ${escapeName(unreadable)}`);
    for (const { symbol, reason } of refused)
      lines.push(`${name}: ${escapeName(symbol)}: not traced: ${escapeName(reason)}`);
  }
  const loaded = target.kind === 'launch' ? 'loaded at the start' : 'loaded';
  for (const { rules, reason } of unmatchedLines(unmatchedRules))
    lines.push(`nothing that is ${loaded} matches ${rules}: ${reason}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** One name may be a hundred times as long as all others. */
const WIDEST = 80;

function widthOf(texts: readonly string[]): number {
  return texts.reduce(
    (width, { length }) => (length > WIDEST ? width : Math.max(width, length)),
    0,
  );
}

/**
 * What, by which route, where the breakpoint goes, and what is known of the function. The names are the program's:
 * whatever they are, a line stays one.
 */
function rowOf(point: ListedPoint, names: NameStyle): readonly string[] {
  const { version, route, origin, prototype } = point;
  const [module, callee] = [point.module, point.callee].map(escapeName);
  const readable = names === 'demangled' ? point.demangled : undefined;
  const symbol = escapeName(readable ?? point.symbol);
  // As filters have it.
  const name = version === undefined ? symbol : `${symbol}@@${escapeName(version)}`;
  const what =
    origin === 'function'
      ? `${name} in ${module}`
      : route === 'plt'
        ? `${module}->${name} in ${callee === '' ? 'a library that is not loaded' : callee}`
        : `->${name} in ${module}`;
  return [
    what,
    route === 'plt' ? 'PLT stub' : 'entry',
    `${module}+0x${point.address.toString(16)}`,
    prototype === undefined ? 'no prototype' : escapeName(prototypeText(prototype)),
  ];
}
