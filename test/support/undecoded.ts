/** Looks in a recording for calls that are shown less well than the bundled prototypes could. */
import { readFileSync } from 'node:fs';
import { BUNDLED_PROTOTYPES, prototypeFiles } from '../../src/prototype/prototype-files.js';
import { defaultPlaces, PrototypeLibrary } from '../../src/prototype/prototype-library.js';
import type { LensedType, Prototype } from '../../src/prototype/prototype.js';

/** What is used of docs/trace-schema.json. */
interface JsonValue {
  readonly kind: string;
  readonly value?: number | string;
  readonly rest?: number | string;
  readonly target?: JsonValue;
}

interface JsonEvent {
  readonly kind: string;
  readonly call: number;
  readonly library: string;
  readonly symbol: string;
  readonly shownAs?: string;
  readonly args: readonly { readonly value: JsonValue }[];
  readonly outArgs: readonly { readonly value: JsonValue }[];
  readonly result: JsonValue;
}

/**
 * @param recording path of a file of events, one JSON object a line
 * @returns functions without a prototype, and numbers where the library has names: empty when all is decoded
 */
export function undecoded(recording: string): { readonly calls: number; readonly found: string[] } {
  const fail = (what: unknown): never => {
    throw new Error(JSON.stringify(what));
  };
  const places = defaultPlaces({}, [], BUNDLED_PROTOTYPES);
  const library = new PrototypeLibrary(prototypeFiles(fail), places, fail);
  const events = readFileSync(recording, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonEvent);
  const calls = new Map(
    events.filter(({ kind }) => kind === 'call').map((each) => [each.call, each]),
  );
  const found = new Set<string>();
  for (const event of events) {
    const call = calls.get(event.call);
    if (call === undefined || (event.kind !== 'return' && event.kind !== 'call')) continue;
    const prototype = prototypeOf(call, library);
    const at = `${call.shownAs ?? call.symbol}, `;
    if (prototype === undefined) found.add(`${call.symbol} has no prototype`);
    else if (event.kind === 'call')
      numbersIn(prototype, event.args, 0).forEach((each) => found.add(at + each));
    else {
      numbersIn(prototype, event.outArgs, call.args.length).forEach((each) => found.add(at + each));
      if (isNumber(event.result, prototype.result))
        found.add(`${at}result: ${numberOf(event.result)}`);
    }
  }
  return { calls: calls.size, found: [...found] };
}

function prototypeOf(call: JsonEvent, library: PrototypeLibrary): Prototype | undefined {
  const prototype = library.lookup([call.library], call.symbol);
  if (call.shownAs === undefined) return prototype;
  return prototype?.variants.find((each) => each.prototype.name === call.shownAs)?.prototype;
}

/** @param first index of the parameter that the first argument belongs to */
function numbersIn(prototype: Prototype, args: JsonEvent['args'], first: number): string[] {
  return args.flatMap(({ value }, index) => {
    const parameter = prototype.parameters[first + index];
    if (parameter === undefined || !isNumber(value, parameter.type)) return [];
    return [`${parameter.name ?? String(first + index)}: ${numberOf(value)}`];
  });
}

const numberOf = (value: JsonValue): string => String(value.rest ?? value.value);

/** A number that a name could stand for. Zero often means "none", and has none then. */
function isNumber(value: JsonValue, type: LensedType): boolean {
  if (type.kind === 'pointer' && value.target !== undefined)
    return isNumber(value.target, type.target);
  if (type.kind !== 'lens') return false;
  if (type.lens.kind === 'flags') return Number(value.rest ?? value.value ?? 0) !== 0;
  if (type.lens.kind !== 'enum') return isNumber(value, type.of);
  // A count that may be an error instead has names for errors only.
  const namesErrorsOnly = type.lens.names.every((each) => each.value <= 0);
  const number = Number(value.value ?? 0);
  return value.kind === 'integer' && (namesErrorsOnly ? number < 0 : number !== 0);
}
