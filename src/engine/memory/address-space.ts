/** Everything that belongs to one tracee memory: its breakpoint sites, modules and scratch pages. */
import { toAddress, type Address } from '../../base/address.js';
import { TraceeGone, unlessGone } from '../../base/errors.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Arch } from '../../arch/arch.js';
import { relocatesCode } from '../../elf/text-relocations.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { TraceOptions } from '../../kernel/threads.js';
import { CopyPlaces, type Mapped, type Refusal, type Shortage } from './copy-places.js';
import { COPY_ALIGNMENT, LARGEST_COPY_BYTES, type ScratchArea } from './scratch-area.js';
import { restoreTraps, setTraps, type SitesInMemory } from './restore-traps.js';
import { isInVdso } from './vdso.js';
import { haveCopiesGone, vanishedTraps } from './vanished-traps.js';
import type { Wanted } from './wanted-copy.js';
import { LiftedTraps } from './lifted-traps.js';
import { BreakpointSite } from './site.js';
import { TrapWriter, type Halt } from './trap-writer.js';
import type { ReturnPoint } from '../points/return-point.js';
import type { Module } from '../modules/module.js';
import { LinkMaps } from '../modules/link-map.js';
import { ModuleTable } from '../modules/module-table.js';
import { ProcessMemory } from './process-memory.js';
import { mapPages } from '../remote/map-pages.js';
import { RemoteCalls, shortageOf } from '../remote/remote-caller.js';
import type { Inside } from './inside.js';
import type { Lifeline } from '../survival/lifeline.js';
import { protectSites } from '../survival/protect-sites.js';

export type SitePlacement = BreakpointSite | Refusal;

/** See lending.ts. */
export interface Loan {
  /** A thread of the memory stopped: true when that is to be dealt with later. */
  keeps(tid: ThreadId, status: number): boolean;
  /** For a tracer that leaves: the stops that nobody has dealt with. */
  end(): ReadonlyMap<ThreadId, number>;
}

export class AddressSpace {
  readonly sites = new Map<number, BreakpointSite>();
  /** By the address of its copy, which stays when the trap is gone: a thread may be in it. */
  readonly copies = new Map<number, BreakpointSite>();
  private readonly lifted = new LiftedTraps();
  /** Every address that a traced call returned to, or would have. */
  readonly returnPoints = new Map<number, ReturnPoint>();
  readonly memory: ProcessMemory;
  readonly modules: ModuleTable;
  readonly linkMaps: LinkMaps;
  /** Where displaced instructions run. */
  readonly places: CopyPlaces;
  /** Lets threads make system calls for us. */
  readonly remote: RemoteCalls;
  /** Are calls caught at their callees' entries too, so that one through a stub could stop twice? */
  hasCalleeSites = false;
  /** Modules whose tracepoints were placed. */
  readonly placed = new Set<Module>();
  /** Has its program goroutines, which go from thread to thread? */
  hasGo = false;
  /** Does its program make system calls past the C library? A static one, or one with Go in it. */
  callsKernelItself = false;
  /** Address of struct r_debug, once known. */
  debugStructure: Address | undefined;
  /** Loaded files that we could not read, by the address of their dynamic section. */
  readonly unreadable = new Map<number, { readonly path: string; readonly reason: string }>();
  /** Its program could not be read, so nothing is known of it, and no breakpoint is set. */
  isOpaque = false;
  /** Living processes that run in it; several only between vfork and exec, or with CLONE_VM. */
  readonly processes: ProcessId[] = [];
  /** While a vfork child has the memory for itself, or waits for that. */
  loan: Loan | undefined;
  /** The dynamic linker has said that it changes its lists, and not yet that it has done so. */
  isLoading = false;
  /** Set where a process that is to survive our being killed would not: it gets no breakpoint. */
  unsafe: Shortage | undefined;
  /** Set for a process that is to survive our being killed. */
  lifeline: Lifeline | undefined;
  /** Set once calls are caught inside: engine/inline. */
  inline: Inside | undefined;
  /** What addresses of ours on its stacks stand for; itself for all others. Also in a copy. */
  realReturnAddress: (word: number) => number = (word) => word;
  private readonly traps: TrapWriter;

