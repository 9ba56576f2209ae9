/** What a captured value is when it is compared with a number or a text. */
import type { Argument, IntegerValue, Value } from '../../trace/value.js';

export interface Scalar {
  /** The value first; then other readings of the same bits, for equality only. */
  readonly numbers: readonly (number | bigint)[];
  readonly texts: readonly string[];
}

export function scalarOf(argument: Argument): Scalar {
  const scalar = scalarOfValue(argument.value);
  if (scalar.numbers.length > 0 || argument.raw === undefined || isSecret(argument.value)) {
    return scalar;
  }
  return { numbers: [argument.raw], texts: scalar.texts };
}

// eslint-disable-next-line complexity -- one arm for each kind of value
export function scalarOfValue(value: Value): Scalar {
  switch (value.kind) {
    case 'integer':
      return { numbers: readings(value), texts: [] };
    case 'float':
      return { numbers: [value.value], texts: [] };
    case 'character':
      return { numbers: [value.code], texts: [String.fromCharCode(value.code & 0xff)] };
    case 'string':
    case 'buffer':
      return {
        numbers: value.address === undefined ? [] : [value.address],
        texts: [Buffer.from(value.bytes).toString('utf8')],
      };
    case 'pointer':
      return {
        numbers: [value.address],
        texts: value.target === undefined ? [] : scalarOfValue(value.target).texts,
      };
    case 'enumerator':
      return { numbers: [value.value], texts: [value.name] };
    case 'flags':
      return { numbers: [], texts: [value.names.join('|'), ...value.names] };
    case 'descriptor':
      return { numbers: [value.value], texts: [value.path] };
    case 'changed':
      return scalarOfValue(value.after);
    case 'unreadable':
      return { numbers: [value.address], texts: [] };
    case 'bits':
    case 'array':
    case 'struct':
    case 'recursion':
    case 'elided':
    case 'unknown':
    case 'redacted':
    case 'hidden':
    case 'void':
      return NOTHING;
  }
}

const NOTHING: Scalar = { numbers: [], texts: [] };

function isSecret(value: Value): boolean {
  return value.kind === 'redacted';
}

const ALL_ONES_32 = 0xffffffff;
const SIGN_BIT_32 = 0x80000000;
const TWO_TO_32 = 0x100000000;

/** `-1` is meant by 0xffffffff where the type is not known, or unsigned. */
function readings({ value, bits, signed, style }: IntegerValue): readonly (number | bigint)[] {
  if (signed && style !== 'guess') return [value];
  if (typeof value === 'bigint') return [value, Number(BigInt.asIntN(64, value))];
  const fits32 = bits === 32 || style === 'guess';
  if (fits32 && value >= SIGN_BIT_32 && value <= ALL_ONES_32) return [value, value - TWO_TO_32];
  return [value];
}
