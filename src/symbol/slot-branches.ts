/** Where the code of an image calls or jumps through its imports' slots by itself, without a stub: -fno-plt, Rust. */
import type { ImageAddress } from '../base/address.js';
import type { PltDecoder } from '../arch/arch.js';
import type { ElfImage } from '../elf/elf-image.js';
import { codeIn, type ImportedFunction, type ImportKind } from './imports.js';

export interface SlotJump {
  /** The jump instruction. */
  readonly address: ImageAddress;
  readonly slot: ImageAddress;
}

/** Of one imported function. */
export interface SlotBranches {
  /** Tail calls. */
  readonly jumps: readonly SlotJump[];
  /** Also by a register that the slot was loaded into. */
  readonly isCalled: boolean;
}

export const NO_BRANCHES: SlotBranches = { jumps: [], isCalled: false };

/** What code reads as a slot of the GOT; others are tables and operands. */
export const GOT_KINDS: ReadonlySet<ImportKind> = new Set(['jump-slot', 'glob-dat', 'irelative']);

/** The jump of a stub stands at most so far behind its first instruction; another function may follow at once. */
const LONGEST_LEAD = 12;

/**
 * Looks through all code.
 *
 * @param imports those of the image that matter
 */
export function slotBranchesOf(
  image: ElfImage,
  { plt }: { readonly plt: PltDecoder },
  imports: readonly ImportedFunction[],
): (imported: ImportedFunction) => SlotBranches {
  const bySlot = new Map<number, ImportedFunction>();
  for (const imported of imports) {
    for (const { address, kind } of imported.slots) {
      if (GOT_KINDS.has(kind)) bySlot.set(address, imported);
    }
  }
  if (bySlot.size === 0) return () => NO_BRANCHES;
  const found = new Map<ImportedFunction, { jumps: SlotJump[]; isCalled: boolean }>();
  const isSlot = (slot: number): boolean => bySlot.has(slot);
  for (const { start, code } of codeIn(image, image.executableRanges())) {
    for (const { kind, address, slot } of plt.findBranches(code, start, image.pltGot, isSlot)) {
      const imported = bySlot.get(slot);
      if (imported === undefined || isInStub(imported, address)) continue;
      let branches = found.get(imported);
      if (branches === undefined) {
        branches = { jumps: [], isCalled: false };
        found.set(imported, branches);
      }
      if (kind === 'jump') branches.jumps.push({ address, slot });
      else branches.isCalled = true;
    }
  }
  return (imported) => found.get(imported) ?? NO_BRANCHES;
}

function isInStub({ stubs }: ImportedFunction, address: ImageAddress): boolean {
  return stubs.some((stub) => address >= stub && address <= stub + LONGEST_LEAD);
}
