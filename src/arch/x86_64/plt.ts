/** PLT stubs of x86-64, as GNU ld, gold, lld and mold write them. */
import type { PltDecoder } from '../arch.js';
import { ANY_WORD, findStubsOfShape } from '../x86/stub-shape.js';
import type { StubShape } from '../x86/stub-shape.js';
import { CALL_RELATIVE, findBranches, JUMP_RELATIVE } from '../x86/slot-branch.js';
import { findLoads, type LoadShape } from '../x86/slot-load.js';

const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa] as const;
/** bnd prefix of MPX, which GNU ld before 2.40 writes with -z bndplt and in IBT stubs. */
const BND = 0xf2;
/** mov $N,%r11d: mold passes the number of the relocation this way. */
const MOV_R11D = [0x41, 0xbb, ...ANY_WORD] as const;

const relativeToNext = (operand: number, behind: number) => behind + operand;

/** jmp *slot(%rip): .plt of lazy binding, .plt.sec, .plt.got. */
const JUMP: StubShape = {
  opcode: [0xff, 0x25],
  next: [],
  leads: [[...ENDBR64, ...MOV_R11D], [...ENDBR64, BND], ENDBR64, [BND], []],
  slotOf: relativeToNext,
};

/** mov slot(%rip),%r11 before a call or jmp to the retpoline: lld -z retpolineplt. */
const RETPOLINE: StubShape = {
  opcode: [0x4c, 0x8b, 0x1d],
  next: [[0xe8], [0xe9]],
  leads: [[]],
  slotOf: relativeToNext,
};

/** REX.W 8B with a ModRM byte that means relative to the next instruction. */
const loadAt = (at: number): LoadShape => ({
  lead: 2,
  registerOf: (bytes, modrm) => {
    const byte = bytes[modrm] ?? 0;
    const rex = bytes[modrm - 2];
    if ((byte & 0xc7) !== 0x05 || (rex !== 0x48 && rex !== 0x4c)) return undefined;
    return ((byte >> 3) & 7) | (rex === 0x4c ? 8 : 0);
  },
  slotOf: (bytes, modrm) => relativeToNext(bytes.readInt32LE(modrm + 1), at + modrm + 5),
});

export const x86_64Plt: PltDecoder = {
  findStubs(code, at, _got, isSlot) {
    const search = { code, at, isSlot };
    return [...findStubsOfShape(search, JUMP), ...findStubsOfShape(search, RETPOLINE)];
  },
  findBranches(code, at, _got, isSlot) {
    const search = { code, at, isSlot };
    return [
      ...findBranches(search, { kind: 'call', modrm: CALL_RELATIVE, slotOf: relativeToNext }),
      ...findBranches(search, { kind: 'jump', modrm: JUMP_RELATIVE, slotOf: relativeToNext }),
      ...findLoads(search, loadAt(at)),
    ];
  },
};
