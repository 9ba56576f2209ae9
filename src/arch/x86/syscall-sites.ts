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
  for (const opcode of [MOV_EAX, PUSH]) {
    for (let at = bytes.indexOf(opcode); at !== -1; at = bytes.indexOf(opcode, at + 1)) {
      const behind = behindNumber(bytes, at, search.numbers);
      const gate = behind === undefined ? undefined : gateFrom(bytes, behind, search);
      if (gate !== undefined) found.add(gate);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Where the code goes on that loads one of the numbers there. */
function behindNumber(bytes: Buffer, at: number, numbers: ReadonlySet<number>): number | undefined {
  if (at + 5 > bytes.length) return undefined;
  if (bytes[at] === MOV_EAX) return numbers.has(bytes.readInt32LE(at + 1)) ? at + 5 : undefined;
  return bytes[at + 2] === POP_EAX && numbers.has(bytes.readInt8(at + 1)) ? at + 3 : undefined;
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
