/** What we need to find in a program before anything else: where its linker keeps its lists. */
import { toAddress, type Address } from '../../base/address.js';
import type { AddressSpace } from '../tracees/tracee.js';

/** elf(5): the dynamic linker puts the address of struct r_debug here. */
const DT_DEBUG = 21;
const MOST_DYNAMIC_ENTRIES = 512;

/** DT_DEBUG of the running program, for linkers that do not export _r_debug. */
export function findDebugStructure(space: AddressSpace): Address | undefined {
  const { mainProgram } = space.modules;
  if (mainProgram === undefined || mainProgram.dynamic === 0) return undefined;
  const { wordBytes } = space.arch;
  for (let i = 0; i < MOST_DYNAMIC_ENTRIES; i++) {
    const at = mainProgram.dynamic + i * 2 * wordBytes;
    const tag = space.memory.readWord(toAddress(at));
    if (tag === undefined || tag === 0) return undefined;
    if (tag !== DT_DEBUG) continue;
    const value = space.memory.readWord(toAddress(at + wordBytes));
    return value === undefined || value === 0 ? undefined : toAddress(value);
  }
  return undefined;
}
