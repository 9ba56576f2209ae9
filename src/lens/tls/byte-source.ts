/** Bytes that lie somewhere in a tracee, in one piece or several. */
export interface ByteSource {
  readonly length: number;
  /** Reads from `offset` on; returns how many bytes were got, fewer where memory cannot be read. */
  read(offset: number, into: Uint8Array): number;
}
