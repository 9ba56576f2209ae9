/** Prototypes as one line of text, to compare them in tests. */
import type {
  Expression,
  LensedField,
  LensedType,
  LensSpec,
  Prototype,
} from '../../src/prototype/prototype.js';

export function renderPrototype(prototype: Prototype): string {
  const parameters = prototype.parameters.map(
    ({ name, type, direction }) =>
      `${direction === 'in' ? '' : `${direction} `}${name ?? '_'}: ${renderType(type)}`,
  );
  const all = prototype.variadic ? [...parameters, '...'] : parameters;
  return `${prototype.name}(${all.join(', ')}) -> ${renderType(prototype.result)}`;
}

export function renderType(type: LensedType): string {
  switch (type.kind) {
    case 'scalar':
      return renderScalar(type.type);
    case 'pointer':
      if (type.target.kind === 'scalar' && type.target.type.kind === 'void') return 'address';
      return `*${renderType(type.target)}`;
    case 'function':
      return 'code';
    case 'array':
      return `${renderType(type.element)}[${renderLength(type.length)}]`;
    case 'lens':
      return `${renderLens(type.lens)}<${renderType(type.of)}>`;
    case 'struct':
    case 'union':
      return `${type.kind === 'union' ? 'union ' : ''}${type.name ?? ''}{${type.fields.map(renderField).join(' ')}}${type.bytes ?? ''}`;
  }
}

function renderLens(lens: LensSpec): string {
  const names = 'names' in lens ? lens.names : [];
  const list = names.map(({ name, value }) => `${name}=${value}`).join(' ');
  return list === '' ? lens.kind : `${lens.kind}(${list})`;
}

function renderLength(length: Expression): string {
  return length.kind === 'number' ? length.value.toString() : length.kind;
}

function renderScalar(type: Extract<LensedType, { kind: 'scalar' }>['type']): string {
  if (type.kind === 'void') return 'void';
  if (type.kind === 'float') return `float${type.bytes}`;
  if (type.character) return type.size === 'char' ? 'char' : 'wchar';
  return `${type.signed ? 'i' : 'u'}-${type.size}`;
}

function renderField({ name, offset, bitField, type }: LensedField): string {
  const bits = bitField === undefined ? '' : `:${bitField.firstBit}+${bitField.bits}`;
  return `${name ?? ''}@${offset ?? '?'}${bits}:${renderType(type)}`;
}
