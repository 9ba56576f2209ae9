/** The attributes of one debugging entry, by DW_AT_*. */
import type { Abbreviation } from './abbreviations.js';
import type { Cursor } from './cursor.js';
import type { AttributeValue } from './forms.js';
import type { UnitFormat } from './unit-format.js';
import { readForm } from './forms.js';

export type Attributes = ReadonlyMap<number, AttributeValue>;

/** Leaves the cursor behind the last value. */
export function readAttributes(
  cursor: Cursor,
  abbreviation: Abbreviation,
  format: UnitFormat,
): Attributes {
  const attributes = new Map<number, AttributeValue>();
  abbreviation.names.forEach((name, index) => {
    const form = abbreviation.forms[index] ?? 0;
    attributes.set(name, readForm(cursor, form, format, abbreviation.implicit.get(index) ?? 0));
  });
  return attributes;
}
