/**
 * Moves 64-bit instructions that the own decoder does not know, with iced-x86.
 * Loaded on first use: its WebAssembly costs 25 to 65 ms, and hardly any program needs it.
 */
import type * as Iced from 'iced-x86';
import type { Address } from '../../base/address.js';
import type { Displaced } from '../arch.js';

export function displaceRare(code: Uint8Array, from: Address, to: Address): Displaced | undefined {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a static import would load it at start-up
  const iced = require('iced-x86') as typeof Iced;
  const decoder = new iced.Decoder(64, code, iced.DecoderOptions.None);
  decoder.ip = BigInt(from);
  const instruction = decoder.decode();
  try {
    if (
      instruction.code === iced.Code.INVALID ||
      instruction.flowControl !== iced.FlowControl.Next
    ) {
      return undefined;
    }
    return encode(iced, instruction, to);
  } finally {
    instruction.free();
    decoder.free();
  }
}

function encode(
  iced: typeof Iced,
  instruction: Iced.Instruction,
  to: Address,
): Displaced | undefined {
  const encoder = new iced.BlockEncoder(64, iced.BlockEncoderOptions.None);
  const back = iced.Instruction.createBranch(iced.Code.Jmp_rel32_64, instruction.nextIP);
  try {
    encoder.add(instruction);
    encoder.add(back);
    const bytes = encoder.encode(BigInt(to));
    return {
      bytes,
      originalBytes: instruction.length,
      pushes: 0,
      reachablePastTrap: instruction.length === 1,
    };
  } catch {
    // The encoder throws when an operand is out of reach: then it cannot be moved.
    return undefined;
  } finally {
    back.free();
    encoder.free();
  }
}
