/** `--list`: prints what would be traced, where and by which route, and what could not. */
import type { DebugLog } from '../base/debug-log.js';
import { listTracepoints, type ListedPoint, type Listing } from '../engine/list-tracepoints.js';
import type { Kernel } from '../kernel/kernel.js';
import type { LaunchSpec } from '../kernel/launch-spec.js';
import { captureNothing } from '../lens/capture.js';
import { escapeName } from '../output/text/escape.js';
import { unmatchedLines } from '../output/text/unmatched-text.js';
import type { Filters } from '../cli/run-request.js';

export interface ListEquipment {
  readonly kernel: Kernel;
  readonly log: DebugLog;
  readonly version: string;
}

/** Text for standard output. */
export function runList(spec: LaunchSpec, filters: Filters, equipment: ListEquipment): string {
  const { kernel, log, version } = equipment;
  const listing = listTracepoints({
    kernel,
    log,
    sink: { accept: () => undefined, flush: () => undefined, finish: () => undefined },
    options: {
      targets: [{ kind: 'launch', spec }],
      command: [spec.program],
      version,
      follow: { kind: 'none' },
      detachLimit: { kind: 'never' },
      launchedWhenLeft: 'goes-on',
      afterLeaving: 'we-end',
      ...filters,
      syscalls: { kind: 'none' },
      captures: {
        forFunction: () => captureNothing,
        lookAhead: () => undefined,
        forSyscall: () => captureNothing,
      },
      catching: 'trap',
      backtraceFrames: 0,
      scriptOrigin: 'none',
      callerSource: 'none',
      cpuTime: false,
      measureCost: false,
    },
  });
  return render(listing);
}

function render({ points, modules, unmatchedRules }: Listing): string {
  const rows = points.map(rowOf);
  const widths = [0, 1].map((column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map(
    ([what, route, where]) =>
      `${(what ?? '').padEnd(widths[0] ?? 0)}  ${(route ?? '').padEnd(widths[1] ?? 0)}  ${where ?? ''}`,
  );
  for (const { module, refused, unreadable } of modules) {
    const name = escapeName(module);
    if (unreadable !== undefined) lines.push(`${name}: not looked at: ${escapeName(unreadable)}`);
    for (const { symbol, reason } of refused)
      lines.push(`${name}: ${escapeName(symbol)}: not traced: ${escapeName(reason)}`);
  }
  for (const { rules, reason } of unmatchedLines(unmatchedRules))
    lines.push(`nothing that is loaded at the start matches ${rules}: ${reason}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** What, by which route, and where the breakpoint goes. The names are the program's: whatever they are, a line stays one. */
function rowOf(point: ListedPoint): readonly string[] {
  const { version, route, origin } = point;
  const [module, symbol, callee] = [point.module, point.symbol, point.callee].map(escapeName);
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
  ];
}
