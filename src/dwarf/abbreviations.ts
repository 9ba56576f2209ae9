/** Abbreviation tables: the shapes that debugging entries have (DWARF 5, 7.5.3). */
import { AT, FORM } from './constants.js';
import { Cursor } from './cursor.js';
import { exact } from './forms.js';
import { isEmpty, planSkip, type SkipPlan } from './skip-plan.js';
import type { UnitFormat } from './unit-format.js';
import { DwarfError } from './sections.js';

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** DW_AT_* and DW_FORM_* of each attribute, in the order of the values. */
  readonly names: readonly number[];
  readonly forms: readonly number[];
  /** Values of DW_FORM_implicit_const by index of the attribute. */
  readonly implicit: ReadonlyMap<number, number | bigint>;
  /** Skips all values. */
  readonly skip: SkipPlan;
  /** Skips what stands before DW_AT_sibling; undefined without one of 4 bytes in the unit, the usual form. */
  readonly skipToSibling: SkipPlan | undefined;
}

const NONE: ReadonlyMap<number, number | bigint> = new Map();

/** Compilers write at most about 30; more would let a small file cost unbounded work. */
const MOST_ATTRIBUTES = 128;
/** Values without bytes of their own (implicit constants, flags) per entry, for the same reason. */
const MOST_EMPTY_VALUES = 32;

/** The table of one unit, read as far as its codes are asked for. */
export class AbbreviationTable {
  private readonly byCode: (Abbreviation | undefined)[] = [];
  /** Codes that are not small and dense, as nobody writes them. */
  private readonly sparse = new Map<number, Abbreviation>();
  private readonly cursor: Cursor;
  private complete = false;

  constructor(
    bytes: Uint8Array,
    offset: number,
    private readonly format: UnitFormat,
  ) {
    this.cursor = new Cursor(bytes, offset);
  }

  /** Throws DwarfError for a code that the table does not have. */
  get(code: number): Abbreviation {
    const known = this.byCode[code] ?? this.sparse.get(code);
    if (known !== undefined) return known;
    while (!this.complete) {
      const found = this.readNext();
      if (found?.code === code) return found.abbreviation;
    }
    throw new DwarfError(`no abbreviation ${code}`);
  }

  private readNext(): { code: number; abbreviation: Abbreviation } | undefined {
    const { cursor } = this;
    this.complete = true; // stays so when reading fails
    const code = cursor.uleb();
    if (code === 0) return undefined;
    const abbreviation = readAbbreviation(cursor, this.format);
    if (code <= this.byCode.length + 1) this.byCode[code] = abbreviation;
    else this.sparse.set(code, abbreviation);
    this.complete = false;
    return { code, abbreviation };
  }
}

function readAbbreviation(cursor: Cursor, format: UnitFormat): Abbreviation {
  const tag = cursor.uleb();
  const hasChildren = cursor.u8() !== 0;
  const names: number[] = [];
  const forms: number[] = [];
  let implicit: Map<number, number | bigint> | undefined;
  let emptyValues = 0;
  for (;;) {
    const name = cursor.uleb();
    const form = cursor.uleb();
    if (form === FORM.implicitConst) {
      (implicit ??= new Map()).set(names.length, exact(cursor, 'signed'));
    }
    if (name === 0 && form === 0) break;
    if (isEmpty(form)) emptyValues++;
    names.push(name);
    forms.push(form);
    if (names.length > MOST_ATTRIBUTES || emptyValues > MOST_EMPTY_VALUES) {
      throw new DwarfError('abbreviation with too many attributes');
    }
  }
  const sibling = names.indexOf(AT.sibling);
  return {
    tag,
    hasChildren,
    names,
    forms,
    implicit: implicit ?? NONE,
    skip: planSkip(forms, format),
    skipToSibling:
      forms[sibling] === FORM.ref4 ? planSkip(forms.slice(0, sibling), format) : undefined,
  };
}
