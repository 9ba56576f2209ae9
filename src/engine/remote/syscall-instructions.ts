/** System-call instructions in a program's own code, to be executed on our behalf with registers of our choice. */
import { loadedAt, toImageAddress, type Address } from '../../base/address.js';
import type { Module } from '../modules/module.js';
import type { ProcessMemory } from '../memory/process-memory.js';

/** Those of the dynamic linker first: it is there from the beginning. */
export function* syscallInstructions(
  modules: readonly Module[],
  memory: ProcessMemory,
  instruction: Uint8Array,
): Generator<Address, void, undefined> {
  for (const module of [...modules].sort((a, b) => rank(a) - rank(b))) {
    for (const at of inFile(module, Buffer.from(instruction))) {
      // A program that was packed is not what its file says.
      const code = memory.readCode(at, instruction.length);
      if (instruction.every((byte, index) => byte === code[index])) yield at;
    }
  }
}

function* inFile({ image, bias }: Module, wanted: Buffer): Generator<Address, void, undefined> {
  for (const range of image.executableRanges()) {
    const bytes = image.bytesAt(range.start, range.end - range.start);
    if (bytes === undefined) continue;
    const code = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = code.indexOf(wanted); at !== -1; at = code.indexOf(wanted, at + 1)) {
      yield loadedAt(toImageAddress(range.start + at), bias);
    }
  }
}

const rank = ({ role }: Module): number => ['interpreter', 'program', 'library'].indexOf(role);
