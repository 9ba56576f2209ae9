/** One memory with our breakpoints in it. Whose it is, and what breakpoints mean, is for those who extend it. */
import { toAddress, type Address } from '../../base/address.js';
import { TraceeGone, unlessGone } from '../../base/errors.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Arch } from '../../arch/arch.js';
import { relocatesCode } from '../../elf/text-relocations.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Mapping } from '../../kernel/mapping.js';
import { originalOfCopy, restoreCopies } from './copied-code.js';
import {
  CopyPlaces,
  type Mapped,
  type Danger,
  type Refusal,
  type Shortage,
} from './copy-places.js';
import type { LoadedFile, LoadedFiles } from './loaded-files.js';
import { COPY_ALIGNMENT, LARGEST_COPY_BYTES, type ScratchArea } from './scratch-area.js';
import { restoreTraps, setTraps, type SitesInMemory } from './restore-traps.js';
import { isInVdso } from './vdso.js';
import { haveCopiesGone, vanishedTraps } from './vanished-traps.js';
import { LiftedTraps } from './lifted-traps.js';
import { BreakpointSite } from './site.js';
import { TrapWriter, type Halt, type Standing } from './trap-writer.js';
import type { Wanted } from './wanted-copy.js';
import { ProcessMemory } from './process-memory.js';

export type SitePlacement<Meaning> = BreakpointSite<Meaning> | Refusal;

/** More than traps that was written into the code. */
export interface PatchedCode {
  /** Puts into code that was read what the program has there. */
  hidePatches(address: number, code: Uint8Array): void;
  /** Traps as before, while threads run; of a forked child, which stands still, the program's own bytes. */
  restore(pid: ProcessId): void;
  /** A trap was set. */
  onSite(site: BreakpointSite): void;
  /** The code there is no longer mapped. */
  forget(start: number, end: number): void;
}

/** Pages of ours. */
export interface Pages {
  readonly at: Address;
  readonly bytes: number;
}

/** @typeParam Meaning of a breakpoint */
export abstract class TrappedMemory<Meaning> {
  readonly sites = new Map<number, BreakpointSite<Meaning>>();
  /** By the address of its copy, which stays when the trap is gone: a thread may be in it. */
  readonly copies = new Map<number, BreakpointSite<Meaning>>();
  private readonly lifted = new LiftedTraps();
  readonly memory: ProcessMemory;
  /** Where displaced instructions run. */
  readonly places: CopyPlaces;
  /** Living processes that run in it; several only between vfork and exec, or with CLONE_VM. */
  readonly processes: ProcessId[] = [];
  /** Set where a process that is to survive our being killed would not: it gets no breakpoint. */
  unsafe: Danger | undefined;
  private readonly traps: TrapWriter;
  /** Does the program run copies of its code? */
  private copiesCode = false;

  /** @param from a forked child's memory is a copy of its parent's, with our traps in it */
  constructor(
    protected readonly kernel: Kernel,
    readonly arch: Arch,
    from?: TrappedMemory<Meaning>,
  ) {
    this.memory = new ProcessMemory(
      kernel,
      { first: () => this.firstProcess, passOverEnded: () => this.passOverEnded() },
      {
        byteAt: (address) => this.sites.get(address)?.originalByte,
        hidePatches: (address, code) => this.patches?.hidePatches(address, code),
      },
      arch,
    );
    this.traps = new TrapWriter({
      memory: this.memory,
      trapInstruction: arch.trapInstruction,
      isWritable: (address) => this.isWritable(address),
      protect: (sites, stopped, standing) => this.protect(sites, stopped, standing),
      unprotect: ({ address }) => this.unprotect(address),
    });
    this.places = new CopyPlaces(
      {
        kernel,
        arch,
        memory: this.memory,
        files: () => this.files,
        anyProcess: () => this.anyProcess,
        mapPages: (at, bytes, tid) => this.mapPages({ at, bytes }, tid),
        maySlot: () => !this.outlivesUs,
      },
      from?.places,
    );
    if (from === undefined) return;
    this.unsafe = from.unsafe;
    this.copiesCode = from.copiesCode;
    for (const [at, site] of from.copies) this.copies.set(at, site);
    for (const [address, site] of from.sites) {
      this.sites.set(address, site.copyForChild(this.meaningOf(site)));
    }
  }

