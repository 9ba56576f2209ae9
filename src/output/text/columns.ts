/** Brings the `=` of results into one column. */

const PADDING: readonly string[] = Array.from({ length: 256 }, (_, count) => ' '.repeat(count));

export function spaces(count: number): string {
  return count <= 0 ? '' : (PADDING[count] ?? ' '.repeat(count));
}

/**
 * The spaces between `)` and `=`: at least one.
 * @param column characters on the line so far, `)` included
 * @param align wanted column of the `=`, counted from 1
 */
export function gapBeforeResult(column: number, align: number): string {
  return spaces(Math.max(1, align - 1 - column));
}
