/** Checked access to parsed JSON: a recording may come from anywhere. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** A line of a recording that is no event. Readers skip it and say so. */
export class BadEvent extends Error {
  override readonly name = 'BadEvent';
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null) throw new BadEvent(`${what} is not an object`);
  return value as JsonObject;
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new BadEvent(`${what} is not an array`);
  return value as readonly unknown[];
}

export function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw new BadEvent(`${name} is not text`);
  return value;
}

/** For `{ ...optionalTextOf(object, 'name') }`. */
export function optionalTextOf<Name extends string>(
  object: JsonObject,
  name: Name,
): { readonly [property in Name]?: string } {
  if (object[name] === undefined) return {};
  return { [name]: textOf(object, name) } as { readonly [property in Name]: string };
}

export function numberOf(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== 'number') throw new BadEvent(`${name} is not a number`);
  return value;
}

/** A whole number from 0 to `most`. */
export function countOf(object: JsonObject, name: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = object[name];
  if (typeof value === 'number' && value >= 0 && value <= most && Number.isInteger(value)) {
    return value;
  }
  throw new BadEvent(`${name} is not a number from 0 to ${most}`);
}

/** A whole number of either sign. */
export function integerOf(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new BadEvent(`${name} is not a whole number`);
}

export function flagOf(object: JsonObject, name: string): boolean {
  const value = object[name];
  if (typeof value !== 'boolean') throw new BadEvent(`${name} is neither true nor false`);
  return value;
}

export function choiceOf<T extends string | number>(
  object: JsonObject,
  name: string,
  choices: readonly T[],
): T {
  const value = object[name];
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new BadEvent(`${name} is none of ${choices.join(', ')}`);
  return choice;
}

/** 128 bits have 39 digits. */
const EXACT_INTEGER = /^-?\d{1,40}$/;

/** A number, or digits where a number would be rounded. */
export function exactOf(object: JsonObject, name: string): number | bigint {
  const value = object[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && EXACT_INTEGER.test(value)) return BigInt(value);
  throw new BadEvent(`${name} is not a whole number`);
}

export function bigintOf(object: JsonObject, name: string): bigint {
  return BigInt(exactOf(object, name));
}

export function textsOf(object: JsonObject, name: string): readonly string[] {
  return asArray(object[name], name).map((item) => {
    if (typeof item !== 'string') throw new BadEvent(`${name} holds something that is not text`);
    return item;
  });
}
