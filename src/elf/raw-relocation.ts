/** A relocation as it stands in the file, whatever the encoding of its table. */

export interface RawRelocation {
  readonly offset: number;
  readonly type: number;
  readonly symbolIndex: number;
  /** undefined: it stands in the slot. */
  readonly addend: number | undefined;
}
