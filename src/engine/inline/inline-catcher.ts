/**
 * Catches calls inside their processes where that is sure to change nothing, for outputs that need sums alone. Sites are
 * traps first; those that are called again become jumps to code of ours.
 */
import type { ProcessId } from '../../base/ids.js';
import { loadedAt, wordAsNumber, type Address } from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import type { InsideAccess } from '../../kernel/inside-access.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { CallTracer } from '../calls/call-tracer.js';
import type { Catcher, WhyByTraps } from '../calls/catcher.js';
import { boundTarget } from '../calls/callee-of-stub.js';
import { readErrno } from '../calls/errno-reader.js';
import type { Emitter } from '../emitter.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import { definedSymbols } from '../modules/defined-symbols.js';
import type { Module } from '../modules/module.js';
import type { Process, Thread } from '../tracees/tracee.js';
import { CycleClock } from './cycle-clock.js';
import { InlineMemory } from './inline-memory.js';
import { InlineSpace } from './inline-space.js';
import { OpenInsideCalls } from './open-inside.js';
import { Patches } from './patches.js';
import { whyConfined, whyModuleByTraps, whySiteByTraps } from './why-by-traps.js';

/** A site whose trap was hit so often is worth the work. */
const WORTH_IT = 3;
/** By these all unwinding begins: libgcc's unwind.inc. */
const UNWINDER_ENTRIES = [
  '_Unwind_RaiseException',
  '_Unwind_ForcedUnwind',
  '_Unwind_Resume',
  '_Unwind_Resume_or_Rethrow',
  '_Unwind_Backtrace',
];

export interface InlineCatcherParts {
  readonly kernel: Kernel;
  readonly inside: InsideAccess;
  readonly emitter: Emitter;
  readonly calls: Pick<CallTracer, 'arriveAtEntry'>;
  readonly log: DebugLog;
}

export class InlineCatcher implements Catcher {
  private readonly clock: CycleClock;
  private readonly spaces = new WeakMap<AddressSpace, InlineSpace>();
  /** Memories in which calls are caught by traps alone. */
  private readonly byTraps = new WeakSet<AddressSpace>();

  constructor(private readonly parts: InlineCatcherParts) {
    const { inside, kernel } = parts;
    this.clock = new CycleClock(inside, () => kernel.now());
  }

  /** A trap has caught a call there. Hot path. */
  offer(thread: Thread, site: TracedSite): void {
    const { space } = thread.process;
    this.spaces.get(space)?.ripen();
    if (++site.arrivals !== WORTH_IT || this.byTraps.has(space)) return;
    const why = this.place(thread, site);
    if (!this.parts.log.enabled) return;
    const name = site.meaning.entryPoints[0]?.symbol ?? '';
    const how = why === undefined ? 'caught inside the process' : `caught by traps: ${why}`;
    this.parts.log.write('sites', `${name} at 0x${site.address.toString(16)}: ${how}`);
  }

  place(thread: Thread, site: TracedSite): WhyByTraps | undefined {
    const why = whySiteByTraps(site) ?? this.whyCodeByTraps(thread, site);
    if (why !== undefined) return why;
    const [point] = site.meaning.entryPoints;
    const rule = point?.capture?.failureRule;
    if (point === undefined || rule === undefined) return 'its arguments tell what it is';
    const { space } = thread.process;
    if (rule.needsErrno && readErrno(this.parts.kernel, space) === undefined) {
      return 'errno cannot be read';
    }
    const inline = this.spaces.get(space) ?? this.begin(thread);
    if (typeof inline === 'string') {
      this.giveUp(thread.process, inline);
      return inline;
    }
    return inline.place(thread, site, point, rule);
  }

  drain(thread: Thread): void {
    this.spaces.get(thread.process.space)?.drain(thread);
  }

  withdraw({ process }: Thread, why: WhyByTraps): void {
    this.spaces.get(process.space)?.withdrawAll();
    this.giveUp(process, why);
  }

  /** Before any of their code runs. */
  onModules(thread: Thread, modules: readonly Module[]): void {
    const { process } = thread;
    for (const module of modules) {
      const why = whyModuleByTraps(module, process);
      if (why !== undefined && !this.byTraps.has(process.space)) {
        // Who walks stacks is to find nothing of ours on this one; others are in their own calls.
        this.spaces.get(process.space)?.showStack(thread);
        this.withdraw(thread, why);
      }
      this.watchUnwinder(thread, module);
    }
  }

  /** A forked child is followed, which stands still: its copy of the memory has traps alone. */
  onCopy(original: AddressSpace, copy: AddressSpace, child: ProcessId): void {
    original.inline?.restoreTrapsIn(child);
    this.byTraps.add(copy);
    this.parts.log.write('engine', `process ${child}: calls are caught by traps: it is forked`);
  }

