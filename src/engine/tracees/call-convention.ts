/**
 * By which convention a thread makes its system calls: that of its program's CPU, unless it says otherwise. 64-bit code may
 * use `int $0x80`, whose numbers and registers are those of i386, and 32-bit code may go over to 64 bits.
 */
import { toAddress, wordAsNumber, type Address } from '../../base/address.js';
import { ALL_ARCHES } from '../../arch/all-arches.js';
import type { Arch } from '../../arch/arch.js';
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AddressSpace } from './tracee.js';
import type { Thread } from './tracee.js';

/** As the kernel says it of a stopped thread; undefined where it does not (before Linux 5.3). */
export function conventionTold(kernel: Kernel, stopped: ThreadId): Arch | undefined {
  const told = kernel.callConvention(stopped);
  return ALL_ARCHES.find(({ auditArch }) => auditArch === told);
}

/** Of the call that a thread is in, whose registers were just read. */
export function conventionOf(kernel: Kernel, { tid, process: { space } }: Thread): Arch {
  return conventionTold(kernel, tid) ?? conventionBefore(space, pcOf(kernel, space)) ?? space.arch;
}

/** What the kernel takes of the register at this offset as an argument; rounded above 2^53. */
export function wordArgument(registers: DataView, { wordBytes }: Arch, offset: number): number {
  return wordBytes === 4 ? registers.getUint32(offset, true) : wordAsNumber(registers, offset);
}

interface OwnCalls {
  /** Of the table of modules: with others there is other code. */
  readonly changes: number;
  /** Behind instructions that can be nothing else than their program's own convention. */
  readonly pcs: Set<number>;
}

/** The same for each call, and asks the kernel only where the code does not tell. Hot path. */
export class CallConventions {
  private readonly own = new WeakMap<AddressSpace, OwnCalls>();

  constructor(private readonly kernel: Kernel) {}

  of(thread: Thread): Arch {
    const { space } = thread.process;
    const pc = pcOf(this.kernel, space);
    const { pcs } = this.ownCallsIn(space);
    if (pcs.has(pc)) return space.arch;
    if (isUnchanging(space, pc) && conventionBefore(space, pc) === space.arch) {
      pcs.add(pc);
      return space.arch;
    }
    return conventionOf(this.kernel, thread);
  }

  private ownCallsIn(space: AddressSpace): OwnCalls {
    const { changes } = space.modules;
    let known = this.own.get(space);
    if (known?.changes !== changes) {
      known = { changes, pcs: new Set() };
      this.own.set(space, known);
    }
    return known;
  }
}

function pcOf({ registers }: Kernel, { arch }: AddressSpace): Address {
  return toAddress(wordAsNumber(registers, arch.registers.pc));
}

/** Is this code that the program does not write? */
function isUnchanging(space: AddressSpace, pc: Address): boolean {
  const module = space.modules.at(pc);
  if (module === undefined) return space.isInVdso(pc);
  return !module.image.isWritable(module.imageAddressOf(pc));
}

/** By the instruction that entered the kernel. */
function conventionBefore({ memory }: AddressSpace, pc: Address): Arch | undefined {
  return ALL_ARCHES.find(({ syscalls: { instruction } }) => {
    const at = pc - instruction.length;
    if (at < 0) return false;
    const code = memory.readCode(toAddress(at), instruction.length);
    return Buffer.compare(code, instruction) === 0;
  });
}