  /** What is mapped here, as far as that is known. */
  protected abstract readonly files: LoadedFiles;
  /** Code of ours in place of the program's. */
  protected abstract readonly patches: PatchedCode | undefined;
  /** Is it to survive our being killed? */
  protected abstract readonly outlivesUs: boolean;
  /** Of a fresh breakpoint; or of a forked child's, for which the parent's is given. */
  protected abstract meaningOf(parents?: BreakpointSite<Meaning>): Meaning;
  /**
   * Makes pages that the program itself cannot write to.
   *
   * @param stopped a thread that may make system calls for us
   */
  protected abstract mapPagesBy(stopped: ThreadId, standing: Standing, pages: Pages): Mapped;
  /** So that the process survives our end: before the traps are written. Why it would not, in the end. */
  protected abstract protect(
    sites: readonly BreakpointSite[],
    stopped: ThreadId,
    standing: Standing,
  ): Shortage | undefined;
  /** The trap is gone. */
  protected abstract unprotect(address: Address): void;

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
  place(address: Address, tid: ThreadId): SitePlacement<Meaning> {
    return this.placeAs('instruction', address, tid);
  }

  /** The same where a system call is made that may block SIGTRAP. */
  placeMaskCall(address: Address, tid: ThreadId): SitePlacement<Meaning> {
    return this.placeAs('mask call', address, tid);
  }

  private placeAs(kind: Wanted['kind'], address: Address, tid: ThreadId): SitePlacement<Meaning> {
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
    const facts = { address, originalByte, code, copy, copyBytes: bytes.length };
    const site = new BreakpointSite({ ...facts, instruction: way.displaced }, this.meaningOf());
    const refusal = this.traps.write(site, bytes, tid);
    if (refusal !== undefined) return refusal;
    this.sites.set(address, site);
    if (copy !== undefined) this.copies.set(copy, site);
    this.patches?.onSite(site);
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
    const module = this.files.at(address);
    if (module?.relocation !== 'due') return false;
    return relocatesCode(module.image, module.imageAddressOf(address), bytes);
  }

  private dropRefused(refused: readonly BreakpointSite[]): number {
    for (const { address } of refused) this.sites.delete(address);
    return refused.length;
  }

  /** May the program itself change the code here? Outside of modules nobody knows. */
  private isWritable(address: Address): boolean {
    const module = this.files.at(address);
    return module?.image.isWritable(module.imageAddressOf(address)) ?? true;
  }

  /** Is this surely code of the kernel's own, which it maps into every program? See vdso(7). */
  isInVdso(address: Address): boolean {
    // Of a program that may not be read nobody is told what it has mapped (proc(5), PTRACE_MODE_READ).
    return unlessGone(() => isInVdso(this.kernel.mappings(this.anyProcess), address)) ?? false;
  }

  /** The memory that may be executed in which the address lies. */
  codeAt(address: number): Mapping | undefined {
    const isIt = ({ start, end, executable }: Mapping): boolean =>
      executable && address >= start && address < end;
    return unlessGone(() => this.kernel.mappings(this.anyProcess).find(isIt));
  }

  /** A tracer that was killed may have left its trap, which is not the program's: the file knows better. */
  private byteWithoutTrap(address: Address, byte: number | undefined): number | undefined {
    if (byte !== this.arch.trapInstruction[0]) return byte;
    const module = this.files.at(address);
    return module?.image.bytesAt(module.imageAddressOf(address), 1)?.[0] ?? byte;
  }

