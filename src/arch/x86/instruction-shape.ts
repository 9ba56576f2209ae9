/**
 * Where the parts of one x86 instruction lie: enough to copy it elsewhere, nothing about what it does.
 *
 * Source of the tables: Intel SDM volume 2, appendix A (opcode maps) and chapter 2 (prefixes, VEX, EVEX).
 */

export type CodeBits = 32 | 64;

export interface InstructionShape {
  readonly length: number;
  /** Offset of the opcode's last byte (behind prefixes, escapes and VEX/EVEX). */
  readonly opcodeAt: number;
  readonly opcode: number;
  readonly map: OpcodeMap;
  /** True for a VEX or EVEX encoding, whose opcode maps must not be taken for legacy branches. */
  readonly vex: boolean;
  /** Offset of the ModRM byte, -1 if there is none. */
  readonly modrmAt: number;
  /** Offset of the displacement, -1 if there is none. */
  readonly displacementAt: number;
  readonly displacementBytes: 0 | 1 | 2 | 4 | 8;
  /** Offset and size of the immediate (or branch offset), which ends the instruction. */
  readonly immediateBytes: number;
  readonly ripRelative: boolean;
  readonly addressSizePrefix: boolean;
}

/** 1: one-byte opcodes; 2: 0F; 3: 0F 38; 4: 0F 3A. */
type OpcodeMap = 1 | 2 | 3 | 4;

/** undefined when the bytes are no instruction that this decoder knows, or are cut short. */
export function shapeOf(code: Uint8Array, bits: CodeBits): InstructionShape | undefined {
  const decoder = new ShapeDecoder(code, bits);
  return decoder.decode();
}

class ShapeDecoder {
  private at = 0;
  private operandSize = false;
  private addressSize = false;
  private rexW = false;
  private vex = false;
  private map: OpcodeMap = 1;

  constructor(
    private readonly code: Uint8Array,
    private readonly bits: CodeBits,
  ) {}

  decode(): InstructionShape | undefined {
    this.prefixes();
    if (!this.vexPrefix()) this.escapes();
    const opcodeAt = this.at;
    const opcode = this.next();
    const hasModrm = this.hasModrm(opcode);
    if (hasModrm === undefined) return undefined;
    const modrmAt = hasModrm ? this.at : -1;
    const memory = hasModrm ? this.modrm() : NO_MEMORY;
    const moffs = this.map === 1 && !this.vex && opcode >= 0xa0 && opcode <= 0xa3;
    const immediateBytes = this.immediate(opcode, modrmAt);
    this.at += immediateBytes;
    if (this.at > this.code.length || this.at > 15) return undefined;
    return {
      length: this.at,
      opcodeAt,
      opcode,
      map: this.map,
      vex: this.vex,
      modrmAt,
      displacementAt: memory.at,
      displacementBytes: memory.bytes,
      immediateBytes: moffs ? 0 : immediateBytes,
      ripRelative: memory.ripRelative,
      addressSizePrefix: this.addressSize,
    };
  }

  private next(): number {
    return this.code[this.at++] ?? -1;
  }

  private peek(ahead = 0): number {
    return this.code[this.at + ahead] ?? -1;
  }

  private prefixes(): void {
    for (;;) {
      const byte = this.peek();
      if (byte === 0x66) this.operandSize = true;
      else if (byte === 0x67) this.addressSize = true;
      else if (!LEGACY_PREFIXES.has(byte)) break;
      this.at++;
    }
    if (this.bits === 64 && (this.peek() & 0xf0) === 0x40) {
      this.rexW = (this.next() & 8) !== 0;
    }
  }

  /** VEX and EVEX. In 32-bit code the same bytes are LES, LDS and BOUND unless the next starts with 11. */
  private vexPrefix(): boolean {
    const first = this.peek();
    if (first !== 0xc4 && first !== 0xc5 && first !== 0x62) return false;
    if (this.bits === 32 && this.peek(1) >> 6 !== 3) return false;
    const payload = first === 0xc5 ? 1 : first === 0xc4 ? 2 : 3;
    const selector = first === 0xc5 ? 1 : this.peek(1) & (first === 0x62 ? 7 : 31);
    if (selector < 1 || selector > 3) return false;
    this.vex = true;
    this.map = (selector + 1) as OpcodeMap;
    this.at += 1 + payload;
    return true;
  }

  private escapes(): void {
    if (this.peek() !== 0x0f) return;
    const second = this.peek(1);
    this.map = second === 0x38 ? 3 : second === 0x3a ? 4 : 2;
    this.at += this.map === 2 ? 1 : 2;
  }

  private hasModrm(opcode: number): boolean | undefined {
    if (opcode < 0) return undefined;
    if (this.map === 1) return this.oneByteHasModrm(opcode);
    if (this.vex) return !(this.map === 2 && opcode === 0x77);
    if (this.map === 2) return opcode === 0x0f ? undefined : !TWO_BYTE_WITHOUT_MODRM.has(opcode);
    return true;
  }

  private oneByteHasModrm(opcode: number): boolean | undefined {
    if (this.bits === 64 && INVALID_IN_64.has(opcode)) return undefined;
    if (opcode < 0x40) return (opcode & 7) < 4;
    return ONE_BYTE_WITH_MODRM.has(opcode);
  }

