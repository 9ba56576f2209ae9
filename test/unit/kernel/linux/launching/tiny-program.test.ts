import { ElfImage } from '../../../../../src/elf/elf-image.js';
import { tinyProgram } from '../../../../../src/kernel/linux/launching/tiny-program.js';

describe('tinyProgram', () => {
  it('is an ELF program whose entry point is the code', () => {
    const bytes = tinyProgram(Uint8Array.of(0xc3, 0x90));
    expect(bytes.length).toBe(64 + 56 + 2);
    const view = new DataView(bytes.buffer);
    const entry = view.getBigUint64(24, true);
    const address = view.getBigUint64(64 + 16, true);
    expect(bytes[Number(entry - address)]).toBe(0xc3);
    expect(() => ElfImage.parse(bytes, 'tiny')).not.toThrow();
  });
});
