/** DWARF's numbers of a CPU's registers, as offsets in the kernel's register block. */
export interface DwarfRegisters {
  /** Byte offset in the register block by DWARF number. */
  readonly offsets: readonly number[];
  readonly stackPointer: number;
  readonly framePointer: number;
  /** The column of the return address; before the first step it holds the PC. */
  readonly returnAddress: number;
  readonly wordBytes: 4 | 8;
}
