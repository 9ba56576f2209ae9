/** Whether an argument that may have been written still reads the same. */
import type { Value } from '../trace/value.js';

export function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return Buffer.compare(one, other) === 0;
  }
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => sameValue(one[key], other[key]))
  );
}

/** Before and after, or the one value when nothing changed. */
export function changedValue(before: Value, after: Value): Value {
  return sameValue(before, after) ? after : { kind: 'changed', before, after };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
