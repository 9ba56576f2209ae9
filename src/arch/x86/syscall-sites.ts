/** Finds the instructions that make certain system calls, by the number that stands in the code before them. */
import { flowOf } from './flow.js';
import { shapeOf, type CodeBits } from './instruction-shape.js';

export interface SyscallSearch {
  readonly numbers: ReadonlySet<number>;
  /** Instructions that enter the kernel. */
  readonly gates: readonly Uint8Array[];
  readonly bits: CodeBits;
}

/** mov $imm32,%eax */
const MOV_EAX = 0xb8;
/** push $imm8; pop %eax: the shortest, which compilers write when they optimise for size. */
const PUSH = 0x6a;
const POP_EAX = 0x58;
/** Between the number and the gate stand arguments, six at most, and what a compiler moved there. */
const MOST_BETWEEN = 12;

/** @returns offsets of gates in `code`, ascending; each may be reached with another number too */
export function findSyscalls(code: Uint8Array, search: SyscallSearch): number[] {
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const found = new Set<number>();
  for (const load of [...search.numbers].flatMap(loadsOf)) {
    for (let at = bytes.indexOf(load); at !== -1; at = bytes.indexOf(load, at + 1)) {
      const gate = gateFrom(bytes, at + load.length, search);
      if (gate !== undefined) found.add(gate);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** push $imm32 */
const PUSH_WORD = 0x68;
/** mov $imm32 to a register; to a register or memory. */
const MOV_FIRST = 0xb8;
const MOV_LAST = 0xbf;
const MOV_TO_MEMORY = 0xc7;
/** From there to the constant: ModRM, SIB, displacements of 8 or 32 bits. */
const OPERAND_BYTES = [2, 3, 4, 6, 7];

/** See Arch: 32 bits of it. */
export function loadsConstant(code: Uint8Array, isWanted: (word: number) => boolean): boolean {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let at = 1; at + 4 <= code.length; at++) {
    if (!isWanted(view.getUint32(at, true))) continue;
    const before = code[at - 1] ?? 0;
    if (before === PUSH_WORD || (before >= MOV_FIRST && before <= MOV_LAST)) return true;
    if (OPERAND_BYTES.some((bytes) => code[at - bytes] === MOV_TO_MEMORY)) return true;
  }
  return false;
}

/** The instructions that put the number where the kernel looks for it. */
function loadsOf(number: number): readonly Buffer[] {
  const move = Buffer.alloc(5, MOV_EAX);
  move.writeInt32LE(number, 1);
  return number <= 0x7f ? [move, Buffer.from([PUSH, number, POP_EAX])] : [move];
}

/** The first gate that is reached in a straight line. */
function gateFrom(
  bytes: Buffer,
  start: number,
  { gates, bits }: SyscallSearch,
): number | undefined {
  let at = start;
  for (let passed = 0; passed <= MOST_BETWEEN; passed++) {
    const rest = bytes.subarray(at);
    if (gates.some((gate) => gate.every((byte, index) => byte === rest[index]))) return at;
    const shape = shapeOf(rest, bits);
    if (shape === undefined || flowOf(shape, rest) !== 'falls-through') return undefined;
    at += shape.length;
  }
  return undefined;
}
