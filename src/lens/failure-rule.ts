/** What says that a call failed, as plain data: for whoever judges a result without a lens. */

/** Results from `low` to `low + span`, in two's complement of 64 bits. */
export interface FailedRange {
  readonly low: bigint;
  readonly span: bigint;
}

export interface FailureRule {
  /** Bytes of the result in the first result register; 0: it does not tell of failure. A narrow one is sign-extended. */
  readonly width: 0 | 4 | 8;
  readonly ranges: readonly FailedRange[];
  /** Does a failure count only where errno can be read? */
  readonly needsErrno: boolean;
}

export const NEVER_FAILS: FailureRule = { width: 0, ranges: [], needsErrno: false };

/** Is that a failed one? `result` is the whole register. */
export function isFailure({ width, ranges }: FailureRule, result: bigint): boolean {
  if (width === 0) return false;
  const value = BigInt.asIntN(8 * width, result);
  return ranges.some(({ low, span }) => BigInt.asUintN(64, value - low) <= span);
}
