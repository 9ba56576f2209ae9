/** Loads of pointers from the GOT into registers: compilers keep there what a loop calls again and again. */
import { toImageAddress, type ImageAddress } from '../../base/address.js';

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
