/** What the DWARF readers need of a file, and the one way in which they fail. */

/** Debug sections of one file by name, decompressed; undefined when the file has none of that name. */
export interface DebugSections {
  sectionBytes(name: string): Uint8Array | undefined;
}

/** Debug information that is damaged or of a kind that no published standard describes. */
export class DwarfError extends Error {
  override readonly name = 'DwarfError';
}

/** What `read` gives; undefined when it comes upon damage: to us, damaged information is no information. */
export function ifLegible<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}
