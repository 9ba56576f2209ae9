/** Finds out how to read the arguments of a function: when it is first called, or before. */
import { loadedAt, type Address } from '../../base/address.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import type { Prototype } from '../../prototype/prototype.js';
import { demangle } from '../../symbol/demangle.js';
import type { DebugInformation } from '../debug-info/debug-information.js';
import type { CaptureRequest, CaptureSource } from '../engine-options.js';
import type { Module } from '../modules/module.js';
import type { Process } from '../processes/tracee.js';
import type { EntryPoint } from '../tracepoints/entry-point.js';
import { exporterOf } from './callee-of-stub.js';

/** What static programs have inside; they name no library that they need. */
const LINKED_IN = ['libc.so', 'libm.so', 'libpthread.so'];

export class CapturePreparation {
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

  private requestFor(
    { pid, space }: Process,
    point: EntryPoint,
    callee: Module | undefined,
  ): CaptureRequest {
    const first = callee ?? point.module;
    const others = space.modules.all.filter((module) => module !== first);
    const names = [first, ...others].map((module) => module.name);
    return {
      arch: space.arch,
      symbol: point.symbol,
      aliases: point.aliases,
      libraries: first.image.isStatic ? [...names, ...LINKED_IN] : names,
      ...(isOfGo(first, point.symbol) && { convention: 'go' }),
      fromDebugInformation: () => this.describedByDebugger(pid, point),
    };
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
