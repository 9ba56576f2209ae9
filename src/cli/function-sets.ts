/** Sets of functions on the command line: `--sets`, and `--list %tls`. */
import { UserError } from '../base/errors.js';
import type { FunctionSets } from '../filter/sets/function-sets.js';
import { parseSets, unknownSet } from '../filter/sets/parse-sets.js';
import { onOneLine } from '../filter/pattern-error.js';
import { readSetFiles } from '../prototype/set-files.js';
import type { ParsedOptions } from './parsed-options.js';
import { foldersOf, type Surroundings } from './surroundings.js';

/** @throws UserError when a file cannot be read, or has a mistake */
export function functionSetsOf(options: ParsedOptions, around: Surroundings): FunctionSets {
  return parseSets(readSetFiles(around.prototypeFiles, foldersOf(around), options.all('sets')));
}

/** What belongs to these sets, a line each; `%` alone stands for a list of all sets. */
export function setsText(words: readonly string[], sets: FunctionSets): string {
  if (words.join('') === '%') return overview(sets);
  const members = words.flatMap((word) => {
    const set = word.startsWith('%') ? sets.get(word.slice(1)) : undefined;
    if (set !== undefined) return set.members;
    const mistake = word.startsWith('%')
      ? unknownSet(word.slice(1), sets)
      : `'${word}' is no set: --list takes sets or a command, not both`;
    throw new UserError(onOneLine(`--list: ${mistake}`), undefined, 'usage');
  });
  const lines = members.map(({ pattern, form }) => (form === 'regex' ? `/${pattern}/` : pattern));
  return [...new Set(lines)].map((line) => `${line}\n`).join('');
}

function overview(sets: FunctionSets): string {
  const width = Math.max(...[...sets.keys()].map((name) => name.length));
  return [...sets.values()]
    .map(({ name, description }) => `%${name.padEnd(width)}  ${description}`.trimEnd() + '\n')
    .join('');
}