  constructor(
    private readonly kernel: Kernel,
    readonly arch: Arch,
    /** Those that its threads are seized with. */
    options: TraceOptions,
    from?: AddressSpace,
  ) {
    this.memory = new ProcessMemory(
      kernel,
      { first: () => this.firstProcess, passOverEnded: () => this.passOverEnded() },
      {
        byteAt: (address) => this.sites.get(address)?.originalByte,
        hidePatches: (address, code) => this.inline?.hidePatches(address, code),
      },
      arch,
    );
    this.traps = new TrapWriter({
      memory: this.memory,
      trapInstruction: arch.trapInstruction,
      isWritable: (address) => this.isWritable(address),
      protect: (sites, stopped, standing) =>
        protectSites(this.lifeline, sites, () => this.remote.access(stopped, standing)),
      unprotect: ({ address }) => this.lifeline?.unprotect(address),
    });
    this.modules = from?.modules.copy() ?? new ModuleTable();
    this.linkMaps = from?.linkMaps.copy() ?? new LinkMaps(arch.wordBytes);
    this.remote = new RemoteCalls(
      {
        kernel,
        arch,
        memory: this.memory,
        options,
        modules: this.modules,
        siteAt: (address) => this.sites.get(address),
      },
      from?.remote,
    );
    this.places = new CopyPlaces(
      {
        kernel,
        arch,
        memory: this.memory,
        modules: this.modules,
        anyProcess: () => this.anyProcess,
        mapPages: (at, bytes, tid) => this.mapPages(at, bytes, tid),
        maySlot: () => this.lifeline === undefined,
      },
      from?.places,
    );
    this.debugStructure = from?.debugStructure;
    this.hasCalleeSites = from?.hasCalleeSites ?? false;
    if (from !== undefined) this.inherit(from);
  }

  /** A forked child's memory is a copy of its parent's, with our traps in it. */
  private inherit(parent: AddressSpace): void {
    this.unsafe = parent.unsafe;
    this.hasGo = parent.hasGo;
    this.isOpaque = parent.isOpaque;
    this.realReturnAddress = parent.realReturnAddress;
    this.callsKernelItself = parent.callsKernelItself;
    for (const [at, site] of parent.copies) this.copies.set(at, site);
    for (const [address, site] of parent.sites) this.sites.set(address, site.copyForChild());
    for (const [address, point] of parent.returnPoints) this.returnPoints.set(address, point);
    for (const [dynamic, file] of parent.unreadable) this.unreadable.set(dynamic, file);
    for (const module of parent.placed) this.placed.add(module);
  }

  /** Traps that are to be written together are not there yet. */
  get isPlacing(): boolean {
    return this.traps.isHolding;
  }

  /** Our pages, and other places for copies. */
  get scratch(): ScratchArea {
    return this.places.scratch;
  }

  /** One of the processes that has not ended, as far as that can be said. */
  get anyProcess(): ProcessId {
    if (this.processes.length > 1) this.passOverEnded();
    return this.firstProcess;
  }

  private get firstProcess(): ProcessId {
    const [pid] = this.processes;
    // All have ended, and that was told already.
    if (pid === undefined) throw new TraceeGone(0);
    return pid;
  }

  /**
   * Memory is reached through the first process, whose end may not have been reported yet: lets another one be it.
   *
   * @returns false when there is no other
   */
  private passOverEnded(): boolean {
    const { kernel, processes } = this;
    const living = processes.findIndex(
      (pid) => unlessGone(() => kernel.executablePath(pid)) !== undefined,
    );
    if (living <= 0) return false;
    processes.unshift(...processes.splice(living, 1));
    return true;
  }

  /**
   * Puts a trap at `address`, or returns the one that is there.
   *
   * @param tid a stopped thread of this memory, for the rare case that new pages are needed
   */
  place(address: Address, tid: ThreadId): SitePlacement {
    return this.placeAs('instruction', address, tid);
  }

  /** The same where a system call is made that may block SIGTRAP. */
  placeMaskCall(address: Address, tid: ThreadId): SitePlacement {
    return this.placeAs('mask call', address, tid);
  }

