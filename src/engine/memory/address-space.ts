/** Everything that belongs to one tracee memory: its breakpoint sites, modules and scratch pages. */
import { toAddress, type Address } from '../../base/address.js';
import { TraceeGone, unlessGone } from '../../base/errors.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Arch, Displaced, MaskCallCode } from '../../arch/arch.js';
import { relocatesCode } from '../../elf/text-relocations.js';
import type { Kernel } from '../../kernel/kernel.js';
import {
  COPY_ALIGNMENT,
  COPY_BYTES,
  LARGEST_COPY_BYTES,
  ScratchArea,
  type MapPages,
} from './scratch-area.js';
import { restoreTraps, setTraps, type SitesInMemory } from './restore-traps.js';
import { haveCopiesGone, vanishedTraps } from './vanished-traps.js';
import { BreakpointSite } from './site.js';
import { TrapWriter, type Halt } from './trap-writer.js';
import type { ReturnPoint } from '../calls/return-point.js';
import type { Module } from '../modules/module.js';
import { LinkMaps } from '../modules/link-map.js';
import { ModuleTable } from '../modules/module-table.js';
import { ProcessMemory } from './process-memory.js';
import type { StoodAt } from '../stops/remote-syscall.js';
import { remoteCaller, type Lifeline } from '../survival/lifeline.js';
import type { RemoteCaller } from '../survival/survival-handler.js';

/** Why no breakpoint could be put at an address. */
export type Refusal =
  'unreadable' | 'not displaceable' | 'no room for a copy' | 'not writable' | 'not relocated yet';

export type SitePlacement = BreakpointSite | Refusal;

