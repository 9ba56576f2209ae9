import { existsSync, readFileSync } from 'node:fs';
import * as iced from 'iced-x86';
import { shapeOf } from '../../../../src/arch/x86/instruction-shape.js';

/** Bytes of the first executable PT_LOAD of a 64-bit little-endian ELF file. */
function textOf(path: string): Buffer {
  const file = readFileSync(path);
  const headers = Number(file.readBigUInt64LE(32));
  for (let i = 0; i < file.readUInt16LE(56); i++) {
    const at = headers + i * 56;
    if (file.readUInt32LE(at) === 1 && (file.readUInt32LE(at + 4) & 1) === 1) {
      const offset = Number(file.readBigUInt64LE(at + 8));
      return file.subarray(offset, offset + Number(file.readBigUInt64LE(at + 32)));
    }
  }
  return Buffer.alloc(0);
}

const SAMPLES = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib/x86_64-linux-gnu/libm.so.6'];

describe('shapeOf', () => {
  it.each(SAMPLES.filter((path) => existsSync(path)))(
    'agrees with iced-x86 on every instruction of %s',
    (path) => {
      const text = textOf(path).subarray(0, 600_000);
      const decoder = new iced.Decoder(64, text, iced.DecoderOptions.None);
      const instruction = new iced.Instruction();
      const wrong: string[] = [];
      let checked = 0;
      while (decoder.canDecode && wrong.length < 5) {
        const at = decoder.position;
        decoder.decodeOut(instruction);
        if (instruction.code === iced.Code.INVALID) continue;
        const bytes = text.subarray(at, at + 15);
        const shape = shapeOf(bytes, 64);
        checked++;
        const same =
          shape?.length === instruction.length &&
          shape.ripRelative === instruction.isIpRelMemoryOperand;
        if (!same) wrong.push(`${bytes.toString('hex')} ${shape?.length ?? 'unknown'}`);
      }
      expect(wrong).toEqual([]);
      expect(checked).toBeGreaterThan(50_000);
    },
  );

  it('tells an instruction that is cut short from a whole one', () => {
    expect(shapeOf(Uint8Array.of(0xe8, 1, 2, 3), 64)).toBeUndefined();
    expect(shapeOf(Uint8Array.of(0xe8, 1, 2, 3, 4), 64)?.length).toBe(5);
  });

  it('reads LES of 32-bit code, whose opcode is a VEX prefix in 64-bit code', () => {
    expect(shapeOf(Uint8Array.of(0xc4, 0x01), 32)?.length).toBe(2);
  });
});
