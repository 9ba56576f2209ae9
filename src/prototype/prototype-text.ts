/** A prototype in the words of docs/prototypes.md, on one line: what a person wants to know of a function. */
import { formatOf } from './format-of.js';
import type { Expression, LensedType, LensSpec, Parameter, Prototype } from './prototype.js';
import type { IntegerType } from '../ctype/ctype.js';

/** `int SSL_CTX_load_verify_locations(addr ctx, string CAfile, string CApath)`; names are not escaped. */
export function prototypeText({ name, result, parameters, variadic }: Prototype): string {
  const hasMore = variadic || parameters.some(({ type }) => formatOf(type) !== undefined);
  const all = [...parameters.map(parameterText), ...(hasMore ? ['...'] : [])];
  return `${typeText(result)} ${name}(${all.length === 0 ? 'void' : all.join(', ')})`;
}

const DIRECTIONS: Readonly<Record<Parameter['direction'], string>> = {
  in: '',
  out: '+',
  inout: 'inout ',
};

function parameterText({ name, type, direction }: Parameter): string {
  return `${DIRECTIONS[direction]}${typeText(type)}${name === undefined ? '' : ` ${name}`}`;
}

/** What lies deeper is `...`: types of debug information go in circles. */
const DEEPEST = 3;

function typeText(type: LensedType, depth = 0): string {
  if (depth > DEEPEST) return '...';
  switch (type.kind) {
    case 'scalar':
      return scalarText(type.type);
    case 'function':
      return 'code';
    case 'pointer':
      return pointerText(type.target, depth);
    case 'array':
      return `array(${typeText(type.element, depth + 1)}, ${expressionText(type.length)})`;
    case 'struct':
    case 'union':
      return type.name === undefined ? membersText(type, depth) : `${type.kind} ${type.name}`;
    case 'lens':
      return lensText(type.lens, type.of, depth);
  }
}

function membersText(
  { kind, fields }: Extract<LensedType, { kind: 'struct' | 'union' }>,
  depth: number,
): string {
  const members = fields.map(({ name, type }) => {
    const text = typeText(type, depth + 1);
    return name === undefined ? text : `${text} ${name}`;
  });
  return `${kind}(${members.join(', ')})`;
}

function pointerText(target: LensedType, depth: number): string {
  if (target.kind === 'function') return 'code';
  if (target.kind === 'scalar' && target.type.kind === 'void') return 'addr';
  return `${typeText(target, depth + 1)}*`;
}

function scalarText(type: Extract<LensedType, { kind: 'scalar' }>['type']): string {
  if (type.kind === 'void') return 'void';
  if (type.kind === 'integer') return integerText(type);
  return { 4: 'float', 8: 'double' }[type.bytes as number] ?? 'long double';
}

const SIZES: Readonly<Record<string, string>> = { int64: 'long long', int128: '__int128' };

function integerText({ size, signed, character }: IntegerType): string {
  if (character) return size === 'char' ? 'char' : 'wchar_t';
  const word = SIZES[size] ?? size;
  if (size === 'char') return signed ? 'signed char' : 'unsigned char';
  return signed ? word : `unsigned ${word}`;
}

/** Lenses that stand for their type. */
const ALONE: Readonly<Record<string, string>> = { descriptor: 'fd', errnum: 'errnum' };
/** Lenses with another name in files. */
const WORDS: Readonly<Record<string, string>> = {
  character: 'char',
  decimal: 'dec',
  bits: 'bitvec',
  'socket-name': 'socket_name',
};

function lensText(lens: LensSpec, of: LensedType, depth: number): string {
  const { kind } = lens;
  if (kind === 'string') return stringText(of);
  if (kind === 'enum' || kind === 'flags') return kind;
  if (kind === 'buffer' || kind === 'alpn') return `${kind}(${expressionText(lens.length)})`;
  if (kind === 'format') {
    return `${lens.wide ? 'w' : ''}${lens.style === 'scanf' ? 'scanf' : 'format'}`;
  }
  if (kind === 'within') return `within(${expressionText(lens.length)}, ${typeText(of, depth)})`;
  if (kind === 'full' || kind === 'url') return typeText(of, depth);
  return ALONE[kind] ?? `${WORDS[kind] ?? kind}(${typeText(of, depth)})`;
}

/** `string`, `string[arg2]` */
function stringText(of: LensedType): string {
  const array = of.kind === 'pointer' ? of.target : of;
  if (array.kind !== 'array') return `string(${typeText(of)})`;
  const { length } = array;
  const limit = length.kind === 'zero' ? length.limit : length;
  return limit === undefined ? 'string' : `string[${expressionText(limit)}]`;
}

function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return `${expression.value}`;
    case 'argument':
      return `arg${expression.index}`;
    case 'result':
      return 'retval';
    case 'element':
      return `elt${expression.index}`;
    case 'pointee':
      return `*${expressionText(expression.of)}`;
    case 'zero':
      return expression.limit === undefined ? 'zero' : `zero(${expressionText(expression.limit)})`;
    case 'binary': {
      const { left, operator, right } = expression;
      return `(${expressionText(left)} ${operator} ${expressionText(right)})`;
    }
  }
}
