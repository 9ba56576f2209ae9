/** Skipping that cannot go unnoticed: a reason is required, printed and counted. */

/** What {@link skipUnless} puts into a test's name; scripts/jest-tally.js reads it. */
const MARK = 'skipped because it';

export type TestFunction = (name: string, body: jest.ProvidesCallback, timeoutMs?: number) => void;

/**
 * `it` when the condition holds, else an `it` that only counts.
 * `reason` completes the sentence "skipped because it …": `needs mold (Debian package mold)`.
 */
export function skipUnless(condition: boolean, reason: string): TestFunction {
  return (name, body, timeoutMs) => {
    if (condition) it(name, body, timeoutMs);
    else it.skip(`${name} [${MARK} ${reason}]`, body, timeoutMs);
  };
}