  private modrm(): MemoryOperand {
    const modrm = this.next();
    const mod = modrm >> 6;
    const rm = modrm & 7;
    if (mod === 3) return NO_MEMORY;
    if (this.bits === 32 && this.addressSize) return this.displacement16(mod, rm);
    let base = rm;
    if (rm === 4) base = this.next() & 7;
    const bytes = mod === 1 ? 1 : mod === 2 || base === 5 ? 4 : 0;
    const ripRelative = this.bits === 64 && mod === 0 && rm === 5;
    return this.displacement(bytes, ripRelative);
  }

  private displacement16(mod: number, rm: number): MemoryOperand {
    return this.displacement(mod === 1 ? 1 : mod === 2 || rm === 6 ? 2 : 0, false);
  }

  private displacement(bytes: 0 | 1 | 2 | 4, ripRelative: boolean): MemoryOperand {
    if (bytes === 0) return NO_MEMORY;
    const at = this.at;
    this.at += bytes;
    return { at, bytes, ripRelative };
  }

  private immediate(opcode: number, modrmAt: number): number {
    if (this.map === 4) return 1;
    if (this.map === 3) return 0;
    if (this.map === 2) return this.twoByteImmediate(opcode);
    return this.oneByteImmediate(opcode, modrmAt);
  }

  private twoByteImmediate(opcode: number): number {
    if (opcode >= 0x80 && opcode <= 0x8f && !this.vex) return 4;
    return TWO_BYTE_WITH_IMMEDIATE.has(opcode) ? 1 : 0;
  }

  private oneByteImmediate(opcode: number, modrmAt: number): number {
    const word = this.operandSize && !this.rexW ? 2 : 4;
    const kind = this.immediateKind(opcode, modrmAt);
    switch (kind) {
      case 'word':
        return word;
      case 'full':
        return this.rexW ? 8 : word;
      case 'near':
        return this.bits === 64 ? 4 : word;
      case 'offset':
        return this.moffsBytes();
      default:
        return kind;
    }
  }

  private immediateKind(opcode: number, modrmAt: number): ImmediateKind {
    if (opcode === 0xf6 || opcode === 0xf7) {
      // TEST has an immediate, the other six operations of this group have none.
      const operation = ((this.code[modrmAt] ?? 0) >> 3) & 7;
      if (operation > 1) return 0;
      return opcode === 0xf6 ? 1 : 'word';
    }
    if (opcode < 0x40) return ARITHMETIC_IMMEDIATE[opcode & 7] ?? 0;
    return ONE_BYTE_IMMEDIATE.get(opcode) ?? 0;
  }

  private moffsBytes(): number {
    if (this.bits === 64) return this.addressSize ? 4 : 8;
    return this.addressSize ? 2 : 4;
  }
}

interface MemoryOperand {
  readonly at: number;
  readonly bytes: 0 | 1 | 2 | 4;
  readonly ripRelative: boolean;
}

const NO_MEMORY: MemoryOperand = { at: -1, bytes: 0, ripRelative: false };

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Segment overrides, LOCK, REPNE, REP. */
const LEGACY_PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0, 0xf2, 0xf3]);

const INVALID_IN_64 = new Set([
  0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce,
  0xd4, 0xd5, 0xd6, 0xea,
]);

const ONE_BYTE_WITH_MODRM = new Set([
  0x62, 0x63, 0x69, 0x6b,
  ...range(0x80, 0x8f),
  0xc0, 0xc1, 0xc4, 0xc5, 0xc6, 0xc7,
  ...range(0xd0, 0xd3),
  ...range(0xd8, 0xdf),
  0xf6, 0xf7, 0xfe, 0xff,
]); // prettier-ignore

/**
 * Bytes of immediate: a number; 'word' for 4, or 2 under the operand-size prefix; 'full' for a MOV that REX.W
 * widens to 8; 'near' for a branch; 'offset' for an absolute address.
 */
type ImmediateKind = number | 'word' | 'full' | 'near' | 'offset';

/** ADD, OR, …, CMP below 0x40: forms 4 and 5 of each eight take an immediate. */
const ARITHMETIC_IMMEDIATE: readonly ImmediateKind[] = [0, 0, 0, 0, 1, 'word', 0, 0];

const each = (opcodes: readonly number[], kind: ImmediateKind): [number, ImmediateKind][] =>
  opcodes.map((opcode) => [opcode, kind]);

const ONE_BYTE_IMMEDIATE = new Map<number, ImmediateKind>([
  ...each([0x68, 0x69, 0x81, 0xa9, 0xc7], 'word'),
  ...each([0x6a, 0x6b, 0x80, 0x82, 0x83, 0xa8, 0xc0, 0xc1, 0xc6, 0xcd, 0xd4, 0xd5, 0xeb], 1),
  ...each([...range(0x70, 0x7f), ...range(0xb0, 0xb7), ...range(0xe0, 0xe7)], 1),
  ...each(range(0xb8, 0xbf), 'full'),
  ...each(range(0xa0, 0xa3), 'offset'),
  ...each([0xe8, 0xe9], 'near'),
  ...each([0xc2, 0xca], 2),
  [0xc8, 3],
  ...each([0x9a, 0xea], 6),
]);

const TWO_BYTE_WITHOUT_MODRM = new Set([
  ...range(0x04, 0x09),
  0x0b,
  0x0e,
  ...range(0x30, 0x37),
  0x77,
  ...range(0x80, 0x8f),
  0xa0,
  0xa1,
  0xa2,
  0xa8,
  0xa9,
  0xaa,
  ...range(0xc8, 0xcf),
]);

const TWO_BYTE_WITH_IMMEDIATE = new Set([
  0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6,
]);
