/**
 * Turns arrivals at entry points and return points into events.
 * Hot path: runs at every stop.
 */
import { loadedAt, toAddress, type Address } from '../../base/address.js';
import { demangle } from '../../symbol/demangle.js';
import type { Prototype } from '../../prototype/prototype.js';
import type { DebugInformation } from '../debug-info/debug-information.js';
import type { Module } from '../modules/module.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AbandonReason, CallEvent, CallSite, ReturnEvent } from '../../trace/event.js';
import { isRefusal } from '../address-space.js';
import type { BreakpointSite } from '../breakpoints/site.js';
import type { Emitter } from '../emitter.js';
import type { CallPredicate, CaptureSource } from '../engine-options.js';
import type { Thread } from '../tracee.js';
import { isWanted, type EntryPoint } from '../tracepoints/entry-point.js';
import { boundTarget, calleeOfStub } from './callee-of-stub.js';
import { NativeStack } from './native-stack.js';
import type { OpenCall, StackFacts } from './open-calls.js';
import type { ReturnPoint } from './return-point.js';
import type { StoppedThread } from './stopped-thread.js';
import type { Backtracer } from './backtracer.js';

export interface CallTracerOptions {
  readonly captures: CaptureSource;
  readonly where: CallPredicate | 'every-call';
  readonly cpuTime: boolean;
  readonly debug: DebugInformation;
  readonly backtracer: Backtracer | undefined;
}

/** Bytes before a return address that a call instruction may take, at most 7, and one to spare. */
const CALL_BYTES = 8;

/** What static programs have inside; they name no library that they need. */
const LINKED_IN = ['libc.so', 'libm.so', 'libpthread.so'];

export class CallTracer {
  /** Calls of `--where` whose beginning was told. */
  private readonly announced = new WeakSet<CallEvent>();

  constructor(
    private readonly kernel: Kernel,
    private readonly emitter: Emitter,
    private readonly stopped: StoppedThread,
    private readonly options: CallTracerOptions,
  ) {}

  /** The thread stands at the first instruction of a PLT stub or function, stack pointer at `slot`. */
  arriveAtEntry(thread: Thread, site: BreakpointSite, slot: Address): void {
    const returnAddress = this.returnAddressAt(thread, slot);
    if (returnAddress === undefined) return;
    const returnPoint = this.returnPointAt(thread, returnAddress);
    let cleaned = false;
    let isReported = false;
    for (const point of site.entryPoints) {
      if (this.isSameCall(thread, point, slot, returnAddress)) continue;
      if (!cleaned) {
        this.closeLeft(thread, site, slot, returnPoint);
        cleaned = true;
      }
      // Several names of one function: one call is one line.
      if (isReported && point.origin === 'call') continue;
      if (!isWanted(thread.process.space, point, returnPoint)) continue;
      if (point.origin === 'call') isReported = true;
      this.enter(thread, point, slot, returnPoint);
    }
  }

  /** The thread stands at a return address; `stackPointer` is as the return left it. */
  arriveAtReturn(thread: Thread, point: ReturnPoint, stackPointer: number): void {
    if (thread.openCalls.depth === 0) return;
    const { wordBytes, calleePops } = thread.process.space.arch;
    thread.openCalls.closeReturned(
      {
        address: point.address,
        slot: stackPointer - wordBytes,
        popped: calleePops,
      },
      this.factsOf(thread),
      (call) => this.leave(thread, call),
      (call) => this.abandon(thread, call, 'unwound'),
    );
  }

  abandonAll(thread: Thread, why: AbandonReason): void {
    thread.openCalls.closeAll((call) => this.abandon(thread, call, why));
  }

  private enter(thread: Thread, point: EntryPoint, slot: Address, returnPoint: ReturnPoint): void {
    const { process, openCalls, tid } = thread;
    this.stopped.at(thread, slot);
    point.callee ??= calleeOfStub(process.space, point);
    const { callee } = point;
    const capture = (point.capture ??= this.prepare(thread, point));
    const entered = capture.enter(this.stopped);
    const innermost = openCalls.innermost;
    const backtrace = this.options.backtracer?.trace(this.stopped);
    const event: CallEvent = {
      kind: 'call',
      pid: process.pid,
      tid,
      at: this.emitter.now(),
      call: this.emitter.nextCall(),
      ...(innermost !== undefined && { parent: innermost.event.call }),
      depth: openCalls.depth,
      origin: point.origin,
      route: point.route,
      caller: point.route === 'plt' ? pltCaller(point, returnPoint) : returnPoint.callSite,
      library: callee?.name ?? '',
      symbol: point.symbol,
      ...point.naming,
      ...(entered.shownAs !== undefined && { shownAs: entered.shownAs }),
      inMainProgram: callee?.isMainProgram ?? false,
      args: entered.args,
      ...(backtrace !== undefined && { backtrace }),
    };
    openCalls.push({
      event,
      point,
      returnPoint,
      slot,
      entered,
      cpuTimeAtEntry: this.options.cpuTime ? this.kernel.cpuTime(tid) : 0,
    });
    if (this.options.where === 'every-call') this.emitter.emit(event);
  }

