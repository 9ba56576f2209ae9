/**
 * clone() with CLONE_UNTRACED: the child would run in the same memory, into our traps, with nobody there to see them. So
 * the flag is taken away where the kernel, or the C library, is asked for it; the child is traced as any other.
 */
import {
  loadedAt,
  toAddress,
  toImageAddress,
  wordAsNumber,
  type Address,
} from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Thread, SiteHook } from '../tracees/tracee.js';
import { definedSymbols } from '../modules/defined-symbols.js';
import type { Module } from '../modules/module.js';

// <linux/sched.h>
const CLONE_UNTRACED = 0x00800000;
const CLONE_VM = 0x00000100;
/** The flags among the arguments: clone(2). */
const FLAGS = 2;
/** syscall(2) has the number before the arguments of the system call, of which the flags are the first. */
const NUMBER = 0;
const FIRST = 1;
/** Larger programs make system calls by their library. */
const SMALL_PROGRAM_BYTES = 4 << 20;

export interface CloneWatchParts {
  readonly kernel: Kernel;
  hook(thread: Thread, address: Address, hook: SiteHook): void;
}

export class CloneWatch {
  private readonly asks = new WeakMap<ElfImage, boolean>();

  constructor(private readonly parts: CloneWatchParts) {}

  watch(thread: Thread, modules: readonly Module[]): void {
    const { arch } = thread.process.space;
    for (const module of modules) {
      this.hookFunction(thread, module, 'clone', (caller) => this.clearArgument(caller, FLAGS));
      if (this.mayAskItself(module, arch)) this.watchCalls(thread, module);
    }
    const program = thread.process.space.modules.mainProgram;
    if (program === undefined || !this.mayAskItself(program, arch)) return;
    for (const module of modules) {
      this.hookFunction(thread, module, 'syscall', (caller) => this.clearOfSyscall(caller));
    }
  }

  /** Where the kernel itself is asked. */
  private watchCalls(thread: Thread, { image, bias }: Module): void {
    const { arch } = thread.process.space;
    const { clone, clone3 } = arch.syscalls.numbers;
    for (const { start, end } of image.executableRanges()) {
      const code = image.bytesAt(start, end - start);
      if (code === undefined) continue;
      for (const offset of arch.findSyscalls(code, new Set([clone, clone3]))) {
        const at = loadedAt(toImageAddress(start + offset), bias);
        this.parts.hook(thread, at, (caller) => this.clearOfCall(caller));
      }
    }
  }

  /** Programs with the flag among their constants that may make system calls without the C library. */
  private mayAskItself({ image, isMainProgram }: Module, arch: Arch): boolean {
    if (!isMainProgram) return false;
    let asks = this.asks.get(image);
    if (asks === undefined) {
      const code = image.executableRanges();
      const bytes = code.reduce((sum, { start, end }) => sum + end - start, 0);
      asks =
        (image.isStatic || bytes <= SMALL_PROGRAM_BYTES) &&
        code.some(({ start, end }) =>
          arch.loadsConstant(image.bytesAt(start, end - start) ?? new Uint8Array(0), isUntraced),
        );
      this.asks.set(image, asks);
    }
    return asks;
  }

  private hookFunction(thread: Thread, module: Module, name: string, hook: SiteHook): void {
    for (const { address } of definedSymbols(module.image, name)) {
      this.parts.hook(thread, loadedAt(address, module.bias), hook);
    }
  }

  /** The thread, whose registers are at hand, stands before an instruction that enters the kernel. */
  private clearOfCall({ tid, process }: Thread): void {
    const { kernel } = this.parts;
    const { syscalls } = process.space.arch;
    const number = wordAsNumber(kernel.registers, syscalls.numberRegister);
    const [register] = syscalls.argumentRegisters;
    if (register === undefined) return;
    const { clone, clone3 } = syscalls.numbers;
    if (number === clone) this.clearRegister(tid, register);
    // struct clone_args begins with the flags, 64 bits wide.
    if (number === clone3)
      this.clearWord(process, toAddress(wordAsNumber(kernel.registers, register)));
  }

  /** The same at the beginning of syscall(). */
  private clearOfSyscall(caller: Thread): void {
    const { space } = caller.process;
    const { clone, clone3 } = space.arch.syscalls.numbers;
    const number = this.argument(caller, NUMBER);
    if (number === clone) this.clearArgument(caller, FIRST);
    if (number !== clone3) return;
    const args = this.argument(caller, FIRST);
    if (args !== undefined) this.clearWord(caller.process, toAddress(args));
  }

  private argument({ process: { space } }: Thread, index: number): number | undefined {
    const { registers } = this.parts.kernel;
    const register = space.arch.argumentRegisters[index];
    if (register !== undefined) return wordAsNumber(registers, register);
    return space.memory.readWord(this.onStack(space.arch, index));
  }

  private clearArgument({ tid, process }: Thread, index: number): void {
    const { arch } = process.space;
    const register = arch.argumentRegisters[index];
    if (register !== undefined) this.clearRegister(tid, register);
    else this.clearWord(process, this.onStack(arch, index));
  }

  /** At the beginning of a function: above the return address. */
  private onStack({ registers, wordBytes }: Arch, index: number): Address {
    const sp = wordAsNumber(this.parts.kernel.registers, registers.sp);
    return toAddress(sp + (1 + index) * wordBytes);
  }

  private clearRegister(tid: Thread['tid'], register: number): void {
    const { kernel } = this.parts;
    const low = kernel.registers.getUint32(register, true);
    if ((low & CLONE_UNTRACED) === 0) return;
    const flags = wordAsNumber(kernel.registers, register);
    kernel.setRegister(tid, register, flags - CLONE_UNTRACED);
  }

  private clearWord({ space: { memory } }: Thread['process'], at: Address): void {
    const flags = memory.readUint32(at);
    if (flags === undefined || (flags & CLONE_UNTRACED) === 0) return;
    const bytes = new DataView(new ArrayBuffer(4));
    bytes.setUint32(0, flags - CLONE_UNTRACED, true);
    memory.write(at, new Uint8Array(bytes.buffer));
  }
}

/** The flag with that for shared memory, and a signal in the lowest byte. */
function isUntraced(word: number): boolean {
  const both = CLONE_UNTRACED | CLONE_VM;
  return (word & both) === both && (word & 0xff) <= 64 && word < 0x80000000;
}
