import { crc32 } from 'node:zlib';
import { ElfImage } from '../../../src/elf/elf-image.js';
import { debugFilePaths, debugImagesOf, findDebugFile } from '../../../src/symbol/debug-files.js';
import { functionsOf } from '../../../src/symbol/functions.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { buildImage } from '../../support/elf-builder.js';
import type { ImageSpec } from '../../support/elf-builder.js';

const BUILD_ID = Buffer.from('abcdef012345', 'hex');
const staticSymbols = [{ name: 'hidden_away', value: 0x100 }];

const withLink = (file: string, crc: number, spec: ImageSpec = {}) => {
  const bytes = new ByteWriter().text(file).pad(4).u32(crc).toBytes();
  const sections = [{ name: '.gnu_debuglink', bytes }];
  return ElfImage.parse(buildImage({ ...spec, sections }), '/usr/bin/tool');
};

const opened = (files: Record<string, Uint8Array>) => (path: string) => files[path];

describe('debugFilePaths', () => {
  it('are those where GDB looks', () => {
    expect(debugFilePaths(withLink('tool.debug', 0, { buildId: BUILD_ID }))).toEqual([
      '/usr/lib/debug/.build-id/ab/cdef012345.debug',
      '/usr/bin/tool.debug',
      '/usr/bin/.debug/tool.debug',
      '/usr/lib/debug/usr/bin/tool.debug',
    ]);
    expect(debugFilePaths(ElfImage.parse(buildImage({}), '/x'))).toEqual([]);
  });

  it('never leave the folders for a name that the image chose', () => {
    for (const file of ['../../etc/shadow', '/etc/shadow', '..', '']) {
      expect(debugFilePaths(withLink(file, 0))).toEqual([]);
    }
  });
});

describe('findDebugFile', () => {
  const debugFile = buildImage({ buildId: BUILD_ID, staticSymbols });
  const path = '/usr/lib/debug/.build-id/ab/cdef012345.debug';
  const image = ElfImage.parse(buildImage({ buildId: BUILD_ID }), '/usr/bin/tool');

  it('takes the file with the same build id', () => {
    expect(findDebugFile(image, opened({ [path]: debugFile }))?.path).toBe(path);
  });

  it('refuses files of another build, another CPU, and damaged ones', () => {
    const other = buildImage({ buildId: Buffer.from('00', 'hex'), staticSymbols });
    const narrow = buildImage({ elfClass: 32, buildId: BUILD_ID });
    for (const bytes of [other, narrow, Buffer.from('no ELF'), debugFile.subarray(0, 40)]) {
      expect(findDebugFile(image, opened({ [path]: bytes }))).toBeUndefined();
    }
  });

  it('checks the checksum of the link', () => {
    const plain = buildImage({ staticSymbols });
    const files = opened({ '/usr/bin/.debug/tool.debug': plain });
    expect(findDebugFile(withLink('tool.debug', crc32(plain)), files)).toBeDefined();
    expect(findDebugFile(withLink('tool.debug', crc32(plain) ^ 1), files)).toBeUndefined();
  });

  it('is never the image itself', () => {
    const { file } = withLink('tool', 0);
    const bytes = file.part(0, file.size);
    const files = opened({ '/usr/bin/tool': bytes });
    expect(findDebugFile(withLink('tool', crc32(bytes)), files)).toBeUndefined();
  });
});

describe('MiniDebugInfo', () => {
  // xz of an ELF image with the static symbol `mini` at 0x40.
  const PACKED =
    '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4AJ/AG1dAD+RRYRoPYmm2orhgzJO2QUF4hqPrySwOwwB88AW' +
    'MCVhM2S51vS2OpwJV4EyizpnPmnDQ9CyJeJ4V5E2Ji8z+socEnRS5F7OOEQ0F582tSgYidKN3a5tJIRd' +
    'OBzH0F0ZVMal0VU3TkcIq7FHdmUAAAAAnJgjVgABhQGABQAA1gzaWz4wDYsCAAAAAAFZWg==';

  it('gives the symbols that were stripped', () => {
    const sections = [{ name: '.gnu_debugdata', bytes: Buffer.from(PACKED, 'base64') }];
    const image = ElfImage.parse(buildImage({ sections }), '/usr/bin/tool');
    const debug = debugImagesOf(image, () => undefined);
    expect(functionsOf(image, { dynamic: true, static: true, debug })).toMatchObject([
      { address: 0x40, names: [{ name: 'mini', source: 'debug' }] },
    ]);
  });

  it('is left out when damaged', () => {
    const bytes = Buffer.from(PACKED, 'base64').subarray(0, -40);
    const sections = [{ name: '.gnu_debugdata', bytes }];
    const image = ElfImage.parse(buildImage({ sections }), '/usr/bin/tool');
    expect(debugImagesOf(image, () => undefined)).toEqual([]);
  });
});
