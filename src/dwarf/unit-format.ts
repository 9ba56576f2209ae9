import type { OffsetBytes } from './cursor.js';

/** What the size of a value depends on. */
export interface UnitFormat {
  readonly version: number;
  readonly addressBytes: number;
  readonly offsetBytes: OffsetBytes;
}
