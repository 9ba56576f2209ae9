/** Finds out how to read the arguments of a function: when it is first called, or before. */
import { loadedAt, type Address } from '../../base/address.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import type { Prototype } from '../../prototype/prototype.js';
import { demangle } from '../../symbol/demangle.js';
import type { DebugInformation } from '../debug-info/debug-information.js';
import type { CaptureRequest, CaptureSource } from '../engine-options.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import type { ModuleTable } from '../modules/module-table.js';
import type { Process } from '../tracees/tracee.js';
import type { EntryPoint } from '../points/entry-point.js';
import { exporterOf } from './callee-of-stub.js';

/** What static programs have inside; they name no library that they need. */
const LINKED_IN = ['libc.so', 'libm.so', 'libpthread.so'];

interface DescribedModules {
  /** Of the table; when a module goes all are looked at anew. */
  readonly removals: number;
  looked: number;
  readonly names: Set<string>;
}

export class CapturePreparation {
  private readonly described = new WeakMap<ModuleTable, DescribedModules>();

  constructor(
    private readonly captures: CaptureSource,
    private readonly debug: DebugInformation,
  ) {}

  /** What costs time, and only for functions that are called at all. Names the entry point too. */
  prepare(process: Process, point: EntryPoint): CallCapture {
    const demangled = demangle(point.symbol);
    if (demangled !== undefined) point.naming = { ...point.naming, demangled };
    return this.captures.forFunction(this.requestFor(process, point, point.callee));
  }

  /**
   * So that `prepare` has less to do; changes nothing of what it will find. Reads nothing of the process, which runs
   * meanwhile and may have ended.
   */
  lookAhead(process: Process, point: EntryPoint): void {
    const callee = point.callee ?? exporterOf(process.space, point.symbol);
    this.captures.lookAhead(this.requestFor(process, point, callee));
  }

  /** For whoever looks at the program before it calls anything. */
  requestBefore(process: Process, point: EntryPoint): CaptureRequest {
    point.callee ??= exporterOf(process.space, point.symbol);
    return this.requestFor(process, point, point.callee);
  }

  private requestFor(
    { pid, space }: Process,
    point: EntryPoint,
    callee: Module | undefined,
  ): CaptureRequest {
    const first = callee ?? point.module;
    const names = [first.name, ...this.describedIn(space).filter((name) => name !== first.name)];
    return {
      arch: space.arch,
      symbol: point.symbol,
      aliases: point.aliases,
      libraries: first.image.isStatic ? [...names, ...LINKED_IN] : names,
      ...(isOfGo(first, point.symbol) && { convention: 'go' }),
      fromDebugInformation: () => this.describedByDebugger(pid, point),
    };
  }

  /** Names of the modules that it can make sense to look for: a program may have thousands that nobody describes. */
  private describedIn({ modules }: AddressSpace): readonly string[] {
    let known = this.described.get(modules);
    if (known?.removals !== modules.removals) {
      known = { removals: modules.removals, looked: 0, names: new Set() };
      this.described.set(modules, known);
    }
    const { all } = modules;
    for (; known.looked < all.length; known.looked++) {
      const name = all[known.looked]?.name ?? '';
      if (this.captures.describes?.(name) !== false) known.names.add(name);
    }
    return [...known.names];
  }

  private describedByDebugger(pid: Process['pid'], point: EntryPoint): Prototype | undefined {
    const module = point.callee;
    const at = point.entry ?? (module === undefined ? undefined : exportedAt(module, point.symbol));
    if (module === undefined || at === undefined) return undefined;
    return this.debug.prototypeOf(pid, module, at, point.symbol);
  }
}

/** A program with Go's functions may have C's, too; Go's have their package before their name. */
const isOfGo = ({ image }: Module, symbol: string): boolean => symbol.includes('.') && image.hasGo;

/** Where a module defines the function that it exports under this name. */
function exportedAt(module: Module, name: string): Address | undefined {
  const symbol = module.image
    .findDynamic(name)
    .find(({ defined, type }) => defined && type === 'func');
  return symbol === undefined ? undefined : loadedAt(symbol.address, module.bias);
}
