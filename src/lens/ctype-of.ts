/** The C type under a lensed type: what size, alignment and calling convention depend on. */
import type { CallAbi } from '../arch/call-abi.js';
import type { CType, StructField } from '../ctype/ctype.js';
import type { LensedStruct, LensedType } from '../prototype/prototype.js';

const known = new WeakMap<LensedType, CType>();

/** The same object for the same type, so that cycles end and layouts are computed once. */
export function ctypeOf(type: LensedType): CType {
  if (type.kind === 'scalar') return type.type;
  const found = known.get(type);
  if (found !== undefined) return found;
  if ('fields' in type) return structOf(type);
  const made = simpleTypeOf(type);
  known.set(type, made);
  return made;
}

/** What a parameter or result of that type is. */
export function passedAs(type: LensedType, { arrays }: Pick<CallAbi, 'arrays'>): LensedType {
  return arrays === 'as-pointers' ? decayed(type) : type;
}

/** An array as a parameter or result is a pointer to its first element, as in C. */
function decayed(type: LensedType): LensedType {
  if (type.kind === 'array') return { kind: 'pointer', target: type };
  if (type.kind !== 'lens') return type;
  const of = decayed(type.of);
  return of === type.of ? type : { ...type, of };
}

type Simple = Exclude<LensedType, LensedStruct | { kind: 'scalar' }>;

const ADDRESS: CType = { kind: 'pointer', target: { kind: 'void' } };

function simpleTypeOf(type: Simple): CType {
  switch (type.kind) {
    // What it points to does not matter to size or place; not following it ends every cycle.
    case 'pointer':
      return ADDRESS;
    case 'function':
      return { kind: 'function' };
    case 'lens':
      return ctypeOf(type.of);
    case 'array': {
      const length = type.length.kind === 'number' ? Math.max(0, type.length.value) : 'dynamic';
      return { kind: 'array', element: ctypeOf(type.element), length };
    }
  }
}

function structOf(type: LensedStruct): CType {
  const fields: StructField[] = [];
  const made: CType = {
    kind: type.kind,
    fields,
    ...(type.name === undefined ? {} : { name: type.name }),
    ...(type.bytes === undefined ? {} : { bytes: type.bytes }),
  };
  // Known before its fields are: a struct that contains itself by value must not loop.
  known.set(type, made);
  for (const field of type.fields) fields.push({ ...field, type: ctypeOf(field.type) });
  return made;
}
