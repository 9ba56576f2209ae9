/** What the DWARF readers need of a file, and the one way in which they fail. */

/** Debug sections of one file by name, decompressed; undefined when the file has none of that name. */
export interface DebugSections {
  sectionBytes(name: string): Uint8Array | undefined;
}

/** Debug information that is damaged or of a kind that no published standard describes. */
export class DwarfError extends Error {
  override readonly name = 'DwarfError';
}
