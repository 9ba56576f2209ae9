/** Parses `RESULT NAME(PARAMETER, …)`. */
import type { ItemScanner } from './item-scanner.js';
import { intType, withLens } from '../lensed-type.js';
import { formatOf } from '../format-of.js';
import { NameBindings } from './name-binding.js';
import type { Parameter, Prototype } from '../prototype.js';
import { TypeParser } from './type-parser.js';
import type { TypeScope } from './type-parser.js';

/** A declaration without what its surroundings know of it. */
export type ParsedPrototype = Omit<Prototype, 'variants' | 'declaredAt'>;

/** @param warn told of what is odd but can be used */
export function parsePrototype(
  scanner: ItemScanner,
  scope: TypeScope,
  warn: (offset: number, message: string) => void,
): ParsedPrototype {
  const bindings = new NameBindings(scanner);
  const types = new TypeParser(scanner, scope, bindings);
  if (scanner.peekWord() === 'function') scanner.takeWord();
  const result = types.parseComplete();
  const name = scanner.takeFunctionName();
  if (name === '') scanner.fail(`expected the name of a function${scanner.found()}`);
  const { parameters, variadic } = parseParameters(scanner, types, warn);
  bindings.finish(parameters);
  return { name, result, parameters, variadic };
}

function parseParameters(
  scanner: ItemScanner,
  types: TypeParser,
  warn: (offset: number, message: string) => void,
): { parameters: Parameter[]; variadic: boolean } {
  const parameters: Parameter[] = [];
  let rightOfPlus = false;
  scanner.expect('(');
  while (!scanner.accept(')')) {
    if (scanner.accept('...')) {
      scanner.expect(')');
      return { parameters, variadic: true };
    }
    const offset = scanner.offset;
    rightOfPlus ||= scanner.startsWith('+');
    const parameter = parseParameter(scanner, types, rightOfPlus);
    if (!scanner.startsWith(')')) scanner.expect(',');
    if (!isVoid(parameter)) {
      parameters.push(parameter);
    } else if (parameters.length > 0 || !scanner.startsWith(')')) {
      // As in ltrace: `void` among others is a place that is not shown.
      warn(offset, 'void among other parameters: hidden');
      parameters.push({ type: withLens({ kind: 'hide' }, intType), direction: 'in' });
    }
  }
  return { parameters, variadic: false };
}

function isVoid({ type }: Parameter): boolean {
  return type.kind === 'scalar' && type.type.kind === 'void';
}

function parseParameter(scanner: ItemScanner, types: TypeParser, rightOfPlus: boolean): Parameter {
  const word = scanner.peekWord();
  const marked = word === 'in' || word === 'inout' ? word : undefined;
  if (marked !== undefined) scanner.takeWord();
  else scanner.accept('+');
  const type = types.parseComplete();
  const name = scanner.takeWord();
  // A format is never an output, and the arguments that it describes must be read before they are gone.
  const isOutput = rightOfPlus && formatOf(type) === undefined;
  const direction = marked ?? (isOutput ? 'out' : 'in');
  return name === '' ? { type, direction } : { name, type, direction };
}
