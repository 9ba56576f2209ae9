/**
 * The jumps that stand where traps stood. A trap is one byte, a jump five, and other threads may execute them just now:
 * so the trap stands while the bytes behind it change, and no CPU has old ones when it goes (as Linux changes its own
 * code: text_poke_bp in arch/x86/kernel/alternative.c).
 */
import { toAddress, type Address } from '../../base/address.js';
import type { ProcessId } from '../../base/ids.js';
import type { InsideAccess } from '../../kernel/inside-access.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import type { ProtectedSite } from '../survival/lifeline.js';

/** Nanoseconds: waiting for all CPUs takes some milliseconds. */
const WAIT_AT_MOST_EVERY = 20e6;

export interface PatchHooks {
  /** Is a thread to come to the trap once more for the same call? */
  isAwaited(address: Address): boolean;
  /** Calls there are caught inside from now on, or by a trap again. */
  changed(site: TracedSite): void;
}

export class Patches {
  private readonly sites = new Set<TracedSite>();
  /** Their traps still stand before what changed. */
  private unripe: TracedSite[] = [];
  private waitedAt = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly inside: InsideAccess,
    private readonly space: AddressSpace,
    private readonly hooks: PatchHooks,
  ) {}

  /**
   * @param bytes in place of the code
   * @param isAlone does nobody run in this memory but a thread that stands still?
   */
  write(site: TracedSite, bytes: Uint8Array, isAlone: boolean): void {
    const { lifeline, memory } = this.space;
    const [head = 0] = bytes;
    // Should we be killed meanwhile, the trap stays, and the handler knows where to go on.
    lifeline?.unprotect(site.address);
    site.patch = { bytes, isLive: false };
    this.sites.add(site);
    memory.write(toAddress(site.address + 1), bytes.subarray(1));
    lifeline?.protect([{ ...protectedSite(site), originalByte: head }], () => undefined);
    this.unripe.push(site);
    if (isAlone) this.putHeads();
  }

  /** To be called now and then while there may be some that wait for other threads. */
  ripen(): void {
    if (this.unripe.length === 0) return;
    const now = this.kernel.now();
    if (now - this.waitedAt < WAIT_AT_MOST_EVERY) return;
    if (this.inside.serializeCores()) this.putHeads();
    this.waitedAt = this.kernel.now();
  }

  /** The trap stands again; what is behind it may stay. */
  withdraw(site: TracedSite): void {
    this.unripe = this.unripe.filter((other) => other !== site);
    if (site.patch?.isLive !== true || !this.isThere(site)) return;
    site.patch.isLive = false;
    this.space.memory.write(site.address, this.space.arch.trapInstruction);
    this.hooks.changed(site);
  }

  withdrawAll(): void {
    for (const site of this.sites) this.withdraw(site);
  }

  /** Traps as before, with the program's own code behind them, while its threads run. */
  restore(): void {
    const { lifeline, memory } = this.space;
    this.withdrawAll();
    const sites = [...this.sites].filter((site) => this.isThere(site));
    if (sites.length === 0) return;
    this.inside.serializeCores();
    for (const site of sites) {
      const length = site.patch?.bytes.length ?? 1;
      lifeline?.unprotect(site.address);
      memory.write(toAddress(site.address + 1), site.code.subarray(1, length));
      site.patch = undefined;
      lifeline?.protect([protectedSite(site)], () => undefined);
    }
    this.sites.clear();
    this.inside.serializeCores();
  }

  /**
   * The same in a forked child's copy of the memory, which stands still.
   *
   * @param head what comes first: a trap, or the program's own byte
   */
  restoreCopy(child: ProcessId, head: 'trap' | 'original'): void {
    const [trap = 0] = this.space.arch.trapInstruction;
    for (const site of this.sites) {
      if (site.patch === undefined || !this.isThere(site)) continue;
      const bytes = site.code.slice(0, site.patch.bytes.length);
      bytes[0] = head === 'trap' ? trap : site.originalByte;
      this.kernel.writeMemory(child, site.address, bytes);
    }
  }

  /** Code that was read, as it would be without the jumps. */
  hide(address: number, code: Uint8Array): void {
    for (const site of this.sites) {
      const { patch } = site;
      if (patch === undefined) continue;
      if (site.address >= address + code.length || site.address + patch.bytes.length <= address) {
        continue;
      }
      if (!this.isThere(site)) continue;
      for (let i = 0; i < patch.bytes.length; i++) {
        const at = site.address + i - address;
        if (at >= 0 && at < code.length) code[at] = site.code[i] ?? 0;
      }
    }
  }

  private putHeads(): void {
    const ripe = this.unripe.filter(({ address }) => !this.hooks.isAwaited(address));
    for (const site of ripe) {
      if (site.patch === undefined || !this.isThere(site)) continue;
      this.space.memory.write(site.address, site.patch.bytes.subarray(0, 1));
      site.patch.isLive = true;
      this.hooks.changed(site);
    }
    this.unripe = this.unripe.filter((site) => !ripe.includes(site));
  }

  /** Its code may have been unmapped. */
  private isThere(site: TracedSite): boolean {
    return this.space.sites.get(site.address) === site && site.patch !== undefined;
  }
}

function protectedSite({ address, originalByte, restored, landings }: TracedSite): ProtectedSite {
  return { address, originalByte, restored, landings };
}
