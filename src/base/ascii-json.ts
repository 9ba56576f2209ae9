/** JSON that nothing can hide in: what turns the direction of text, or has no shape, stands there as its number. */

/** @param indent spaces for each level; 0 for one line */
export function asciiJson(value: unknown, indent: number): string {
  return JSON.stringify(value, exactNumbers, indent).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Numbers beyond 2^53 as text: JSON readers round them. */
function exactNumbers(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
