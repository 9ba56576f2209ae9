/** Moves one x86 instruction: code that does the same from another address, then goes on behind it. */
import type { Address } from '../../base/address.js';
import type { Displaced } from '../arch.js';
import { displaceRare } from './displace-rare.js';
import { branchTarget, flowOf, type Flow } from './flow.js';
import { shapeOf, type CodeBits, type InstructionShape } from './instruction-shape.js';

/**
 * @param code bytes at `from`, enough for the longest instruction (15)
 * @param from where the instruction stands
 * @param to   where the copy will stand; within ±2 GB of `from` in 64-bit code
 * @returns undefined when the instruction cannot be moved
 */
export function displace(
  code: Uint8Array,
  from: Address,
  to: Address,
  bits: CodeBits,
): Displaced | undefined {
  const shape = shapeOf(code, bits);
  if (shape === undefined) return bits === 64 ? displaceRare(code, from, to) : undefined;
  const copy = new CopyWriter(code, shape, { from, to }, bits);
  const bytes = copy.write();
  if (bytes === undefined) return undefined;
  return {
    bytes,
    originalBytes: shape.length,
    pushes: copy.pushes,
    // A one-byte instruction, or a prefix that code may jump past, makes trap+1 a place to be.
    reachablePastTrap: shape.length === 1 || code[0] === LOCK_PREFIX,
  };
}

const LOCK_PREFIX = 0xf0;

/** Where copies are put together: no instruction with what surrounds it is longer. */
const ROOM = new Uint8Array(64);

class CopyWriter {
  /** Bytes of code that push a return address. */
  pushes = 0;
  private length = 0;
  private readonly next: number;
  private readonly to: number;

  constructor(
    private readonly code: Uint8Array,
    private readonly shape: InstructionShape,
    move: { readonly from: Address; readonly to: Address },
    private readonly bits: CodeBits,
  ) {
    this.next = move.from + shape.length;
    this.to = move.to;
  }

  write(): Uint8Array | undefined {
    const written = this.writeFor(flowOf(this.shape, this.code));
    return written ? ROOM.slice(0, this.length) : undefined;
  }

  private writeFor(flow: Flow): boolean {
    switch (flow) {
      case 'falls-through':
        return this.copy() && this.jump(this.next);
      case 'return':
        return this.copy();
      case 'jump':
        return this.jump(this.branchTarget());
      case 'condition':
        this.put(0x0f);
        this.put(0x80 | (this.shape.opcode & 0x0f));
        return this.relative32(this.branchTarget()) && this.jump(this.next);
      case 'loop':
        // loop +2; jmp short +5; jmp target; jmp next
        this.take(this.shape.length - 1);
        this.put(2);
        this.put(0xeb);
        this.put(5);
        return this.jump(this.branchTarget()) && this.jump(this.next);
      case 'call':
        this.pushReturnAddress();
        return this.jump(this.branchTarget());
      case 'group5':
        return this.group5();
      case 'immovable':
        return false;
    }
  }

  /** FF: /2 is an indirect call, /4 an indirect jump; far transfers stay where they are. */
  private group5(): boolean {
    const operation = (this.byteAt(this.shape.modrmAt) >> 3) & 7;
    if (operation === 2) return this.indirectCall();
    if (operation === 4) return this.copy();
    if (operation === 3 || operation === 5) return false;
    return this.copy() && this.jump(this.next);
  }

  private indirectCall(): boolean {
    const modrm = this.byteAt(this.shape.modrmAt);
    const usesStackPointer = (modrm & 7) === 4 && this.sibBaseIsStackPointer(modrm);
    const isRegister = modrm >> 6 === 3;
    if (isRegister && (modrm & 7) === 4 && !this.hasRexB()) return false;
    this.pushReturnAddress();
    if (usesStackPointer && !isRegister) return this.jumpThroughStack(modrm);
    return this.copy((modrm & ~0x38) | (4 << 3));
  }

  private sibBaseIsStackPointer(modrm: number): boolean {
    return modrm >> 6 !== 3 && (this.byteAt(this.shape.modrmAt + 1) & 7) === 4 && !this.hasRexB();
  }

  private hasRexB(): boolean {
    const before = this.shape.opcodeAt > 0 ? this.byteAt(this.shape.opcodeAt - 1) : 0;
    return this.bits === 64 && (before & 0xf0) === 0x40 && (before & 1) === 1;
  }

  /** The return address was pushed already, so the operand lies one word further up. */
  private jumpThroughStack(modrm: number): boolean {
    const { shape } = this;
    const old =
      shape.displacementBytes === 0
        ? 0
        : shape.displacementBytes === 1
          ? this.int8At(shape.displacementAt)
          : this.int32At(shape.displacementAt);
    this.take(shape.modrmAt);
    this.put(0x80 | (4 << 3) | (modrm & 7));
    this.put(this.byteAt(shape.modrmAt + 1));
    this.word32(old + (this.bits === 64 ? 8 : 4));
    return true;
  }

  /** The instruction as it is, with its RIP-relative operand adjusted; `modrm` replaces that byte. */
  private copy(modrm?: number): boolean {
    const start = this.length;
    this.take(this.shape.length);
    if (modrm !== undefined) ROOM[start + this.shape.modrmAt] = modrm;
    if (!this.shape.ripRelative) return true;
    if (this.shape.addressSizePrefix) return false;
    const { displacementAt } = this.shape;
    const operand = this.next + this.int32At(displacementAt);
    const moved = operand - (this.to + start + this.shape.length);
    if (!fitsInt32(moved)) return false;
    for (let i = 0; i < 4; i++) ROOM[start + displacementAt + i] = moved >> (8 * i);
    return true;
  }

  private jump(target: number): boolean {
    this.put(0xe9);
    return this.relative32(target);
  }

  private relative32(target: number): boolean {
    const offset = target - (this.to + this.length + 4);
    if (Number.isNaN(offset)) return false;
    // 32-bit code wraps around at 4 GB, so every distance can be expressed.
    if (this.bits === 64 && !fitsInt32(offset)) return false;
    this.word32(offset | 0);
    return true;
  }

  private branchTarget(): number {
    // NaN is refused where it is used.
    const target = branchTarget(this.code, this.shape, this.next - this.shape.length);
    return this.bits === 64 ? target : target >>> 0;
  }

  private pushReturnAddress(): void {
    const low = this.next >>> 0;
    const high = Math.floor(this.next / 4294967296);
    this.put(0x68);
    this.word32(low);
    if (this.bits === 64) {
      // push imm32 sign-extends; mov dword [rsp+4] puts the upper half right.
      this.word32(0x042444c7);
      this.word32(high);
    }
    this.pushes = this.length;
  }

  /** The first bytes of the instruction as they are. */
  private take(count: number): void {
    for (let at = 0; at < count; at++) this.put(this.byteAt(at));
  }

  private word32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.put(value >> shift);
  }

  /** The low eight bits. */
  private put(byte: number): void {
    ROOM[this.length++] = byte;
  }

  private int32At(offset: number): number {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = (value << 8) | this.byteAt(offset + i);
    return value;
  }

  private int8At(offset: number): number {
    return (this.byteAt(offset) << 24) >> 24;
  }

  private byteAt(offset: number): number {
    return this.code[offset] ?? 0;
  }
}

function fitsInt32(value: number): boolean {
  return value >= -0x80000000 && value <= 0x7fffffff;
}
