/** The bytes of a file that may be larger than what can be looked at in one piece. */

export interface FileBytes {
  readonly size: number;
  /** The bytes from `offset` on, fewer than `length` at the end of the file; none where they cannot be had. */
  part(offset: number, length: number): Uint8Array;
}

export function fileOf(bytes: Uint8Array): FileBytes {
  return {
    size: bytes.length,
    part: (offset, length) =>
      offset >= 0 && length >= 0 ? bytes.subarray(offset, offset + length) : NOTHING,
  };
}

const NOTHING = new Uint8Array(0);
