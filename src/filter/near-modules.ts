/** Guesses which module was meant by a name that none has. */
import { nearestName } from '../base/nearest-name.js';

const MOST_GUESSES = 3;

/** `libssl` means `libssl.so.3`, `ssl` too; `/usr/local/lib/libz.so.1` the one of another folder. */
export function nearModules(
  written: readonly string[],
  modules: readonly { readonly name: string; readonly path: string }[],
): readonly string[] {
  const names = [...new Set(modules.map(({ name }) => name))];
  const guesses = written
    .map(baseName)
    .filter((text) => text !== '' && !names.includes(text))
    .flatMap((text) => guessesAt(text, names));
  const elsewhere = modules.filter(({ path, name }) =>
    written.some((text) => text.startsWith('/') && text !== path && baseName(text) === name),
  );
  const all = [...elsewhere.map(({ path }) => path), ...guesses];
  return [...new Set(all)].slice(0, MOST_GUESSES);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
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
