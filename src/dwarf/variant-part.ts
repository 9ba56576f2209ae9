/** Rust's enums with data (DW_TAG_variant_part, DWARF 5, 5.7.10), as far as registers can carry them. */
import type { LensedField, LensedType } from '../prototype/prototype.js';
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { childrenOf } from './entry.js';
import type { Scalar } from './rust-values.js';
import { scalarsOf } from './rust-values.js';
import { fieldsOf, memberOffset } from './struct-fields.js';

/** DW_AT_discr. */
const AT_discr = 0x15;
const MOST_VARIANTS = 64;

/**
 * The tag and the payload, where all variants have at most one scalar and at the same place (Option<u32>);
 * the scalar alone where an impossible value of it is the tag (Option<&T>). Nothing for other enums.
 */
export function variantFields(
  struct: Entry,
  typeOf: (type: Entry | undefined) => LensedType,
): LensedField[] {
  const part = childrenOf(struct, (tag) => tag === TAG.variantPart)[0];
  const variants = part === undefined ? [] : childrenOf(part, (tag) => tag === TAG.variant);
  if (part === undefined || variants.length > MOST_VARIANTS) return [];
  const payload = commonScalar(variants, typeOf);
  if (payload === undefined) return [];
  const tag = part.reference(AT_discr);
  const tagField = tag === undefined ? undefined : fieldOf(tag, typeOf);
  if (tagField === undefined || tagField.offset === payload.offset) return [payload];
  return [{ ...tagField, name: 'tag' }, payload].sort((a, b) => a.offset - b.offset);
}

/** undefined when variants have several scalars, other things, or scalars at different places. */
function commonScalar(
  variants: readonly Entry[],
  typeOf: (type: Entry | undefined) => LensedType,
): Scalar | undefined {
  let common: Scalar | undefined;
  for (const variant of variants) {
    for (const { type, offset = 0 } of fieldsOf(variant, typeOf)) {
      if (type.kind !== 'struct') return undefined;
      // A variant without data is a struct as large as the enum, without members.
      const scalars = type.fields.length === 0 ? [] : scalarsOf(type, offset);
      const [first, second] = scalars ?? [];
      if (scalars === undefined || second !== undefined) return undefined;
      if (first !== undefined && common !== undefined && first.offset !== common.offset)
        return undefined;
      common ??= first;
    }
  }
  return common;
}

function fieldOf(
  member: Entry,
  typeOf: (type: Entry | undefined) => LensedType,
): Scalar | undefined {
  const offset = memberOffset(member);
  return offset === undefined ? undefined : { type: typeOf(member.reference(AT.type)), offset };
}
