/**
 * clone() with CLONE_UNTRACED: the child would run in the same memory, into our traps, with nobody there to see them. So
 * the flag is taken away where the C library is asked for it; the child is traced as any other.
 */
import { loadedAt, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Thread, SiteHook } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';

/** <linux/sched.h> */
const CLONE_UNTRACED = 0x00800000;
/** Of the flags among the arguments: clone(2). */
const FLAGS = 2;

export interface CloneWatchParts {
  readonly kernel: Kernel;
  hook(thread: Thread, address: Address, hook: SiteHook): void;
}

export class CloneWatch {
  constructor(private readonly parts: CloneWatchParts) {}

  watch(thread: Thread, modules: readonly Module[]): void {
    for (const { image, bias } of modules) {
      for (const { defined, address } of image.findDynamic('clone')) {
        if (!defined) continue;
        this.parts.hook(thread, loadedAt(address, bias), (caller) => this.clearFlag(caller));
      }
    }
  }

  /** The thread, whose registers are at hand, stands at the beginning of clone(). */
  private clearFlag({ tid, process }: Thread): void {
    const { kernel } = this.parts;
    const { arch, memory } = process.space;
    const register = arch.argumentRegisters[FLAGS];
    if (register !== undefined) {
      const flags = wordAsNumber(kernel.registers, register);
      const low = kernel.registers.getUint32(register, true);
      if ((low & CLONE_UNTRACED) !== 0) kernel.setRegister(tid, register, flags - CLONE_UNTRACED);
      return;
    }
    const sp = wordAsNumber(kernel.registers, arch.registers.sp);
    const at = toAddress(sp + (1 + FLAGS) * arch.wordBytes);
    const flags = memory.readWord(at);
    if (flags === undefined || (flags & CLONE_UNTRACED) === 0) return;
    const bytes = new DataView(new ArrayBuffer(arch.wordBytes));
    bytes.setUint32(0, flags - CLONE_UNTRACED, true);
    memory.write(at, new Uint8Array(bytes.buffer));
  }
}
