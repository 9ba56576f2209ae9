/** PLT stubs of i386, as GNU ld, gold, lld and mold write them. */
import type { PltDecoder } from '../arch.js';
import { CALL_RELATIVE, findBranches, JUMP_RELATIVE } from '../x86/slot-branch.js';
import type { BranchShape } from '../x86/slot-branch.js';
import { findLoads, type LoadShape } from '../x86/slot-load.js';
import { ANY_WORD, findStubsOfShape } from '../x86/stub-shape.js';
import type { StubShape } from '../x86/stub-shape.js';

const ENDBR32 = [0xf3, 0x0f, 0x1e, 0xfb] as const;
/** mov $N,%ecx: mold passes the offset of the relocation this way. */
const MOV_ECX = [0xb9, ...ANY_WORD] as const;
const PUSH_EAX = 0x50;

const JUMP_LEADS = [[...ENDBR32, ...MOV_ECX], ENDBR32, []];

/** What the instruction does that reads the slot: jump there, or load it into eax for lld's retpoline. */
interface Instruction extends Pick<StubShape, 'next' | 'leads'> {
  /** Slot at an absolute address. */
  readonly absolute: readonly number[];
  /** Slot at an offset to the GOT's address, which ebx holds in position-independent code. */
  readonly relativeToGot: readonly number[];
}

const JUMP: Instruction = {
  absolute: [0xff, 0x25],
  relativeToGot: [0xff, 0xa3],
  next: [],
  leads: JUMP_LEADS,
};

/** push %eax; mov slot,%eax; call or jmp to the retpoline: lld -z retpolineplt. */
const RETPOLINE: Instruction = {
  absolute: [0xa1],
  relativeToGot: [0x8b, 0x83],
  next: [[0xe8], [0xe9]],
  leads: [[PUSH_EAX]],
};

/**
 * The head of mold's .plt: endbr32; push %ecx; lea N(%ebx),%ecx; push (%ecx); jmp *4(%ecx). It leads to
 * the second word of .got.plt, which DT_PLTGOT names; in code of mold ebx holds the address of .got.
 */
const MOLD_HEAD = Buffer.from([...ENDBR32, 0x51, 0x8d, 0x8b]);
const MOLD_HEAD_END = [0xff, 0x31, 0xff, 0x61, 0x04] as const;

/** What ebx holds in position-independent code, given DT_PLTGOT. */
function gotBase(code: Uint8Array, got: number): number {
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const operand = bytes.indexOf(MOLD_HEAD) + MOLD_HEAD.length;
  const isMold =
    operand >= MOLD_HEAD.length &&
    MOLD_HEAD_END.every((byte, i) => bytes[operand + 4 + i] === byte);
  return isMold ? got + 4 - bytes.readInt32LE(operand) : got;
}

const absolute = (operand: number): number => operand >>> 0;

/** call and jmp with a slot at an absolute address. */
const ABSOLUTE: readonly BranchShape[] = [
  { kind: 'call', modrm: CALL_RELATIVE, slotOf: absolute },
  { kind: 'jump', modrm: JUMP_RELATIVE, slotOf: absolute },
];

/** ModRM of call and jmp with an offset to eax, ecx, edx, ebx, ebp, esi, edi. */
const CALL_OFFSET = 0x90;
const JUMP_OFFSET = 0xa0;
const BASES = [0, 1, 2, 3, 5, 6, 7];

/** A function that finds the GOT does so before; no compiler writes larger ones that end in a jump. */
const LONGEST_WAY = 0x4000;

/** The same with the GOT's address in a register. A table of virtual functions looks alike, so the register is asked. */
function relativeBranches(base: number, at: number): readonly BranchShape[] {
  const slotOf = (operand: number): number => (base + operand) >>> 0;
  return BASES.flatMap((register): readonly BranchShape[] => [
    { kind: 'call', modrm: CALL_OFFSET + register, slotOf },
    {
      ...{ kind: 'jump', modrm: JUMP_OFFSET + register, slotOf },
      confirms: (bytes, jump) => findsGot(bytes, { from: jump, register, at, base }),
    },
  ]);
}

/** add $offset,%register, where the register holds the address of this very instruction. */
function findsGot(
  bytes: Buffer,
  way: {
    readonly from: number;
    readonly register: number;
    readonly at: number;
    readonly base: number;
  },
): boolean {
  const end = Math.max(0, way.from - LONGEST_WAY);
  // The form for eax is the shorter one, and may end where the jump begins.
  for (let place = way.from - 5; place >= end; place--) {
    const short = way.register === 0 && bytes[place] === 0x05;
    const long = bytes[place] === 0x81 && bytes[place + 1] === 0xc0 + way.register;
    if (!short && (!long || place > way.from - 6)) continue;
    const offset = bytes.readInt32LE(place + (short ? 1 : 2));
    if ((way.at + place + offset) >>> 0 === way.base) return true;
  }
  return false;
}

/** 8B with an operand that is the slot's address, or relative to a register which may hold that of the GOT. */
const loadBy = (got: number): LoadShape => ({
  lead: 1,
  registerOf: (bytes, modrm) => {
    const byte = bytes[modrm] ?? 0;
    const isRelative = got !== 0 && (byte & 0xc0) === 0x80 && (byte & 7) !== 4;
    return isRelative || (byte & 0xc7) === 0x05 ? (byte >> 3) & 7 : undefined;
  },
  slotOf: (bytes, modrm) => {
    const base = ((bytes[modrm] ?? 0) & 0xc0) === 0x80 ? got : 0;
    return (base + bytes.readInt32LE(modrm + 1)) >>> 0;
  },
});

export const i386Plt: PltDecoder = {
  findBranches(code, at, got, isSlot) {
    const search = { code, at, isSlot };
    const shapes = got === 0 ? ABSOLUTE : [...ABSOLUTE, ...relativeBranches(got, at)];
    return [
      ...shapes.flatMap((shape) => findBranches(search, shape)),
      ...findLoads(search, loadBy(got)),
    ];
  },
  findStubs(code, at, got, isSlot) {
    const search = { code, at, isSlot };
    const base = gotBase(code, got);
    return [JUMP, RETPOLINE].flatMap(({ absolute, relativeToGot, next, leads }) => [
      ...findStubsOfShape(search, {
        ...{ opcode: absolute, next, leads },
        slotOf: (operand) => operand >>> 0,
      }),
      ...findStubsOfShape(search, {
        ...{ opcode: relativeToGot, next, leads },
        slotOf: (operand) => (base + operand) >>> 0,
      }),
    ]);
  },
};