  /** @param parent stands at the birth of the thread, whose registers are at hand */
  onThread(parent: Thread, thread: Thread): void {
    const { space } = thread.process;
    const inline = this.spaces.get(space);
    if (inline === undefined) return;
    const { kernel } = this.parts;
    const { threadPointer } = space.arch.registers;
    const own = wordAsNumber(kernel.registers, threadPointer);
    kernel.readRegisters(parent.tid);
    if (wordAsNumber(kernel.registers, threadPointer) !== own) inline.takePointer(thread, own);
    else {
      inline.stop();
      this.withdraw(thread, 'threads share a thread pointer');
    }
  }

  private whyCodeByTraps({ process }: Thread, site: TracedSite): WhyByTraps | undefined {
    const stub = process.space.arch.inlineCalls?.replaceable(site.code);
    if (stub === undefined) return 'its stub is of another kind';
    if (site.copy === undefined) return 'there is no room for code near it';
    if (leadsToStub(process.space, site)) return 'it leads to another stub of the same function';
    // A thread may have stood behind the lead before our trap was there.
    if (stub.lead > 0 && process.origin === 'attach') return 'its stub has two instructions';
    return undefined;
  }

  private giveUp({ pid, space }: Process, why: WhyByTraps): void {
    this.byTraps.add(space);
    this.parts.log.write('engine', `process ${pid}: calls are caught by traps: ${why}`);
  }

  private begin(thread: Thread): InlineSpace | WhyByTraps {
    const { kernel, inside, emitter, calls } = this.parts;
    const { process } = thread;
    const { space } = process;
    const inline = space.arch.inlineCalls;
    if (inline === undefined) return 'not on this processor';
    const why = this.whyProcessByTraps(process);
    if (why !== undefined) return why;
    const caller = space.remote.caller(thread.tid, 'trap');
    const user = kernel.status(process.pid)?.uid;
    if (caller === undefined || user === undefined) return 'it makes no system call for us';
    const { mmap } = space.arch.syscalls.numbers;
    const memory = InlineMemory.map(inside, space.memory, inline, { caller, user, mmap });
    if (memory === undefined) return 'it cannot share memory with us';
    const { clock } = this;
    const open = new OpenInsideCalls({ kernel, emitter, clock, space, memory, inline });
    const patches = new Patches(kernel, inside, space, {
      isAwaited: (address) => isAwaited(process, address),
      changed: (site) => {
        open.direct(site);
      },
    });
    const made = new InlineSpace({ kernel, calls, space, memory, inline, patches, open });
    if (!made.begin(thread)) return 'our code cannot get its traps';
    space.inline = made;
    this.spaces.set(space, made);
    space.realReturnAddress = (word) => made.realReturnAddress(word);
    // The remote calls have changed what we know of them.
    kernel.readRegisters(thread.tid);
    return made;
  }

  private whyProcessByTraps(process: Process): WhyByTraps | undefined {
    const { space } = process;
    if (space.processes.length !== 1) return 'another process runs in its memory';
    if (process.bond === 'outlives-us' && space.lifeline?.strength !== 'sure') {
      return 'it would not be safe, should we be killed';
    }
    const { all } = space.modules;
    if (!all.some(({ role }) => role === 'interpreter')) return 'it has no dynamic linker';
    const confined = whyConfined(this.parts.inside.confinement(process.pid));
    return confined ?? firstOf(all, (module) => whyModuleByTraps(module, process));
  }

  private watchUnwinder(thread: Thread, { image, bias }: Module): void {
    const { space } = thread.process;
    for (const name of UNWINDER_ENTRIES) {
      for (const { type, address } of definedSymbols(image, name)) {
        if (type !== 'func') continue;
        const site = space.place(loadedAt(address, bias), thread.tid);
        if (!isRefusal(site))
          site.meaning.addWork((at) => this.spaces.get(at.process.space)?.showStack(at));
      }
    }
  }
}

/** A signal has put a thread back before the trap. */
function isAwaited({ threads }: Process, address: Address): boolean {
  for (const { interruptions } of threads.values()) {
    if (interruptions.some((one) => one.address === address)) return true;
  }
  return false;
}

/** The stub of a program at a fixed address may be what everybody has for the function itself. */
function leadsToStub(space: AddressSpace, { meaning }: TracedSite): boolean {
  const [point] = meaning.entryPoints;
  const target = point === undefined ? undefined : boundTarget(space, point);
  const next = target === undefined ? undefined : space.sites.get(target);
  return next?.meaning.entryPoints.some(({ route }) => route === 'plt') === true;
}

function firstOf<T, R>(all: readonly T[], look: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = look(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
