/** `--list`: what would be traced in a program that is loaded and not run, or in a process that is left at once. */
import { toAddress } from '../base/address.js';
import { CapturePreparation } from './calls/capture-preparation.js';
import type { TracerParts } from './create-context.js';
import { DebugInformation } from './debug-info/debug-information.js';
import type { CaptureRequest } from './engine-options.js';
import type { TracedSite } from './tracees/tracee.js';
import { Tracer, type PlacedProcess } from './tracer.js';
import type { EntryPoint } from './points/entry-point.js';
import type { Prototype } from '../prototype/prototype.js';
import { demangle } from '../symbol/demangle.js';
import type { ModuleCoverage } from '../trace/event.js';
import type { UnmatchedRule } from '../trace/unmatched.js';

export interface ListedPoint {
  readonly origin: EntryPoint['origin'];
  readonly route: EntryPoint['route'];
  /** plt: the module that calls. entry: the module that contains the function. */
  readonly module: string;
  readonly symbol: string;
  readonly version?: string;
  readonly demangled?: string;
  /** The module that defines the function, as far as the dynamic linker's order tells. */
  readonly callee: string;
  /** Image address of the breakpoint. */
  readonly address: number;
  /** undefined where nobody describes the function. */
  readonly prototype: Prototype | undefined;
}

export interface Listing {
  readonly points: readonly ListedPoint[];
  readonly modules: readonly ModuleCoverage[];
  readonly unmatchedRules: readonly UnmatchedRule[];
}

export interface ListParts extends TracerParts {
  readonly prototypeOf: (request: CaptureRequest) => Prototype | undefined;
}

/**
 * A launched program is ended before its first instruction.
 *
 * @throws UserError when a target cannot be started or looked at
 */
export function listTracepoints(parts: ListParts): Listing {
  const tracer = new Tracer(parts);
  const placed = tracer.placeOnly();
  const coverage = tracer.coverageSoFar;
  const requests = new CapturePreparation(
    parts.options.captures,
    new DebugInformation(parts.kernel),
  );
  const points = placed.flatMap(({ process, sites }) =>
    sites.flatMap((site) =>
      site.meaning.entryPoints.map((point): ListedPoint => {
        const prototype = parts.prototypeOf(requests.requestBefore(process, point));
        return { ...pointAt(process, site, point), prototype };
      }),
    ),
  );
  return { points, modules: coverage.modules, unmatchedRules: coverage.unmatchedRules };
}

function pointAt(
  { space }: PlacedProcess['process'],
  site: TracedSite,
  point: EntryPoint,
): Omit<ListedPoint, 'prototype'> {
  const module = space.modules.at(toAddress(site.address));
  const demangled = demangle(point.symbol);
  return {
    origin: point.origin,
    route: point.route,
    module: point.module.name,
    symbol: point.symbol,
    ...(point.naming.version !== undefined && { version: point.naming.version }),
    ...(demangled !== undefined && { demangled }),
    callee: point.callee?.name ?? '',
    address: module?.imageAddressOf(toAddress(site.address)) ?? site.address,
  };
}
