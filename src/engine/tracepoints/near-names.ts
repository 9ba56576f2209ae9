/** Guesses what was meant by the name of a module or function that is not there. */
import { posix } from 'node:path';
import { nearestName } from '../../base/nearest-name.js';
import { NameBudget } from '../../elf/symbols.js';
import type { Module } from '../modules/module.js';

const MOST_GUESSES = 3;

/** `libssl` means `libssl.so.3`, `ssl` too; `/usr/local/lib/libz.so.1` the one of another folder. */
export function nearModules(
  written: readonly string[],
  modules: readonly Module[],
): readonly string[] {
  const names = [...new Set(modules.map(({ name }) => name))];
  const guesses = written
    .map((text) => posix.basename(text))
    .filter((text) => text !== '' && !names.includes(text))
    .flatMap((text) => guessesAt(text, names));
  const elsewhere = modules.filter(({ path, name }) =>
    written.some((text) => text.startsWith('/') && text !== path && posix.basename(text) === name),
  );
  const all = [...elsewhere.map(({ path }) => path), ...guesses];
  return [...new Set(all)].slice(0, MOST_GUESSES);
}

function guessesAt(text: string, names: readonly string[]): readonly string[] {
  const wanted = text.toLowerCase();
  const starts = (name: string, start: string): boolean => name.toLowerCase().startsWith(start);
  const longer = names.filter((name) => starts(name, wanted) || starts(name, `lib${wanted}`));
  if (longer.length > 0) return longer;
  const stem = wanted.replace(/\.so.*$/, '.so');
  const other = stem === wanted ? [] : names.filter((name) => starts(name, stem));
  const nearest = nearestName(text, names);
  return [...other, ...(nearest === undefined ? [] : [nearest])];
}

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
