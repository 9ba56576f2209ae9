/** What parsing throws for bytes that are no ELF file we can use. */

/** A short phrase, fit for `cannot read PATH: REASON`. */
export type ElfFormatReason =
  | 'not an ELF file'
  | 'unknown ELF class'
  | 'unknown ELF byte order'
  | 'truncated ELF header'
  | 'truncated program headers'
  | 'malformed program headers';

export class ElfFormatError extends Error {
  override readonly name = 'ElfFormatError';

  constructor(
    readonly path: string,
    readonly reason: ElfFormatReason,
  ) {
    super(`${path}: ${reason}`);
  }
}
