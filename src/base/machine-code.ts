/**
 * Turns a table of hand-encoded instructions into bytes.
 *
 * A real assembler (iced-x86) costs 25 to 65 ms to load, which every run would pay; a table costs
 * nothing. The unit test disassembles each row of every table and compares it with its text.
 */

export type Row =
  /** One instruction: its bytes in hexadecimal, and what they say. */
  | { readonly kind: 'code'; readonly hex: string; readonly text: string }
  /** One instruction that ends in a 32-bit distance to a label, which `hex` leaves out. */
  | { readonly kind: 'near'; readonly hex: string; readonly text: string; readonly label: string }
  /** One instruction that ends in a 64-bit constant given at assembly, which `hex` leaves out. */
  | { readonly kind: 'quad'; readonly hex: string; readonly text: string; readonly value: string }
  /** The same with a 32-bit constant. */
  | { readonly kind: 'word'; readonly hex: string; readonly text: string; readonly value: string }
  | { readonly kind: 'label'; readonly name: string }
  /** Bytes that are no instruction; only behind all instructions. */
  | { readonly kind: 'data'; readonly hex: string };

export interface MachineCode {
  readonly bytes: Uint8Array;
  /** Offset of each label in `bytes`. */
  readonly labels: ReadonlyMap<string, number>;
}

export const code = (hex: string, text: string): Row => ({ kind: 'code', hex, text });
export const near = (hex: string, text: string, label: string): Row => ({
  kind: 'near',
  hex,
  text,
  label,
});
export const quad = (hex: string, text: string, value: string): Row => ({
  kind: 'quad',
  hex,
  text,
  value,
});
export const word = (hex: string, text: string, value: string): Row => ({
  kind: 'word',
  hex,
  text,
  value,
});
/** A string with its terminating NUL. */
export const text = (content: string): Row => ({
  kind: 'data',
  hex: `${Buffer.from(content, 'latin1').toString('hex').replace(/../g, '$& ')}00`,
});
export const label = (name: string): Row => ({ kind: 'label', name });

/** Bytes that follow the written ones. */
const TAIL_BYTES = { code: 0, near: 4, quad: 8, word: 4, data: 0 } as const;

/**
 * Independent of where it will run: distances are relative to the instruction.
 *
 * @param values the constants that `quad` and `word` rows name
 */
export function assemble(
  rows: readonly Row[],
  values: Readonly<Record<string, number>> = {},
): MachineCode {
  const labels = new Map<string, number>();
  let size = 0;
  for (const row of rows) {
    if (row.kind === 'label') labels.set(row.name, size);
    else size += hexBytes(row.hex).length + TAIL_BYTES[row.kind];
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const row of rows) {
    if (row.kind === 'label') continue;
    const head = hexBytes(row.hex);
    bytes.set(head, at);
    const tail = at + head.length;
    at = tail + TAIL_BYTES[row.kind];
    if (row.kind === 'near')
      view.setInt32(tail, known(labels.get(row.label), row.label) - at, true);
    if (row.kind === 'word') view.setInt32(tail, known(values[row.value], row.value), true);
    if (row.kind === 'quad') {
      view.setBigUint64(tail, BigInt(known(values[row.value], row.value)), true);
    }
  }
  return { bytes, labels };
}

function hexBytes(hex: string): number[] {
  return hex.split(' ').map((pair) => parseInt(pair, 16));
}

function known(value: number | undefined, name: string): number {
  if (value === undefined)
    throw new Error(`machine code refers to "${name}", which does not exist`);
  return value;
}
