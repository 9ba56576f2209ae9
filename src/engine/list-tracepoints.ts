/** `--list`: what would be traced, found by loading the program and its libraries without running it. */
import { toAddress } from '../base/address.js';
import type { AddressSpace } from './tracees/tracee.js';
import type { TracerParts } from './create-context.js';
import { Tracer } from './tracer.js';
import type { EntryPoint } from './points/entry-point.js';
import type { ModuleCoverage } from '../trace/event.js';
import type { UnmatchedRule } from '../trace/unmatched.js';

export interface ListedPoint {
  readonly origin: EntryPoint['origin'];
  readonly route: EntryPoint['route'];
  /** plt: the module that calls. entry: the module that contains the function. */
  readonly module: string;
  readonly symbol: string;
  readonly version?: string;
  /** The module that defines the function, as far as the dynamic linker's order tells. */
  readonly callee: string;
  /** Image address of the breakpoint. */
  readonly address: number;
}

export interface Listing {
  readonly points: readonly ListedPoint[];
  readonly modules: readonly ModuleCoverage[];
  readonly unmatchedRules: readonly UnmatchedRule[];
}

/** Starts the program, lets the dynamic linker load its libraries, and ends it before its first instruction. */
export function listTracepoints(parts: TracerParts): Listing {
  const tracer = new Tracer(parts);
  const space = tracer.loadOnly();
  const coverage = tracer.coverageSoFar;
  return { points: space === undefined ? [] : pointsOf(space), ...coverage };
}

function pointsOf(space: AddressSpace): ListedPoint[] {
  const points: ListedPoint[] = [];
  for (const site of space.sites.values()) {
    const module = space.modules.at(site.address);
    for (const point of site.meaning.entryPoints) {
      points.push({
        origin: point.origin,
        route: point.route,
        module: point.module.name,
        symbol: point.symbol,
        ...(point.naming.version !== undefined && { version: point.naming.version }),
        callee: (point.callee ?? exporterOf(space, point.symbol))?.name ?? '',
        address: module?.imageAddressOf(toAddress(site.address)) ?? site.address,
      });
    }
  }
  return points;
}

function exporterOf(
  space: AddressSpace,
  symbol: string,
): AddressSpace['modules']['all'][number] | undefined {
  return space.modules.all.find((module) =>
    module.image.findDynamic(symbol).some(({ defined }) => defined),
  );
}
