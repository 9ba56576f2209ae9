/**
 * Turns arrivals at entry points and return points into events.
 * Hot path: runs at every stop.
 */
import { toAddress, type Address } from '../../base/address.js';
import { bytesPopped } from '../../arch/arch.js';
import type { CallerSources } from '../debug-info/caller-sources.js';
import type { DebugInformation } from '../debug-info/debug-information.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AbandonReason, CallEvent, CallRoute, CallSite } from '../../trace/event.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import type { Emitter } from '../emitter.js';
import type { CaptureSource } from '../engine-options.js';
import type { Thread } from '../tracees/tracee.js';
import { callerAt, isConfirmed, type EntryPoint } from '../points/entry-point.js';
import type { Prospects } from '../tracees/prospects.js';
import type { Beginning } from './beginning.js';
import { CallEndings } from './call-endings.js';
import { boundTarget, calleeOfStub } from './callee-of-stub.js';
import { goesAround } from './entry-loops.js';
import { CapturePreparation } from './capture-preparation.js';
import { frameAbove, markOf } from './frame-evidence.js';
import { LeftCalls } from './left-calls.js';
import type { OpenCall } from '../tracees/open-call.js';
import type { ReturnPoint } from '../points/return-point.js';
import { isReturn } from './never-returns.js';
import { ReturnPoints } from './return-points.js';
import { Strands } from './strands.js';
import type { StoppedThread } from './stopped-thread.js';
import type { Backtracer } from './backtracer.js';
import type { ScriptOrigin } from '../scripts/script-origin.js';

export interface CallTracerOptions {
  readonly captures: CaptureSource;
  readonly prospects: Prospects;
  readonly cpuTime: boolean;
  readonly debug: DebugInformation;
  readonly backtracer: Backtracer | undefined;
  readonly scripts: ScriptOrigin;
  readonly sources: CallerSources;
  /** The thread makes no more calls: what was caught of it in other ways is handed on. */
  readonly drain: (thread: Thread) => void;
}

export class CallTracer {
  private readonly returnPoints: ReturnPoints;
  private readonly endings: CallEndings;
  private readonly left: LeftCalls;
  private readonly preparation: CapturePreparation;
  private readonly strands: Strands;

  constructor(
    private readonly kernel: Kernel,
    private readonly emitter: Emitter,
    private readonly stopped: StoppedThread,
    private readonly options: CallTracerOptions,
  ) {
    this.returnPoints = new ReturnPoints(kernel, (thread, caller, why) =>
      this.tellUnwatched(thread, caller, why),
    );
    this.strands = new Strands(kernel);
    this.preparation = new CapturePreparation(options.captures, options.debug);
    const { cpuTime } = options;
    const { returnPoints } = this;
    this.endings = new CallEndings({ kernel, emitter, stopped, returnPoints, cpuTime });
    this.left = new LeftCalls(kernel, this.endings, () => emitter.now());
  }

  /** The thread stands at the first instruction of a PLT stub or function, stack pointer at `slot`. */
  arriveAtEntry(thread: Thread, site: TracedSite, slot: Address): void {
    const returnAddress = this.returnPoints.addressAt(thread, slot);
    if (returnAddress === undefined) return;
    const returnPoint = this.returnPoints.at(thread, returnAddress);
    const { space } = thread.process;
    const strand = this.strands.at(thread, site.meaning.entryPoints[0]?.module);
    const beginning: Beginning = { strand, slot, returnPoint };
    let cleaned = false;
    let reported: CallRoute | undefined;
    // Before any point of this site is entered: one for -x would hide the stub.
    const { innermost } = strand.calls;
    for (const point of site.meaning.entryPoints) {
      if (this.isSameCall(space, point, beginning, innermost)) continue;
      if (isCaughtInside(thread, point, slot)) continue;
      if (!cleaned) {
        this.closeLeft(thread, site, beginning);
        cleaned = true;
      }
      if (goesAround(space, point, site, beginning)) continue;
      // Several names of one function: one call is one line. A jump on to another function is a second one.
      if (point.route === reported && point.origin === 'call') continue;
      const caller = callerAt(point, returnPoint, space, this.kernel.registers);
      if (caller === undefined) continue;
      const isTaken = this.enter(thread, point, caller, beginning);
      if (isTaken && point.origin === 'call') reported = point.route;
    }
  }

  /** The thread stands at a return address; `stackPointer` is as the return left it. */
  arriveAtReturn(thread: Thread, point: ReturnPoint, stackPointer: number): void {
    const strand = this.strands.at(thread, point.module);
    const { calls, base, facts } = strand;
    if (calls.depth === 0 && calls.aside.isEmpty) return;
    const { arch } = thread.process.space;
    const slot = stackPointer - bytesPopped(arch) - base;
    const arrival = { address: point.address, slot, popped: arch.calleePops };
    if (!calls.aside.isEmpty) this.left.takeUp(thread, strand, arrival);
    const setAside = this.left.setAside(thread, strand);
    calls.closeReturned(
      arrival,
      facts,
      (call) => {
        if (isReturn(thread.process, call, facts, this.options.debug))
          this.endings.returned(thread, call, toAddress(call.slot + base));
        else setAside(call);
      },
      setAside,
    );
  }

  /** Is there work that could be done before the next stop? */
  get canLookAhead(): boolean {
    return !this.options.prospects.isEmpty;
  }

  /** Does a little of it: less than a millisecond, for the tracee may stop at any moment. */
  lookAhead(): void {
    const next = this.options.prospects.take();
    if (next === undefined || next.point.capture !== undefined) return;
    this.preparation.lookAhead(next.process, next.point);
  }

