/** Which CPU a process's program is made for. */
import type { ProcessId, ThreadId } from '../../base/ids.js';
import { LONGEST_HEADER } from '../../elf/header.js';
import { ALL_ARCHES } from '../../arch/all-arches.js';
import type { Arch } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import { conventionTold } from '../tracees/call-convention.js';

/** Offsets in the ELF header, elf(5): EI_CLASS, EI_DATA, e_machine. */
const EI_CLASS = 4;
const E_MACHINE = 18;

/**
 * By its file; where that may not be read, or is for a CPU that we do not know, by what the kernel says of the thread.
 *
 * @param stopped a thread of it, if one is stopped
 * @throws TraceeGone when the process has ended
 */
export function archOf(kernel: Kernel, pid: ProcessId, stopped?: ThreadId): Arch {
  const file = kernel.filesOf(pid).program();
  // Nothing of a process that has just ended can be opened: then this throws.
  if (file === undefined) kernel.executablePath(pid);
  const named = file && archOfFile(file.part(0, LONGEST_HEADER));
  if (named !== undefined) return named;
  return (stopped === undefined ? undefined : conventionTold(kernel, stopped)) ?? OWN;
}

function archOfFile(bytes: Uint8Array): Arch | undefined {
  const elfClass = bytes[EI_CLASS] === 1 ? 32 : 64;
  const machine = (bytes[E_MACHINE] ?? 0) + 256 * (bytes[E_MACHINE + 1] ?? 0);
  return ALL_ARCHES.find((arch) => arch.elfClass === elfClass && arch.elfMachine === machine);
}

/** The first is the one that we run on ourselves. */
const [OWN] = ALL_ARCHES;