  private placeAs(kind: Wanted['kind'], address: Address, tid: ThreadId): SitePlacement {
    const existing = this.sites.get(address);
    if (existing !== undefined) return existing;
    if (this.unsafe !== undefined) return this.unsafe;
    const code = this.memory.readCode(address, this.arch.longestInstruction);
    const originalByte = this.byteWithoutTrap(address, code[0]);
    if (originalByte === undefined) return 'unreadable';
    code[0] = originalByte;
    const way = this.places.wayPast({ kind, address, code }, tid);
    if (typeof way === 'string') return way;
    const { bytes, originalBytes } = way.displaced;
    if (this.isToBeRelocated(address, originalBytes)) return 'not relocated yet';
    const copy = way.kind === 'copy' ? way.at : undefined;
    const site = new BreakpointSite({
      address,
      originalByte,
      code,
      copy,
      copyBytes: bytes.length,
      instruction: way.displaced,
    });
    const refusal = this.traps.write(site, bytes, tid);
    if (refusal !== undefined) return refusal;
    this.sites.set(address, site);
    if (copy !== undefined) this.copies.set(copy, site);
    this.inline?.onSite(site);
    return site;
  }

  /**
   * What `body` places is written when it ends. The thread is stopped.
   *
   * @returns how many breakpoints could not be written in the end
   */
  placeTogether(tid: ThreadId, body: () => void): number {
    return this.dropRefused(this.traps.together(tid, body));
  }

  /**
   * The same while the process runs.
   *
   * @returns how many breakpoints could not be written in the end
   */
  placeWhileRunning(halt: Halt, tid: ThreadId, body: () => void): number {
    return this.dropRefused(this.traps.whileRunning(halt, tid, body));
  }

  /** Is the dynamic linker still to change this code? A copy of it would be of no use. */
  private isToBeRelocated(address: Address, bytes: number): boolean {
    const module = this.modules.at(address);
    if (module?.relocation !== 'due') return false;
    return relocatesCode(module.image, module.imageAddressOf(address), bytes);
  }

  private dropRefused(refused: readonly BreakpointSite[]): number {
    for (const { address } of refused) this.sites.delete(address);
    return refused.length;
  }

  /** May the program itself change the code here? Outside of modules nobody knows. */
  private isWritable(address: Address): boolean {
    const module = this.modules.at(address);
    return module?.image.isWritable(module.imageAddressOf(address)) ?? true;
  }

  /** Is this surely code of the kernel's own, which it maps into every program? See vdso(7). */
  isInVdso(address: Address): boolean {
    // Of a program that may not be read nobody is told what it has mapped (proc(5), PTRACE_MODE_READ).
    return unlessGone(() => isInVdso(this.kernel.mappings(this.anyProcess), address)) ?? false;
  }

  /** A tracer that was killed may have left its trap, which is not the program's: the file knows better. */
  private byteWithoutTrap(address: Address, byte: number | undefined): number | undefined {
    if (byte !== this.arch.trapInstruction[0]) return byte;
    const module = this.modules.at(address);
    return module?.image.bytesAt(module.imageAddressOf(address), 1)?.[0] ?? byte;
  }

  /** Takes the trap away. Threads that run in the copy may go on: it stays. */
  lift(site: BreakpointSite): void {
    this.sites.delete(site.address);
    this.lifted.add(site.address);
    restoreTraps(this.inMemory(this.anyProcess, [site]));
    this.lifeline?.unprotect(site.address);
  }

  /** Did a trap of ours stand there, into which a thread ran before it was lifted? */
  wasLifted(address: number): boolean {
    if (!this.lifted.has(address)) return false;
    const byte = this.memory.readCode(toAddress(address), 1)[0];
    // One that stands there is the program's.
    return byte !== undefined && byte !== this.arch.trapInstruction[0];
  }

  /** When no thread is in a copy there: memory that is the program's own is zero again. */
  clearTails(): void {
    for (const { start, end } of this.scratch.tails) {
      this.memory.write(start, new Uint8Array(end - start));
    }
  }

