/** Guesses what was meant by the name of a function that no module has. */
import { nearestName } from '../../base/nearest-name.js';
import { NameBudget } from '../../elf/symbols.js';
import type { Module } from '../modules/module.js';

/** Of hundreds of thousands of names a guess looks at the first ones only. */
const MOST_LOOKED_AT = 100_000;

/** Exported functions with a name like this. */
export function nearFunctions(
  written: string | undefined,
  modules: readonly Module[],
): readonly string[] {
  if (written === undefined) return [];
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
      if (isAlike(written, name)) near.push(name);
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
