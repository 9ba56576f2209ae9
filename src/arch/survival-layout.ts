/**
 * What a traced program keeps for the case that its tracer is killed: a page with a header and a SIGTRAP handler, and a
 * table by which that knows breakpoints. The same for all CPUs; only the handler's code is a CPU's own.
 */
import type { MachineCode } from '../base/machine-code.js';

export interface SurvivalCode {
  /**
   * Labels `handler` and `restorer` are what the kernel is told; see rt_sigaction(2).
   *
   * @param header address of the header, behind which the code stands
   */
  assembled(header: number): MachineCode;
}

/** Offsets in the header, all fields 8 bytes. */
export const SURVIVAL = {
  /** Address of the table: an open-addressed hash table of (breakpoint address, PC to go on at). */
  SURVIVAL_TABLE: 0x00,
  /** Number of its entries - 1; the number is a power of two. */
  SURVIVAL_MASK: 0x08,
  /** What the program had for SIGTRAP: struct kernel_sigaction (handler, flags, restorer, mask). */
  SURVIVAL_OLD_HANDLER: 0x10,
  /** 32 bytes of zeros: SIG_DFL. */
  SURVIVAL_DEFAULT_ACTION: 0x30,
  /** Our own struct kernel_sigaction. */
  SURVIVAL_NEW_ACTION: 0x50,
  /** By which a later session finds the page. */
  SURVIVAL_MARK: 0x70,
} as const;

export const SURVIVAL_HEADER_BYTES = 0x80;
export const SURVIVAL_ENTRY_BYTES = 16;

const MULTIPLIER = 0x9e3779b1n;

/** The entry where the search for a breakpoint address begins. */
export function survivalHash(address: number, mask: number): number {
  return Number((BigInt.asUintN(64, BigInt(address) * MULTIPLIER) >> 32n) & BigInt(mask));
}