  /** Forgets sites of code that is no longer mapped. */
  forget(start: number, end: number): void {
    this.inline?.forget(start, end);
    for (const site of this.sites.values()) {
      if (site.address < start || site.address >= end) continue;
      this.sites.delete(site.address);
      this.lifeline?.unprotect(site.address);
    }
    for (const address of this.returnPoints.keys()) {
      if (address >= start && address < end) this.returnPoints.delete(address);
    }
    this.scratch.forget(start, end);
  }

  /**
   * Puts every original byte back, where our trap still stands. The table of sites stays: a thread may have run
   * into a trap before it was gone, and be seen only afterwards.
   *
   * @param pid the process whose memory is meant: ours, or a child's copy of it
   */
  restoreBytes(pid: ProcessId): void {
    this.inline?.restore(pid);
    restoreTraps(this.inMemory(pid, [...this.sites.values()]));
  }

  /** After restoreBytes, or for some that vanished: traps stand again where their code does. */
  setTraps(pid: ProcessId, sites: readonly BreakpointSite[] = [...this.sites.values()]): void {
    setTraps(this.inMemory(pid, sites));
  }

  /** Traps that the program may have taken away, by mapping something else over them. */
  vanishedTraps(): readonly BreakpointSite[] {
    return vanishedTraps(this.inMemory(this.anyProcess, [...this.sites.values()]));
  }

  haveCopiesGone(sites: readonly BreakpointSite[]): boolean {
    return haveCopiesGone({ kernel: this.kernel, pid: this.anyProcess }, sites);
  }

  hasTrapAt(address: Address): boolean {
    const byte = new Uint8Array(1);
    return this.memory.read(address, byte) === 1 && byte[0] === this.arch.trapInstruction[0];
  }

  /** Forgets one whose trap is not there any more. */
  forgetSite({ address }: BreakpointSite): void {
    this.sites.delete(address);
    this.returnPoints.delete(address);
    this.lifeline?.unprotect(address);
  }

  private inMemory(pid: ProcessId, sites: readonly BreakpointSite[]): SitesInMemory {
    return {
      kernel: this.kernel,
      pid,
      sites,
      trap: this.arch.trapInstruction[0] ?? 0,
      originalByteAt: (address) => this.sites.get(address)?.originalByte,
      isWritable: (address) => this.isWritable(toAddress(address)),
      fileAt: (address) => this.modules.at(address)?.mappedFile ?? '',
    };
  }

  /** The site whose displaced instruction runs at `pc`; undefined outside of our copies. */
  siteOfCopy(pc: number): BreakpointSite | undefined {
    return this.copyAt(pc)?.site;
  }

  /** The same with where that instruction begins. */
  copyAt(pc: number): { readonly site: BreakpointSite; readonly start: Address } | undefined {
    if (!this.scratch.contains(pc)) return undefined;
    for (let at = pc - (pc % COPY_ALIGNMENT); at > pc - LARGEST_COPY_BYTES; at -= COPY_ALIGNMENT) {
      const site = this.copies.get(at);
      if (site !== undefined && pc < at + site.copyBytes) return { site, start: toAddress(at) };
    }
    return this.places.inSlot(pc);
  }

  /** Where a thread would be without us: an address inside a copy stands for the original instruction. */
  originalAddress(pc: number): Address {
    return this.siteOfCopy(pc)?.address ?? toAddress(pc);
  }

  /** Pages near the code of these, before the program locks itself in; the thread is stopped, unless the process runs. */
  prepareNear(modules: readonly Module[], tid: ThreadId): void {
    this.places.prepare(modules, tid);
  }

  private mapPages(at: Address, bytes: number, tid: ThreadId): Mapped {
    const outcome = this.traps.whileStill(tid, (stopped, standing): Mapped => {
      const access = this.remote.access(stopped, standing);
      return access.kind === 'granted'
        ? mapPages(access.caller, this.arch, { at, bytes })
        : shortageOf(access);
    });
    // Nobody stood still.
    return outcome ?? 'occupied';
  }
}

export const isRefusal = (placement: SitePlacement): placement is Refusal =>
  typeof placement === 'string';
