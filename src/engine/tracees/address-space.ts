/** Everything that belongs to one tracee memory: its breakpoint sites, modules and scratch pages. */
import type { Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import type { Arch } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { TraceOptions } from '../../kernel/threads.js';
import type { Mapped, Shortage } from '../memory/copy-places.js';
import type { BreakpointSite } from '../memory/site.js';
import { TrappedMemory, type Pages } from '../memory/trapped-memory.js';
import type { Standing } from '../memory/trap-writer.js';
import { LinkMaps } from '../modules/link-map.js';
import type { Module } from '../modules/module.js';
import { ModuleTable } from '../modules/module-table.js';
import type { Inside } from '../points/inside.js';
import type { ReturnPoint } from '../points/return-point.js';
import { SiteReasons } from '../points/site-reasons.js';
import { mapPages } from '../remote/map-pages.js';
import { RemoteCalls, shortageOf } from '../remote/remote-caller.js';
import type { Lifeline } from '../survival/lifeline.js';
import { protectSites } from '../survival/protect-sites.js';

/** See lending.ts. */
export interface Loan {
  /** A thread of the memory stopped: true when that is to be dealt with later. */
  keeps(tid: ThreadId, status: number): boolean;
  /** For a tracer that leaves: the stops that nobody has dealt with. */
  end(): ReadonlyMap<ThreadId, number>;
}

/** @typeParam Thread whoever comes to its breakpoints */
export class AddressSpaceFor<Thread> extends TrappedMemory<SiteReasons<Thread>> {
  /** Every address that a traced call returned to, or would have. */
  readonly returnPoints = new Map<number, ReturnPoint>();
  readonly modules: ModuleTable;
  readonly linkMaps: LinkMaps;
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
  /** While a vfork child has the memory for itself, or waits for that. */
  loan: Loan | undefined;
  /** The dynamic linker has said that it changes its lists, and not yet that it has done so. */
  isLoading = false;
  /** Set for a process that is to survive our being killed. */
  lifeline: Lifeline | undefined;
  /** Set once calls are caught inside: engine/inline. */
  inline: Inside<Thread> | undefined;
  /** What addresses of ours on its stacks stand for; itself for all others. Also in a copy. */
  realReturnAddress: (word: number) => number = (word) => word;

  constructor(
    kernel: Kernel,
    arch: Arch,
    /** Those that its threads are seized with. */
    options: TraceOptions,
    from?: AddressSpaceFor<Thread>,
  ) {
    super(kernel, arch, from);
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
    if (from !== undefined) this.inherit(from);
  }

  private inherit(parent: AddressSpaceFor<Thread>): void {
    this.debugStructure = parent.debugStructure;
    this.hasCalleeSites = parent.hasCalleeSites;
    this.hasGo = parent.hasGo;
    this.isOpaque = parent.isOpaque;
    this.realReturnAddress = parent.realReturnAddress;
    this.callsKernelItself = parent.callsKernelItself;
    for (const [address, point] of parent.returnPoints) this.returnPoints.set(address, point);
    for (const [dynamic, file] of parent.unreadable) this.unreadable.set(dynamic, file);
    for (const module of parent.placed) this.placed.add(module);
  }

  override forget(start: number, end: number): void {
    super.forget(start, end);
    for (const address of this.returnPoints.keys()) {
      if (address >= start && address < end) this.returnPoints.delete(address);
    }
  }

  override forgetSite(site: BreakpointSite): void {
    super.forgetSite(site);
    this.returnPoints.delete(site.address);
  }

  protected override get files(): ModuleTable {
    return this.modules;
  }

  protected override get patches(): Inside<Thread> | undefined {
    return this.inline;
  }

  protected override get outlivesUs(): boolean {
    return this.lifeline !== undefined;
  }

  protected override meaningOf(parents?: BreakpointSite<SiteReasons<Thread>>): SiteReasons<Thread> {
    return new SiteReasons(parents?.meaning);
  }

  protected override mapPagesBy(stopped: ThreadId, standing: Standing, pages: Pages): Mapped {
    const access = this.remote.access(stopped, standing);
    return access.kind === 'granted'
      ? mapPages(access.caller, this.arch, pages)
      : shortageOf(access);
  }

  protected override protect(
    sites: readonly BreakpointSite[],
    stopped: ThreadId,
    standing: Standing,
  ): Shortage | undefined {
    return protectSites(this.lifeline, sites, () => this.remote.access(stopped, standing));
  }

  protected override unprotect(address: Address): void {
    this.lifeline?.unprotect(address);
  }
}