  /** The thread is no more, and with the last one of a process its goroutines. */
  abandonAll(thread: Thread, why: AbandonReason): void {
    this.options.drain(thread);
    const abandon = (call: OpenCall): void => this.endings.abandoned(thread, call, why);
    this.left.endAll(thread, thread.openCalls, why);
    thread.openCalls.closeAll(abandon);
    const { threads, goroutines } = thread.process;
    if (threads.size > (threads.has(thread.tid) ? 1 : 0)) return;
    for (const calls of goroutines.values()) calls.closeAll(abandon);
    goroutines.clear();
  }

  /** False for a call that nobody wants, as its arguments show. */
  private enter(
    thread: Thread,
    point: EntryPoint,
    caller: CallSite,
    { strand, slot, returnPoint }: Beginning,
  ): boolean {
    const { process, tid } = thread;
    const openCalls = strand.calls;
    this.stopped.at(thread, slot);
    point.callee ??= calleeOfStub(process.space, point);
    const { callee } = point;
    const capture = (point.capture ??= this.preparation.prepare(process, point));
    const entered = capture.enter(this.stopped);
    const { shownAs } = entered;
    if (!isConfirmed(point, { space: process.space, from: returnPoint, caller, shownAs })) {
      return false;
    }
    const innermost = openCalls.innermost;
    const made = this.madeBy(thread, caller);
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
      ...made,
      library: callee?.name ?? '',
      symbol: point.symbol,
      ...point.naming,
      ...(shownAs !== undefined && { shownAs }),
      inMainProgram: callee?.isMainProgram ?? false,
      args: entered.args,
    };
    openCalls.push({
      event,
      point,
      returnPoint,
      slot: slot - strand.base,
      entered,
      cpuTimeAtEntry: this.options.cpuTime ? this.kernel.cpuTime(tid) : 0,
      mark: markOf(this.kernel.registers, process.space.arch.preservedRegisters),
      frame: process.comebacks.mayHappen ? frameAbove(process.space, slot) : undefined,
      jumpedFrom: openCalls.jumpedFrom(slot - strand.base, returnPoint.address),
    });
    this.emitter.emit(event);
    return true;
  }

  /** Said once of each module: calls from there say of themselves that their returns are not watched. */
  private tellUnwatched({ tid, process }: Thread, caller: string, why: string): void {
    this.emitter.emit({
      kind: 'notice',
      pid: process.pid,
      tid,
      at: this.emitter.now(),
      severity: 'warning',
      text: `process ${process.pid}: not all returns to ${caller} are watched: ${why}`,
    });
  }

  private madeBy(
    thread: Thread,
    caller: CallSite,
  ): Pick<CallEvent, 'caller' | 'script' | 'backtrace'> {
    const { scripts, sources, backtracer } = this.options;
    const script = scripts.of(thread);
    const backtrace = backtracer?.trace(this.stopped);
    return {
      caller: sources.of(thread, caller, script === undefined ? 'itself' : 'script'),
      ...(script !== undefined && { script }),
      ...(backtrace !== undefined && { backtrace }),
    };
  }

  /**
   * A call through a PLT stub may run into a second site at the callee's entry.
   * Reported there only for -x, which asked for the function and not for the call.
   */
  private isSameCall(
    space: AddressSpace,
    point: EntryPoint,
    { strand, slot, returnPoint }: Beginning,
    top: OpenCall | undefined,
  ): boolean {
    if (top === undefined || top.slot !== slot - strand.base) return false;
    return (
      point.origin === 'call' &&
      point.route === 'entry' &&
      top.point.route === 'plt' &&
      top.returnPoint.address === returnPoint.address &&
      (top.point.symbol === point.symbol ||
        // Under another name of the function.
        boundTarget(space, top.point) === point.entry)
    );
  }

  private closeLeft(thread: Thread, site: TracedSite, beginning: Beginning): void {
    const { strand } = beginning;
    const { calls, base, facts } = strand;
    if (!calls.aside.isEmpty) this.left.giveUpOld(thread, calls);
    const slot = beginning.slot - base;
    const top = calls.innermost;
    if (top === undefined || top.slot > slot) return;
    const { space } = thread.process;
    calls.closeLeft(
      slot,
      (open) =>
        !goesAround(space, open.point, site, beginning) &&
        isFreshCall(open, site, beginning.returnPoint, (address) => space.sites.has(address)),
      facts,
      this.left.setAside(thread, strand),
    );
  }
}

/** The same for a call through a stub that was caught inside the process. */
function isCaughtInside(thread: Thread, point: EntryPoint, slot: number): boolean {
  const { space } = thread.process;
  if (space.inline === undefined || point.origin !== 'call' || point.route !== 'entry')
    return false;
  const caught = space.inline.pointAt(thread, slot);
  if (caught === undefined) return false;
  return caught.symbol === point.symbol || boundTarget(space, caught) === point.entry;
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
  site: TracedSite,
  returnPoint: ReturnPoint,
  isSite: (address: number) => boolean,
): boolean {
  if (open.returnPoint.address !== returnPoint.address) return true;
  const { callee } = returnPoint;
  if (callee.kind === 'direct') {
    if (isEntryOf(site, callee.target)) return true;
    if (isSite(callee.target)) return false;
  }
  return site.meaning.entryPoints.includes(open.point);
}

/** A site may stand a little behind the entry that it is for. */
function isEntryOf({ address, meaning }: TracedSite, target: Address): boolean {
  return target === address || meaning.entryPoints.some(({ entry }) => entry === target);
}