  /** Takes the trap away. Threads that run in the copy may go on: it stays. */
  lift(site: BreakpointSite<Meaning>): void {
    this.sites.delete(site.address);
    this.lifted.add(site.address);
    restoreTraps(this.inMemory(this.anyProcess, [site]));
    this.unprotect(site.address);
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
    this.patches?.forget(start, end);
    for (const site of this.sites.values()) {
      if (site.address < start || site.address >= end) continue;
      this.sites.delete(site.address);
      this.unprotect(site.address);
    }
    this.scratch.forget(start, end);
  }

  /**
   * A thread has run into a trap at an address where we put none. Was it copied there with the code around it?
   *
   * @returns 'first' where it was, and is taken out: the first that was found; 'again' any other
   */
  healCopy(address: number): 'first' | 'again' | undefined {
    const file = this.files.at(address);
    const inFile = file?.imageAddressOf(toAddress(address));
    // What a file has there is the program's own, and what the program has written over that.
    if (file?.image.executableRanges().some(({ start, end }) => isWithin(inFile, start, end)))
      return undefined;
    const where = this.copying(this.anyProcess);
    const original = originalOfCopy(where, address);
    if (original === undefined) return undefined;
    try {
      this.memory.write(toAddress(address), Uint8Array.of(original));
    } catch (error) {
      if (error instanceof TraceeGone) throw error;
      return undefined;
    }
    const found = this.copiesCode ? 'again' : 'first';
    this.copiesCode = true;
    return found;
  }

  /** Before nobody is there any more: {@link restoreBytes}, and {@link healCopy} wherever a copy can be found. */
  restoreForGood(pid: ProcessId): void {
    this.restoreBytes(pid);
    if (!this.copiesCode) this.restoreCopies(pid);
  }

  private restoreCopies(pid: ProcessId): void {
    if (this.sites.size > 0) restoreCopies(this.copying(pid), this.kernel.mappings(pid));
  }

  private copying(pid: ProcessId): Parameters<typeof restoreCopies>[0] {
    const trap = this.arch.trapInstruction[0] ?? 0;
    return { kernel: this.kernel, pid, sites: [...this.sites.values()], trap };
  }

  /**
   * Puts every original byte back, where our trap still stands. The table of sites stays: a thread may have run
   * into a trap before it was gone, and be seen only afterwards.
   *
   * @param pid the process whose memory is meant: ours, or a child's copy of it
   */
  restoreBytes(pid: ProcessId): void {
    this.patches?.restore(pid);
    if (this.copiesCode) this.restoreCopies(pid);
    restoreTraps(this.inMemory(pid, [...this.sites.values()]));
  }

  /** After restoreBytes, or for some that vanished: traps stand again where their code does. */
  setTraps(pid: ProcessId, sites: readonly BreakpointSite[] = [...this.sites.values()]): void {
    setTraps(this.inMemory(pid, sites));
  }

  /** Traps that the program may have taken away, by mapping something else over them. */
  vanishedTraps(): readonly BreakpointSite<Meaning>[] {
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
    this.unprotect(address);
  }

  private inMemory<Site extends BreakpointSite>(
    pid: ProcessId,
    sites: readonly Site[],
  ): SitesInMemory<Site> {
    return {
      kernel: this.kernel,
      pid,
      sites,
      trap: this.arch.trapInstruction[0] ?? 0,
      originalByteAt: (address) => this.sites.get(address)?.originalByte,
      isWritable: (address) => this.isWritable(toAddress(address)),
      fileAt: (address) => this.files.at(address)?.mappedFile ?? '',
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
  prepareNear(files: readonly LoadedFile[], tid: ThreadId): void {
    this.places.prepare(files, tid);
  }

  private mapPages(pages: Pages, tid: ThreadId): Mapped {
    const outcome = this.traps.whileStill(tid, (stopped, standing) =>
      this.mapPagesBy(stopped, standing, pages),
    );
    // Nobody stood still.
    return outcome ?? 'occupied';
  }
}

const isWithin = (at: number | undefined, start: number, end: number): boolean =>
  at !== undefined && at >= start && at < end;

export const isRefusal = <Meaning>(placement: SitePlacement<Meaning>): placement is Refusal =>
  typeof placement === 'string';