  private leave(thread: Thread, call: OpenCall): void {
    this.dropTransient(thread, call);
    this.stopped.at(thread, call.slot);
    const { capture } = call.point;
    if (capture === undefined) return;
    const left = capture.leave(this.stopped, call.entered);
    const event: ReturnEvent = {
      kind: 'return',
      pid: thread.process.pid,
      tid: thread.tid,
      at: this.emitter.now(),
      call: call.event,
      result: left.result,
      rawResult: left.rawResult,
      outArgs: left.outArgs,
      ...(left.errno !== undefined && { errno: left.errno }),
      ...(this.options.cpuTime && {
        cpuTime: this.kernel.cpuTime(thread.tid) - call.cpuTimeAtEntry,
      }),
    };
    if (this.options.where !== 'every-call') {
      if (!this.options.where(call.event, event)) return;
      this.announce(call.event);
    }
    this.emitter.emit(event);
  }

  private abandon(thread: Thread, call: OpenCall, why: AbandonReason): void {
    this.dropTransient(thread, call);
    if (this.options.where !== 'every-call') {
      if (!this.options.where(call.event, undefined)) return;
      this.announce(call.event);
    }
    const { tid, process } = thread;
    const at = this.emitter.now();
    this.emitter.emit({ kind: 'call-abandoned', pid: process.pid, tid, at, call: call.event, why });
  }

  /** The beginning of a call that waited for its end; a call in which the process forks ends twice. */
  private announce(event: CallEvent): void {
    if (this.announced.has(event)) return;
    this.announced.add(event);
    this.emitter.emit(event);
  }

  /** Code that belongs to no file may be rewritten at any time: no trap stays in it longer than needed. */
  private dropTransient(thread: Thread, call: OpenCall): void {
    const { address, module } = call.returnPoint;
    if (module !== undefined) return;
    const { space, threads } = thread.process;
    for (const other of threads.values()) if (other.openCalls.returnTo(address)) return;
    const site = space.sites.get(address);
    space.returnPoints.delete(address);
    if (site !== undefined && site.entryPoints.length === 0) space.lift(site);
  }

  /**
   * A call through a PLT stub may run into a second site at the callee's entry.
   * Reported there only for -x, which asked for the function and not for the call.
   */
  private isSameCall(
    thread: Thread,
    point: EntryPoint,
    slot: Address,
    returnAddress: Address,
  ): boolean {
    const top = thread.openCalls.innermost;
    if (top === undefined || top.slot !== slot) return false;
    return (
      point.origin === 'call' &&
      point.route === 'entry' &&
      top.point.route === 'plt' &&
      top.returnPoint.address === returnAddress &&
      (top.point.symbol === point.symbol ||
        // Under another name of the function.
        boundTarget(thread.process.space, top.point) === point.entry)
    );
  }

  private closeLeft(
    thread: Thread,
    site: BreakpointSite,
    slot: Address,
    returnPoint: ReturnPoint,
  ): void {
    const top = thread.openCalls.innermost;
    if (top === undefined || top.slot > slot) return;
    const { sites } = thread.process.space;
    thread.openCalls.closeLeft(
      slot,
      (open) => isFreshCall(open, site, returnPoint, (address) => sites.has(address)),
      this.factsOf(thread),
      (call) => this.abandon(thread, call, 'unwound'),
    );
  }

  private returnAddressAt({ tid, process }: Thread, slot: Address): Address | undefined {
    const { arch, memory } = process.space;
    const word = arch.wordBytes === 8 ? this.kernel.peekWord(tid, slot) : memory.readWord(slot);
    return word === undefined ? undefined : toAddress(word);
  }

