/** Which CPU a process's program is made for. */
import { UserError } from '../../base/errors.js';
import type { ProcessId } from '../../base/ids.js';
import { LONGEST_HEADER } from '../../elf/header.js';
import { ALL_ARCHES } from '../../arch/all-arches.js';
import type { Arch } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';

/** Offsets in the ELF header, elf(5): EI_CLASS, EI_DATA, e_machine. */
const EI_CLASS = 4;
const E_MACHINE = 18;

/** @throws UserError for a program that we cannot trace; TraceeGone when the process has ended */
export function archOf(kernel: Kernel, pid: ProcessId): Arch {
  const path = kernel.executablePath(pid);
  const file = kernel.filesOf(pid).program();
  if (file === undefined) {
    // Nothing of a process that has just ended can be opened: then this throws.
    kernel.executablePath(pid);
    throw new UserError(`cannot read ${path}`);
  }
  const arch = archOfFile(file.part(0, LONGEST_HEADER));
  if (arch === undefined) throw new UserError(`cannot trace ${path}: it is made for another CPU`);
  return arch;
}

export function archOfFile(bytes: Uint8Array): Arch | undefined {
  const elfClass = bytes[EI_CLASS] === 1 ? 32 : 64;
  const machine = (bytes[E_MACHINE] ?? 0) + 256 * (bytes[E_MACHINE + 1] ?? 0);
  return ALL_ARCHES.find((arch) => arch.elfClass === elfClass && arch.elfMachine === machine);
}
