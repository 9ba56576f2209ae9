// Hot path: runs at every stop.
/** Copies the arguments of a call from wherever its convention puts them to fixed offsets of one block. */
import { offsetBy } from '../base/address.js';
import type { Piece } from '../arch/call-abi.js';
import type { StoppedCall } from './stopped-call.js';

/** Holds the arguments of one call. */
export interface Frame {
  readonly view: DataView;
  /** The part of it that stack arguments are read into. */
  readonly stack: Uint8Array;
}

/** A word to copy, or half of one: byte offsets in the source block and in the frame. */
interface Copy {
  readonly from: number;
  readonly to: number;
  readonly isWhole: boolean;
}

const SLOT = 8;
const NO_BYTES = new Uint8Array(0);

const roundToSlot = (bytes: number): number => (bytes + SLOT - 1) & ~(SLOT - 1);

export class FramePlan {
  /** Where each argument is in the frame; an argument without bytes has the offset of the next. */
  readonly offsets: readonly number[];
  private readonly registers: readonly Copy[];
  private readonly floatRegisters: readonly Copy[];
  private readonly stackStart: number;
  private readonly stackBytes: number;
  private readonly bytes: number;

  /** @param places the pieces of each argument */
  constructor(places: readonly (readonly Piece[])[]) {
    const stack = places.flat().filter(({ source }) => source === 'stack');
    this.stackStart = stack.reduce((low, { offset }) => Math.min(low, offset), Infinity);
    const end = stack.reduce((high, { offset, bytes }) => Math.max(high, offset + bytes), 0);
    // Whole words, so that the word around a small argument can be told.
    this.stackBytes = stack.length === 0 ? 0 : roundToSlot(end - this.stackStart);
    const registers: Copy[] = [];
    const floatRegisters: Copy[] = [];
    let next = this.stackBytes;
    this.offsets = places.map((pieces) => {
      const [first] = pieces;
      if (first?.source === 'stack') return first.offset - this.stackStart;
      const slot = next;
      for (const { source, offset, at, bytes } of pieces) {
        // A small integer is copied with the word around it; a float may stand right before another part.
        if (source === 'register') registers.push({ from: offset, to: slot + at, isWhole: true });
        else floatRegisters.push({ from: offset, to: slot + at, isWhole: bytes > SLOT / 2 });
        next = Math.max(next, slot + at + SLOT);
      }
      return slot;
    });
    this.registers = registers;
    this.floatRegisters = floatRegisters;
    // Room behind the last: a type larger than its pieces (a struct on i386 registers) reads zeros.
    this.bytes = next + 2 * SLOT;
  }

  makeFrame(): Frame {
    const bytes = new Uint8Array(this.bytes);
    const stack = this.stackBytes === 0 ? NO_BYTES : bytes.subarray(0, this.stackBytes);
    return { view: new DataView(bytes.buffer), stack };
  }

  fill(frame: Frame, at: StoppedCall): void {
    const { view } = frame;
    copyWords(this.registers, at.registers, view);
    if (this.floatRegisters.length > 0) copyWords(this.floatRegisters, at.floatRegisters(), view);
    if (this.stackBytes === 0) return;
    const got = at.memory.read(offsetBy(at.entryStackPointer, this.stackStart), frame.stack);
    if (got < this.stackBytes) frame.stack.fill(0, Math.max(0, got));
  }
}

function copyWords(copies: readonly Copy[], from: DataView, to: DataView): void {
  for (const copy of copies) {
    to.setUint32(copy.to, from.getUint32(copy.from, true), true);
    if (copy.isWhole) to.setUint32(copy.to + 4, from.getUint32(copy.from + 4, true), true);
  }
}
