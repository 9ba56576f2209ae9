/** Loads of pointers from the GOT into registers: compilers keep there what a loop calls again and again. */
import { toImageAddress, type ImageAddress } from '../../base/address.js';
import type { SlotBranch } from '../arch.js';
import type { CodeToSearch } from './stub-shape.js';

const MOV_LOAD = 0x8b;
/** mov slot,%eax of i386 has an opcode of its own. */
const MOV_EAX = 0xa1;

/** REX.W and the register: mov slot(%rip),%reg. */
export function loadsRelativeToNext(
  register: number,
  code: Uint8Array,
  at: ImageAddress,
): ImageAddress[] {
  const rex = register >= 8 ? 0x4c : 0x48;
  const modrm = 0x05 | ((register & 7) << 3);
  return operandsBehind(code, [rex, MOV_LOAD, modrm]).map(({ operand, behind }) =>
    toImageAddress(at + behind + operand),
  );
}

/** mov slot,%reg and mov slot@GOT(%base),%reg. */
export function loadsOf32Bits(register: number, code: Uint8Array, got: number): ImageAddress[] {
  const absolute = operandsBehind(code, [MOV_LOAD, 0x05 | (register << 3)]);
  if (register === 0) absolute.push(...operandsBehind(code, [MOV_EAX]));
  const slots = absolute.map(({ operand }) => toImageAddress(operand >>> 0));
  for (let base = 0; base < 8; base++) {
    // 4 would be a SIB byte.
    if (base === 4) continue;
    for (const { operand } of operandsBehind(code, [MOV_LOAD, 0x80 | (register << 3) | base])) {
      slots.push(toImageAddress((got + operand) >>> 0));
    }
  }
  return slots;
}

interface Operand {
  /** Signed. */
  readonly operand: number;
  /** Offset of the byte behind it. */
  readonly behind: number;
}

function operandsBehind(code: Uint8Array, opcode: readonly number[]): Operand[] {
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const wanted = Buffer.from(opcode);
  const operands: Operand[] = [];
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) {
    const operand = at + wanted.length;
    if (operand + 4 > bytes.length) break;
    operands.push({ operand: bytes.readInt32LE(operand), behind: operand + 4 });
  }
  return operands;
}

/** What a ModRM byte behind 8B, and its operand of 32 bits, read; undefined where that can be no slot. */
export interface LoadShape {
  /** Bytes of the instruction before its ModRM byte. */
  readonly lead: number;
  /** Of the register, 0 to 15. */
  readonly registerOf: (bytes: Buffer, modrm: number) => number | undefined;
  readonly slotOf: (bytes: Buffer, modrm: number) => number;
}

/** No compiler keeps the pointer longer than a function lasts, and most functions are shorter. */
const LOOKED_AHEAD = 0x1000;

/** Loads of slots into registers, each followed by a call or jump to where that register points. */
export function findLoads(search: CodeToSearch, shape: LoadShape): SlotBranch[] {
  const { code, at } = search;
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const loads: SlotBranch[] = [];
  let opcode = bytes.indexOf(MOV_LOAD);
  for (
    ;
    opcode !== -1 && opcode + 6 <= bytes.length;
    opcode = bytes.indexOf(MOV_LOAD, opcode + 1)
  ) {
    const register = shape.registerOf(bytes, opcode + 1);
    if (register === undefined) continue;
    const slot = shape.slotOf(bytes, opcode + 1);
    if (!search.isSlot(slot) || !isFollowed(bytes, opcode + 6, register)) continue;
    const address = toImageAddress(at + opcode + 1 - shape.lead);
    loads.push({ kind: 'load', address, slot: toImageAddress(slot) });
  }
  return loads;
}

/** FF /2 and FF /4 with the register. */
function isFollowed(bytes: Buffer, from: number, register: number): boolean {
  const ahead = bytes.subarray(from, from + LOOKED_AHEAD);
  return [CALL_REGISTER, JUMP_REGISTER].some((modrm) => {
    const instruction = [0xff, modrm + (register & 7)];
    return ahead.includes(Buffer.from(register < 8 ? instruction : [REX_B, ...instruction]));
  });
}

const CALL_REGISTER = 0xd0;
const JUMP_REGISTER = 0xe0;
const REX_B = 0x41;
