/** The parameters of a prototype, ready to be read from the frame of a call. */
import type { ArgumentAllocator, CallAbi, Piece } from '../arch/call-abi.js';
import { formatOf, type FormatParameter } from '../prototype/format-of.js';
import type {
  Direction,
  Expression,
  LensedType,
  LensSpec,
  Parameter,
  Prototype,
} from '../prototype/prototype.js';
import { compileLens } from './compile-lens.js';
import { ctypeOf, passedAs } from './ctype-of.js';
import type { NamedPlace } from './expression.js';
import { FramePlan } from './frame.js';
import type { Lens } from './lens.js';
import type { CaptureLimits } from './stopped-call.js';
import { labelled } from './struct.js';
import type { LensSurroundings } from './surroundings.js';
import { FIRST_READ } from './texts-ahead.js';
import type { TextSlot } from './texts-ahead.js';

export interface Slot {
  readonly name: string | undefined;
  readonly direction: Direction;
  readonly offset: number;
  readonly lens: Lens;
  /** One machine word carries it. */
  readonly isWord: boolean;
}

export interface CompiledParameters {
  readonly plan: FramePlan;
  readonly slots: readonly Slot[];
  readonly around: LensSurroundings;
  /** Stands behind the last parameter. */
  readonly allocator: ArgumentAllocator;
  /** Those that are texts to be read at entry. */
  readonly texts: readonly TextSlot[];
  readonly format: (FormatParameter & { readonly index: number }) | undefined;
}

export function compileParameters(
  prototype: Prototype,
  abi: CallAbi,
  limits: CaptureLimits,
): CompiledParameters {
  const { parameters } = prototype;
  const types = parameters.map(({ type }) => passedAs(type, abi));
  const allocator = abi.argumentsOf(ctypeOf(passedAs(prototype.result, abi)));
  const places = types.map((type) => allocator.next(ctypeOf(type)));
  const plan = new FramePlan(places);
  const around: LensSurroundings = {
    layout: abi.layout,
    parameters: types.map((type, index): NamedPlace => {
      return { type, offset: plan.offsets[index] ?? 0 };
    }),
    members: [],
    limits,
    structs: new Map<LensedType, Map<LensSpec | undefined, Lens>>(),
    compile: compileLens,
  };
  const slots = around.parameters.map(({ type, offset }, index): Slot => {
    const name = parameters[index]?.name;
    return {
      name,
      direction: parameters[index]?.direction ?? 'in',
      offset,
      lens: labelled(compileLens(type, undefined, around), name),
      isWord: isWord(places[index] ?? [], abi.layout.wordBytes),
    };
  });
  const format = findFormat(parameters);
  const texts = parameters.flatMap(({ type, direction }, index): TextSlot[] => {
    const bytes = direction === 'in' && index !== format?.index ? textBytes(type, limits) : 0;
    return bytes === 0 ? [] : [{ offset: plan.offsets[index] ?? 0, bytes }];
  });
  return { plan, slots, around, allocator, texts, format };
}

/** How much of a text of this type is read; 0 when it is none, or the length depends on something. */
function textBytes(type: LensedType, limits: CaptureLimits): number {
  if (type.kind !== 'lens') return 0;
  const { lens, of } = type;
  if (lens.kind === 'full' || lens.kind === 'url') {
    return textBytes(of, { ...limits, stringBytes: FIRST_READ });
  }
  if (lens.kind !== 'string' || of.kind !== 'pointer') return 0;
  const { target } = of;
  if (target.kind !== 'array' || target.length.kind !== 'zero') return 0;
  if (target.length.limit !== undefined || target.element.kind !== 'scalar') return 0;
  const { type: element } = target.element;
  return element.kind === 'integer' && element.size === 'char' ? limits.stringBytes + 1 : 0;
}

function isWord(pieces: readonly Piece[], wordBytes: 4 | 8): boolean {
  const [first] = pieces;
  if (first === undefined || pieces.length > 1 || first.bytes > wordBytes) return false;
  return first.source !== 'float-register';
}

function findFormat(parameters: readonly Parameter[]): CompiledParameters['format'] {
  for (const [index, { type }] of parameters.entries()) {
    const format = formatOf(type);
    if (format !== undefined) return { index, ...format };
  }
  return undefined;
}

const MOST_TYPES = 64;

/** Does reading a value of this type need the arguments of the call? */
export function mentionsArguments(type: LensedType, seen = new Set<LensedType>()): boolean {
  if (seen.has(type)) return false;
  // Debug information has graphs of thousands of types: then it is as well to keep the arguments.
  if (seen.size >= MOST_TYPES) return true;
  seen.add(type);
  switch (type.kind) {
    case 'scalar':
    case 'function':
      return false;
    case 'pointer':
      return mentionsArguments(type.target, seen);
    case 'array':
      return namesArgument(type.length) || mentionsArguments(type.element, seen);
    case 'struct':
    case 'union':
      return type.fields.some((field) => mentionsArguments(field.type, seen));
    case 'lens':
      return lensNamesArgument(type.lens) || mentionsArguments(type.of, seen);
  }
}

function lensNamesArgument(lens: LensSpec): boolean {
  if (lens.kind === 'buffer' || lens.kind === 'alpn' || lens.kind === 'within') {
    return namesArgument(lens.length);
  }
  return lens.kind === 'errno' && lens.failure !== undefined && namesArgument(lens.failure);
}

function namesArgument(expression: Expression): boolean {
  switch (expression.kind) {
    case 'argument':
      return true;
    case 'number':
    case 'result':
    case 'element':
      return false;
    case 'pointee':
      return namesArgument(expression.of);
    case 'zero':
      return expression.limit !== undefined && namesArgument(expression.limit);
    case 'binary':
      return namesArgument(expression.left) || namesArgument(expression.right);
  }
}