// <asm-generic/mman-common.h>, <asm-generic/mman.h>
const PROT_READ = 1;
const PROT_EXEC = 4;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;
const MAP_FIXED_NOREPLACE = 0x100000;

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
  /** Every address that a traced call returned to, or would have. */
  readonly returnPoints = new Map<number, ReturnPoint>();
  readonly memory: ProcessMemory;
  readonly modules: ModuleTable;
  readonly linkMaps: LinkMaps;
  readonly scratch: ScratchArea;
  /** A system-call instruction in the tracee's own code, for remote calls. */
  syscallInstruction: Address | undefined;
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
  /** Set for a process that is to survive our being killed. */
  lifeline: Lifeline | undefined;
  private readonly traps: TrapWriter;

  constructor(
    private readonly kernel: Kernel,
    readonly arch: Arch,
    from?: AddressSpace,
  ) {
    this.memory = new ProcessMemory(
      kernel,
      { first: () => this.firstProcess, passOverEnded: () => this.passOverEnded() },
      (address) => this.sites.get(address)?.originalByte,
      arch,
    );
    this.traps = new TrapWriter({
      memory: this.memory,
      trapInstruction: arch.trapInstruction,
      isWritable: (address) => this.isWritable(address),
      protect: (sites, stopped, stoodAt) =>
        this.lifeline?.protect(sites, () => this.remoteCaller(stopped, stoodAt)),
      unprotect: ({ address }) => this.lifeline?.unprotect(address),
    });
    this.modules = from?.modules.copy() ?? new ModuleTable();
    this.linkMaps = from?.linkMaps.copy() ?? new LinkMaps(arch.wordBytes);
    this.scratch = from?.scratch.copy() ?? new ScratchArea(arch.displacementReach);
    this.syscallInstruction = from?.syscallInstruction;
    this.debugStructure = from?.debugStructure;
    this.hasCalleeSites = from?.hasCalleeSites ?? false;
    if (from !== undefined) this.inherit(from);
  }

  /** A forked child's memory is a copy of its parent's, with our traps in it. */
  private inherit(parent: AddressSpace): void {
    this.hasGo = parent.hasGo;
    this.isOpaque = parent.isOpaque;
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
    return this.placeWith(address, tid, COPY_BYTES, (code, copy) =>
      this.arch.displace(code, address, copy),
    );
  }

  /** The same where a system call is made that may block SIGTRAP. */
  placeMaskCall(address: Address, tid: ThreadId): SitePlacement {
    return this.placeWith(address, tid, LARGEST_COPY_BYTES, (code, copy) =>
      this.arch.maskCall(code, address, copy),
    );
  }

  private placeWith(
    address: Address,
    tid: ThreadId,
    copyBytes: number,
    displace: (code: Uint8Array, copy: Address) => Displaced | MaskCallCode | undefined,
  ): SitePlacement {
    const existing = this.sites.get(address);
    if (existing !== undefined) return existing;
    const code = this.memory.readCode(address, this.arch.longestInstruction);
    const originalByte = this.byteWithoutTrap(address, code[0]);
    if (originalByte === undefined) return 'unreadable';
    code[0] = originalByte;
    const copy = this.reserveCopy(address, tid, copyBytes);
    if (copy === undefined) return 'no room for a copy';
    const displaced = displace(code, copy);
    if (displaced === undefined) return 'not displaceable';
    if (this.isToBeRelocated(address, displaced.originalBytes)) return 'not relocated yet';
    const site = new BreakpointSite({
      address,
      originalByte,
      code,
      copy,
      copyBytes: displaced.bytes.length,
      instruction: displaced,
    });
    if (!this.traps.write(site, displaced.bytes, tid)) return 'not writable';
    this.sites.set(address, site);
    this.copies.set(copy, site);
    return site;
  }

  /** What `body` places is written when it ends. The thread is stopped. */
  placeTogether(tid: ThreadId, body: () => void): void {
    this.dropRefused(this.traps.together(tid, body));
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

  /** Is this code of the kernel's own, which it maps into every program? See vdso(7). */
  isInVdso(address: Address): boolean {
    return this.kernel
      .mappings(this.anyProcess)
      .some(({ path, start, end }) => path === '[vdso]' && address >= start && address < end);
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
    restoreTraps(this.inMemory(this.anyProcess, [site]));
    this.lifeline?.unprotect(site.address);
  }

  /** Forgets sites of code that is no longer mapped. */
  forget(start: number, end: number): void {
    for (const site of this.sites.values()) {
      if (site.address < start || site.address >= end) continue;
      this.sites.delete(site.address);
      this.lifeline?.unprotect(site.address);
    }
    for (const address of this.returnPoints.keys()) {
      if (address >= start && address < end) this.returnPoints.delete(address);
    }
  }

  /**
   * Puts every original byte back, where our trap still stands. The table of sites stays: a thread may have run
   * into a trap before it was gone, and be seen only afterwards.
   *
   * @param pid the process whose memory is meant: ours, or a child's copy of it
   */
  restoreBytes(pid: ProcessId): void {
    restoreTraps(this.inMemory(pid, this.sites.values()));
  }

  /** After restoreBytes, or for some that vanished: traps stand again where their code does. */
  setTraps(pid: ProcessId, sites: Iterable<BreakpointSite> = this.sites.values()): void {
    setTraps(this.inMemory(pid, sites));
  }

  /** Traps that the program may have taken away, by mapping something else over them. */
  vanishedTraps(): readonly BreakpointSite[] {
    return vanishedTraps(this.inMemory(this.anyProcess, this.sites.values()));
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

  private inMemory(pid: ProcessId, sites: Iterable<BreakpointSite>): SitesInMemory {
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
    if (!this.scratch.contains(pc)) return undefined;
    for (let at = pc - (pc % COPY_ALIGNMENT); at > pc - LARGEST_COPY_BYTES; at -= COPY_ALIGNMENT) {
      const site = this.copies.get(at);
      if (site !== undefined && pc < site.copy + site.copyBytes) return site;
    }
    return undefined;
  }

  /** Where a thread would be without us: an address inside a copy stands for the original instruction. */
  originalAddress(pc: number): Address {
    return this.siteOfCopy(pc)?.address ?? toAddress(pc);
  }

  private reserveCopy(near: Address, tid: ThreadId, bytes: number): Address | undefined {
    const { scratch } = this;
    const at = scratch.reserve(near, bytes);
    if (at !== undefined) return at;
    const mappings = this.kernel.mappings(this.anyProcess);
    const mapPages: MapPages = (start, size) => this.mapPages(start, size, tid);
    const hasRoom = scratch.grow(near, bytes, mappings, mapPages);
    return hasRoom ? scratch.reserve(near, bytes) : undefined;
  }

  /** Read-only and executable: we write through /proc/PID/mem, and nobody else may. */
  private mapPages(at: Address, bytes: number, tid: ThreadId): boolean {
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    const args = [at, bytes, PROT_READ | PROT_EXEC, flags, -1, 0];
    const { mmap } = this.arch.syscalls.numbers;
    const result = this.traps.whileStill(tid, (stopped, stoodAt) =>
      this.remoteCaller(stopped, stoodAt)?.call(mmap, args),
    );
    return result === at;
  }

  /** Lets a stopped thread make system calls for us; undefined where there is no instruction for it. */
  remoteCaller(tid: ThreadId, stoodAt: StoodAt): RemoteCaller | undefined {
    const { kernel, arch, syscallInstruction: instruction } = this;
    return instruction === undefined
      ? undefined
      : remoteCaller(kernel, tid, { arch, instruction, stoodAt });
  }
}

export const isRefusal = (placement: SitePlacement): placement is Refusal =>
  typeof placement === 'string';
