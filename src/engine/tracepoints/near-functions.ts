/** Guesses what was meant by the name of a function that no module has. */
import { nearestName } from '../../base/nearest-name.js';
import { NameBudget } from '../../elf/symbols.js';
import type { FilterRule } from '../../filter/symbol-filter.js';
import type { Module } from '../modules/module.js';

/** Of hundreds of thousands of names a guess looks at the first ones only. */
const MOST_LOOKED_AT = 100_000;

/** Exported functions with a name like this, or one that traces show in its place. */
export function nearFunctions(
  { literal, shownNames }: Pick<FilterRule, 'literal' | 'shownNames'>,
  modules: readonly Module[],
): readonly string[] {
  const { symbol: written } = literal;
  if (written === undefined) return [];
  const shown = shownNames?.();
  const near: string[] = [];
  let left = MOST_LOOKED_AT;
  for (const { image } of modules) {
    const { table, count } = image.dynamicTable;
    const budget = new NameBudget(table);
    for (let index = 1; index < count && left > 0; index++) {
      if (!table.isDefinedFunction(index)) continue;
      left--;
      const name = table.at(index)?.name ?? '';
      if (!budget.spend(name)) break;
      const candidates = [name, ...(shown?.get(name) ?? [])];
      near.push(...candidates.filter((one) => isAlike(written, one)));
    }
  }
  const nearest = nearestName(written, near);
  return nearest === undefined ? [] : [nearest];
}

/** To count the mistakes between two names takes long; most pairs share neither beginning nor end. */
function isAlike(written: string, name: string): boolean {
  if (Math.abs(written.length - name.length) > 2) return false;
  return name.slice(0, 2) === written.slice(0, 2) || name.slice(-3) === written.slice(-3);
}
