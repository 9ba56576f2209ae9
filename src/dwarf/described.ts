/**
 * Whether an entry that names neither a result nor parameters says that there are none, or nothing at all: debug information
 * may be of lines and names only (`-g1`, `-gline-tables-only`), of an assembler, or half of a file that is not there.
 */
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { childrenOf, skimEntries } from './entry.js';
import { languageOf } from './language.js';
import { ifLegible } from './sections.js';
import { originsOf } from './unit-functions.js';
import type { Unit } from './unit.js';

/** @param subprogram DW_TAG_subprogram */
export function isDescribed(subprogram: Entry): boolean {
  const language = languageOf(subprogram);
  if (language === 'assembler') return false;
  const origins = originsOf(subprogram);
  if (origins.some((each) => each.has(AT.type) || each.has(AT.prototyped))) return true;
  if (origins.some((each) => childrenOf(each, isParameter).length > 0)) return true;
  // Go has no debug information of names alone.
  if (language === 'go') return true;
  // LLVM leaves out where the function is declared together with its types.
  const isWhole = origins.some((each) => each.has(AT.declLine) || each.flag(AT.artificial));
  return isWhole && describesTypes(subprogram.unit);
}

const isParameter = (tag: number): boolean =>
  tag === TAG.formalParameter || tag === TAG.unspecifiedParameters;

const known = new WeakMap<Unit, boolean>();

/** It has types, or would have them if it needed any. */
function describesTypes(unit: Unit): boolean {
  const found = known.get(unit);
  if (found !== undefined) return found;
  const describes = hasTypes(unit) || wouldDescribeTypes(unit);
  known.set(unit, describes);
  return describes;
}

/** GCC says how it was called (-grecord-gcc-switches is the default); of clang whole entries are enough. */
function wouldDescribeTypes(unit: Unit): boolean {
  const producer = ifLegible(() => unit.textOf(unit.root.get(AT.producer))) ?? '';
  if (/^GNU .* -g1(?: |$)/.test(producer)) return false;
  return /^GNU .* -g|\bclang version /.test(producer);
}

const TYPES: ReadonlySet<number> = new Set([
  ...[TAG.baseType, TAG.pointerType, TAG.structureType, TAG.classType, TAG.unionType],
  ...[TAG.enumerationType, TAG.typedef, TAG.subroutineType, TAG.importedUnit],
]);

function hasTypes(unit: Unit): boolean {
  let found = false;
  ifLegible(() =>
    skimEntries(unit, unit.header.firstEntry, (_, { tag }) => {
      found ||= TYPES.has(tag);
      if (found) return 'stop';
      return tag === TAG.subprogram ? 'over' : 'into';
    }),
  );
  return found;
}
