/** The files of a process, as it sees them. */
import type { FileBytes } from '../base/file-bytes.js';
import type { Mapping } from './mapping.js';

/** An ELF file as the tracee sees it, mapped: reading costs only the pages that are touched. */
export interface ImageFile extends FileBytes {
  /** Same for every process that maps the same file; changes when the file is replaced. */
  readonly identity: string;
}

/**
 * 'same': surely the file that is mapped. 'similar': what is found at its paths now, best first. File systems that are
 * made of others (overlayfs, btrfs) show other numbers for a mapped file than for the same file at its path, so one of
 * them may be it: only its content tells. Empty when nothing can be read.
 */
export type MappedFile =
  | { readonly kind: 'same'; readonly file: ImageFile }
  | { readonly kind: 'similar'; readonly files: readonly ImageFile[] };

/** The files of a process, by the mappings that it has when they are first looked at. Not to be kept. */
export interface TraceeFiles {
  readonly mappings: readonly Mapping[];
  mappingAt(address: number): Mapping | undefined;
  /** The program that it executes, whatever is at that path by now; undefined when it cannot be read. */
  program(): ImageFile | undefined;
  /**
   * The file behind a mapping. Paths do not tell: by now another file may be there.
   *
   * @param knownAs another path where it may be found, as the process would say it; '' for none
   */
  mapped(mapping: Mapping, knownAs: string): MappedFile;
  /**
   * What is at a path of the process now; undefined when it cannot be read. Whoever asks must make sure that it is what
   * it is taken for.
   */
  open(path: string): ImageFile | undefined;
}
