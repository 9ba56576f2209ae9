import { deflateSync } from 'node:zlib';
import { ElfImage } from '../../../src/elf/elf-image.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { buildImage } from '../../support/elf-builder.js';

const TEXT = Buffer.from('debug information '.repeat(100));
const COMPRESSED = 0x800;

const contentsOf = (bytes: Uint8Array, flags: number, elfClass: 32 | 64 = 64, name = '.debug_x') =>
  ElfImage.parse(buildImage({ elfClass, sections: [{ name, flags, bytes }] }), 'x').sectionBytes(
    name,
  );

const compressed64 = (size: number, body = deflateSync(TEXT), type = 1) =>
  new ByteWriter().u32(type).u32(0).u64(size).u64(1).append(body).toBytes();

describe('sectionBytes', () => {
  it('gives plain bytes as they are', () => {
    expect(contentsOf(TEXT, 0)).toEqual(TEXT);
  });

  it('decompresses in both classes', () => {
    expect(contentsOf(compressed64(TEXT.length), COMPRESSED)).toEqual(TEXT);
    const narrow = new ByteWriter().u32(1).u32(TEXT.length).u32(1).append(deflateSync(TEXT));
    expect(contentsOf(narrow.toBytes(), COMPRESSED, 32)).toEqual(TEXT);
  });

  it('decompresses the older form of GNU', () => {
    const bytes = Buffer.concat([Buffer.from('ZLIB'), Buffer.alloc(8), deflateSync(TEXT)]);
    bytes.writeBigUInt64BE(BigInt(TEXT.length), 4);
    expect(contentsOf(bytes, 0, 64, '.zdebug_info')).toEqual(TEXT);
  });

  it('holds nothing when the stored form is damaged or lies about its size', () => {
    expect(contentsOf(compressed64(TEXT.length - 1), COMPRESSED)).toBeUndefined();
    expect(contentsOf(compressed64(TEXT.length + 1), COMPRESSED)).toBeUndefined();
    expect(contentsOf(compressed64(2 ** 40), COMPRESSED)).toBeUndefined();
    expect(contentsOf(compressed64(0), COMPRESSED)).toBeUndefined();
    expect(contentsOf(compressed64(10, Buffer.from('no zlib')), COMPRESSED)).toBeUndefined();
    expect(contentsOf(compressed64(TEXT.length, deflateSync(TEXT), 9), COMPRESSED)).toBeUndefined();
    expect(contentsOf(Buffer.from('short'), COMPRESSED)).toBeUndefined();
  });

  it('knows no section of another name', () => {
    const image = ElfImage.parse(buildImage({}), 'x');
    expect(image.sectionBytes('.debug_info')).toBeUndefined();
  });
});

describe('debugLink', () => {
  it('has a name padded to four bytes and a checksum', () => {
    const bytes = new ByteWriter().text('a.debug').pad(4).u32(0xdeadbeef).toBytes();
    const image = ElfImage.parse(
      buildImage({ sections: [{ name: '.gnu_debuglink', bytes }] }),
      'x',
    );
    expect(image.debugLink).toEqual({ file: 'a.debug', crc: 0xdeadbeef });
  });

  it('is absent when cut off', () => {
    const bytes = Buffer.from('a.debug\0');
    const image = ElfImage.parse(
      buildImage({ sections: [{ name: '.gnu_debuglink', bytes }] }),
      'x',
    );
    expect(image.debugLink).toBeUndefined();
  });
});
