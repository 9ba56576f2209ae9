/** Parsed ELF files, shared by all processes that map the same file. */
import { ElfImage } from '../../elf/elf-image.js';
import { ElfFormatError } from '../../elf/format-error.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { ImageFile, TraceeFiles } from '../../kernel/tracee-files.js';
import { imageFromMemory, type LoadedFile } from './image-from-memory.js';
import { isLoadedFrom } from './same-content.js';

/** 'memory': put together from what is loaded, because the file cannot be had. It has exported names only. */
export type ImageResult =
  | { readonly kind: 'image'; readonly image: ElfImage; readonly source: 'file' | 'memory' }
  | { readonly kind: 'refused'; readonly reason: string };

export class ImageCache {
  private readonly byIdentity = new Map<string, ImageResult>();

  /** The program that the process executes. */
  program(files: TraceeFiles, path: string): ImageResult {
    const file = files.program();
    return file === undefined ? EXECUTE_ONLY : this.parsed(file, path);
  }

  /** The file of a mapping, if it can be told without looking at the memory of the process. */
  lookAhead(files: TraceeFiles, mapping: Mapping): ImageResult {
    const found = files.mapped(mapping, '');
    return found.kind === 'same' ? this.parsed(found.file, pathOf(mapping)) : UNREADABLE;
  }

  /** The image that is loaded, never merely one that is found at its path: traps at another's offsets would harm. */
  loaded(files: TraceeFiles, wanted: LoadedFile): ImageResult {
    const { mapping, knownAs, memory } = wanted;
    if (mapping === undefined) return { kind: 'refused', reason: 'no file is mapped there' };
    const path = pathOf(mapping);
    const found = files.mapped(mapping, knownAs);
    if (found.kind === 'same') return this.parsed(found.file, path);
    for (const file of found.files) {
      const result = this.parsed(file, path);
      if (result.kind === 'refused') continue;
      if (isLoadedFrom(result.image, wanted.biasOf(result.image), memory)) return result;
    }
    const image = imageFromMemory(files, wanted);
    if (image !== undefined) return { kind: 'image', image, source: 'memory' };
    return found.files.length === 0 ? UNREADABLE : REPLACED;
  }

  private parsed(file: ImageFile, path: string): ImageResult {
    const known = this.byIdentity.get(file.identity);
    if (known !== undefined) return known;
    const result = parse(file, path);
    this.byIdentity.set(file.identity, result);
    return result;
  }
}

const UNREADABLE: ImageResult = { kind: 'refused', reason: 'the file cannot be read' };
const EXECUTE_ONLY: ImageResult = {
  kind: 'refused',
  reason: 'its file may be executed, but not be read; root can trace it',
};
const REPLACED: ImageResult = {
  kind: 'refused',
  reason: 'another file is at its path by now, and root alone can open the one that is loaded',
};

/** The kernel's remark is no part of it. */
const pathOf = ({ path }: Mapping): string => path.replace(/ \(deleted\)$/, '');

function parse(file: ImageFile, path: string): ImageResult {
  try {
    return { kind: 'image', image: ElfImage.parse(file, path), source: 'file' };
  } catch (error) {
    if (error instanceof ElfFormatError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}
