/** The body of a C `enum`, with the constant expressions that headers use. */
import type { CCursor } from './c-cursor.js';
import { cInteger } from './c-tokens.js';
import type { NamedValue } from '../prototype.js';

/** @param constants names with a value; those of the body are added */
export function parseEnumBody(
  cursor: CCursor,
  constants: Map<string, number | bigint>,
): NamedValue[] {
  const names: NamedValue[] = [];
  let next: bigint | undefined = 0n;
  cursor.expect('{');
  while (!cursor.accept('}')) {
    const name = cursor.acceptWord();
    if (name === undefined) cursor.fail('expected a name');
    cursor.skipQualifiers();
    if (cursor.accept('=')) next = constantExpression(cursor, constants);
    if (next !== undefined) {
      const value = asNumber(next);
      names.push({ name, value });
      constants.set(name, value);
      next += 1n;
    }
    if (!cursor.is('}')) cursor.expect(',');
  }
  return names;
}

/** `1 << 3`, `A | 4`, `-1`, `(2)`: applied from left to right; undefined for anything else. */
function constantExpression(
  cursor: CCursor,
  constants: ReadonlyMap<string, number | bigint>,
): bigint | undefined {
  let value = operand(cursor, constants);
  while (value !== undefined && OPERATORS.has(cursor.token?.text ?? '')) {
    const operator = cursor.take()?.text ?? '';
    const right = operand(cursor, constants);
    value = right === undefined ? undefined : OPERATORS.get(operator)?.(value, right);
  }
  // What is not understood is skipped up to the next enumerator.
  while (!cursor.is(',') && !cursor.is('}') && !cursor.done) {
    value = undefined;
    if (cursor.is('(')) cursor.skipGroup();
    else cursor.take();
  }
  return value;
}

const LARGEST_SHIFT = 63n;

const OPERATORS = new Map<string, (one: bigint, other: bigint) => bigint | undefined>([
  ['+', (one, other) => one + other],
  ['-', (one, other) => one - other],
  ['|', (one, other) => one | other],
  ['&', (one, other) => one & other],
  ['<<', (one, other) => (other < 0n || other > LARGEST_SHIFT ? undefined : one << other)],
]);

function operand(
  cursor: CCursor,
  constants: ReadonlyMap<string, number | bigint>,
): bigint | undefined {
  if (cursor.accept('-')) {
    const value = primary(cursor, constants);
    return value === undefined ? undefined : -value;
  }
  return primary(cursor, constants);
}

function primary(
  cursor: CCursor,
  constants: ReadonlyMap<string, number | bigint>,
): bigint | undefined {
  const parentheses = countOpen(cursor);
  const token = cursor.take();
  const value = token && (constants.get(token.text) ?? cInteger(token.text));
  for (let open = parentheses; open > 0; open--) {
    if (!cursor.accept(')')) return undefined;
  }
  return value === undefined ? undefined : BigInt(value);
}

function countOpen(cursor: CCursor): number {
  let count = 0;
  while (cursor.accept('(')) count++;
  return count;
}

function asNumber(value: bigint): number | bigint {
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
}