  /** Arms the return address when a call from there is first seen; the site then stays. */
  private returnPointAt(thread: Thread, address: Address): ReturnPoint {
    const { space } = thread.process;
    const known = space.returnPoints.get(address);
    if (known !== undefined) return known;
    const module = space.modules.at(address);
    // What a hand-written stub finds on top of its stack may be data: a trap there would change the program.
    const placement = this.isCode(thread, address)
      ? space.place(address, thread.tid)
      : 'unreadable';
    const before = space.memory.readCode(toAddress(Math.max(0, address - CALL_BYTES)), CALL_BYTES);
    const point: ReturnPoint = {
      address,
      module,
      callSite: {
        returnAddress: address,
        module: module?.name ?? '',
        offset: module?.imageAddressOf(address) ?? address,
      },
      callee: space.arch.calleeOf(before, address),
      armed: !isRefusal(placement),
    };
    if (!isRefusal(placement)) placement.returnPoint = point;
    space.returnPoints.set(address, point);
    return point;
  }

  private isCode({ process }: Thread, address: Address): boolean {
    const module = process.space.modules.at(address);
    const ranges =
      module === undefined
        ? this.kernel.mappings(process.pid).filter(({ executable }) => executable)
        : module.image.executableRanges();
    const at = address - (module?.bias ?? 0);
    return ranges.some(({ start, end }) => at >= start && at < end);
  }

  private factsOf(thread: Thread): StackFacts {
    const { memory } = thread.process.space;
    return {
      onSameStack: (a, b) => {
        thread.stack ??= new NativeStack(b, () => this.kernel.mappings(thread.process.pid));
        return thread.stack.holds(a, b);
      },
      stillHolds: (slot, returnAddress) => memory.readWord(slot) === returnAddress,
    };
  }

  /** What costs time, and only for functions that are called at all. */
  private prepare(thread: Thread, point: EntryPoint): NonNullable<EntryPoint['capture']> {
    const { space } = thread.process;
    const demangled = demangle(point.symbol);
    if (demangled !== undefined) point.naming = { ...point.naming, demangled };
    const first = point.callee ?? point.module;
    const others = space.modules.all.filter((module) => module !== first);
    const names = [first, ...others].map((module) => module.name);
    return this.options.captures.forFunction({
      arch: space.arch,
      symbol: point.symbol,
      aliases: point.aliases,
      libraries: first.image.isStatic ? [...names, ...LINKED_IN] : names,
      fromDebugInformation: () => this.describedByDebugger(thread, point),
    });
  }

  private describedByDebugger(thread: Thread, point: EntryPoint): Prototype | undefined {
    const { pid } = thread.process;
    const module = point.callee;
    const at = point.entry ?? (module === undefined ? undefined : exportedAt(module, point.symbol));
    if (module === undefined || at === undefined) return undefined;
    return this.options.debug.prototypeOf(pid, module, at, point.symbol);
  }
}

/** Where a module defines the function that it exports under this name. */
function exportedAt(module: Module, name: string): Address | undefined {
  const symbol = module.image
    .findDynamic(name)
    .find(({ defined, type }) => defined && type === 'func');
  return symbol === undefined ? undefined : loadedAt(symbol.address, module.bias);
}

/**
 * A call begins where another with the same return-address slot is open. Was that one left (longjmp, then
 * called again), or did it make a tail call?
 *
 * The call instruction before the return address tells: if it calls this very site, the call is fresh. If it
 * calls another site of ours, a fresh call would have stopped there first, so this is a tail call. If it tells
 * nothing, the same function again means a fresh call.
 */
function isFreshCall(
  open: OpenCall,
  site: BreakpointSite,
  returnPoint: ReturnPoint,
  isSite: (address: number) => boolean,
): boolean {
  if (open.returnPoint.address !== returnPoint.address) return true;
  const { callee } = returnPoint;
  if (callee.kind === 'direct') {
    if (callee.target === site.address) return true;
    if (isSite(callee.target)) return false;
  }
  return site.entryPoints.includes(open.point);
}

/**
 * The module whose stub it is made the call. When a tail call hides its frame, the return address is that of
 * somebody further out, and the stub is all that is known of the place.
 */
function pltCaller(point: EntryPoint, returnPoint: ReturnPoint): CallSite {
  const { callSite } = returnPoint;
  const { module, stub } = point;
  if (callSite.module === module.name || stub === undefined) return callSite;
  return {
    returnAddress: callSite.returnAddress,
    module: module.name,
    offset: module.imageAddressOf(stub),
  };
}
