/** Integers as strtol(3) reads them in base 0: `20`, `0x14`, `024`. */

/** undefined for anything else, also for what a number cannot hold exactly. */
export function parseInteger(text: string): number | undefined {
  const match = /^\s*([-+]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hexadecimal, octal, decimal] = match;
  const magnitude =
    hexadecimal !== undefined
      ? parseInt(hexadecimal, 16)
      : octal !== undefined
        ? parseInt(`0${octal}`, 8)
        : parseInt(decimal ?? '', 10);
  if (!Number.isSafeInteger(magnitude)) return undefined;
  return sign === '-' && magnitude !== 0 ? -magnitude : magnitude;
}
