/** Asks an image of unknown honesty everything that can be asked. */
import { toImageAddress } from '../../src/base/address.js';
import { i386Plt } from '../../src/arch/i386/plt.js';
import { x86_64Plt } from '../../src/arch/x86_64/plt.js';
import { ElfImage } from '../../src/elf/elf-image.js';
import { ElfFormatError } from '../../src/elf/format-error.js';
import { debugFilePaths, miniDebugInfo } from '../../src/symbol/debug-files.js';
import { functionsOf } from '../../src/symbol/functions.js';
import { importsOf } from '../../src/symbol/imports.js';

const KINDS = ['relative', 'copy', 'tls', 'other', 'jump-slot', 'glob-dat'] as const;

/**
 * Returns how many things were found, 'refused' for an ElfFormatError. Anything else that is thrown is
 * a mistake of ours; so is an empty name of a function.
 */
export function exerciseImage(bytes: Uint8Array): number | 'refused' {
  let image: ElfImage;
  try {
    image = ElfImage.parse(bytes, 'hostile');
  } catch (error) {
    if (error instanceof ElfFormatError) return 'refused';
    throw error;
  }
  const imports = importsOf(image, { plt: image.elfClass === 64 ? x86_64Plt : i386Plt });
  const functions = functionsOf(image, { dynamic: true, static: true });
  for (const { names } of functions)
    if (names.some(({ name }) => name === '')) throw new Error('empty name');
  for (const { name } of imports) if (name === '') throw new Error('empty name');
  let found = imports.length + functions.length + properties(image);
  for (const { name } of [...image.dynamicSymbols()].slice(0, 20)) {
    found += image.findDynamic(name).length;
  }
  for (const relocation of image.relocations(KINDS)) found += relocation.symbolIndex === 0 ? 1 : 2;
  for (const { address } of functions.slice(0, 20)) found += image.symbolAt(address)?.offset ?? 0;
  return found;
}

function properties(image: ElfImage): number {
  const texts = [image.interpreter, image.soname, image.buildId, ...image.needed];
  const flags = [image.isPie, image.isStatic, image.bindsLocally];
  for (const { name } of image.sections.slice(0, 100)) image.sectionBytes(name);
  image.bytesAt(image.entry, 16);
  image.wordAt(toImageAddress(image.entry - 1));
  return (
    texts.length +
    flags.filter(Boolean).length +
    image.executableRanges().length +
    debugFilePaths(image).length +
    (miniDebugInfo(image)?.file.size ?? 0)
  );
}
