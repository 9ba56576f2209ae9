/** Names that traces show in place of that of the function which is called: those of variants. */
import { FileRefused } from './bounded-file.js';
import { ScannedItems } from './conf/item-index.js';
import { headingOf, type SourceItem } from './conf/source-item.js';
import { splitGiven, type PrototypeFiles, type PrototypePlaces } from './prototype-library.js';

/** By the function that is called: `SSL_CTX_ctrl` is shown as `SSL_CTX_set_mode` and many more. */
export type ShownNames = ReadonlyMap<string, readonly string[]>;

/** Of all bundled files together: made when the package was built. */
export const SHOWN_NAMES_FILE = 'shown-names.txt';

/** Of the variants that are declared in the text of a .conf file. */
export function shownNamesIn(text: string): ShownNames {
  const shown = new Map<string, readonly string[]>();
  for (const [name, items] of new ScannedItems(text).variants) {
    const others = new Set(items.map(nameOfVariant));
    others.delete(name);
    const names = [...others].filter((other) => other !== undefined);
    if (names.length > 0) shown.set(name, names);
  }
  return shown;
}

/** The name behind `variant FUNCTION(CONDITION)`. */
function nameOfVariant(item: SourceItem): string | undefined {
  const { text, start, end } = item;
  let depth = 0;
  for (let at = text.indexOf('(', start); at !== -1 && at < end; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return headingOf({ ...item, start: at + 1 }).name;
  }
  return undefined;
}

/** One line for each function. */
export function writeShownNames(all: readonly ShownNames[]): string {
  return [...joined(all)].map(([name, shown]) => `${[name, ...shown].join(' ')}\n`).join('');
}

function readShownNames(text: string): ShownNames {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [name = '', ...shown] = line.split(' ');
      return [name, shown];
    }),
  );
}

/**
 * All that any file may make traces show: which of them counts for a library is not asked. Of files that cannot be
 * read others tell.
 */
export function loadShownNames(files: PrototypeFiles, places: PrototypePlaces): ShownNames {
  const given = places.given.flatMap((path) => splitGiven(files, path));
  const isDirectory = (path: string): boolean => files.isDirectory(path);
  const inDirectories = [...given, ...places.directories]
    .filter(isDirectory)
    .flatMap((directory) => files.list(directory).map((name) => `${directory}/${name}`));
  const read = (path: string): string => files.read(path) ?? '';
  const texts = [
    ...given
      .filter((path) => !isDirectory(path) && !path.endsWith('.h'))
      .map((path) => textOrNone(() => files.readGiven(path))),
    ...[
      ...inDirectories,
      ...(places.ownFile === undefined ? [] : [places.ownFile]),
      places.systemFile,
    ].map((path) => textOrNone(() => read(path))),
  ];
  const bundled = readShownNames(read(`${places.bundled}/${SHOWN_NAMES_FILE}`));
  return joined([bundled, ...texts.map(shownNamesIn)]);
}

function textOrNone(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileRefused) return '';
    throw error;
  }
}

function joined(all: readonly ShownNames[]): ShownNames {
  const [first, ...rest] = all;
  const names = new Map(first);
  for (const [name, shown] of rest.flatMap((one) => [...one])) {
    names.set(name, [...new Set([...(names.get(name) ?? []), ...shown])]);
  }
  return names;
}
