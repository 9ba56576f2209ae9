/** Parsed ELF files, shared by all processes that map the same file. */
import { ElfImage } from '../../elf/elf-image.js';
import { ElfFormatError } from '../../elf/format-error.js';
import type { TraceeFiles } from '../../kernel/kernel.js';

export type ImageResult =
  | { readonly kind: 'image'; readonly image: ElfImage }
  | { readonly kind: 'refused'; readonly reason: string };

export class ImageCache {
  private readonly byIdentity = new Map<string, ImageResult>();

  /** The file behind a path or mapping, as the process sees it. */
  open(files: TraceeFiles, path: string): ImageResult {
    const file = files.open(path);
    if (file === undefined) return { kind: 'refused', reason: 'the file cannot be read' };
    const known = this.byIdentity.get(file.identity);
    if (known !== undefined) return known;
    const result = parse(file.bytes, path);
    this.byIdentity.set(file.identity, result);
    return result;
  }
}

function parse(bytes: Uint8Array, path: string): ImageResult {
  try {
    return { kind: 'image', image: ElfImage.parse(bytes, path) };
  } catch (error) {
    if (error instanceof ElfFormatError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}
