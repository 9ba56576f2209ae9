/** Guesses which of several names was meant by one that was mistyped. */

/** Of four letters one may be wrong. */
const LETTERS_PER_MISTAKE = 4;
/** Nobody mistypes a longer name; the table of distances stays small. */
const LONGEST_NAME = 100;

/** The name that takes the fewest mistakes, the first of several; undefined when none is near. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  if (written.length > LONGEST_NAME) return undefined;
  let nearest: string | undefined;
  let fewest = Infinity;
  for (const name of names) {
    const mistakes = mistakesBetween(written, name);
    if (mistakes < fewest && mistakes <= Math.ceil(name.length / LETTERS_PER_MISTAKE)) {
      fewest = mistakes;
      nearest = name;
    }
  }
  return nearest;
}

/**
 * Letters that were left out, added, replaced, or swapped with the next one: the optimal string alignment
 * distance (Damerau 1964, Wagner and Fischer 1974).
 */
function mistakesBetween(written: string, name: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: name.length + 1 }, (_, index) => index);
  for (let i = 1; i <= written.length; i++) {
    const row = [i];
    for (let j = 1; j <= name.length; j++) {
      const differs = written[i - 1] === name[j - 1] ? 0 : 1;
      const swapped = written[i - 1] === name[j - 2] && written[i - 2] === name[j - 1];
      row.push(
        Math.min(
          at(last, j) + 1,
          at(row, j - 1) + 1,
          at(last, j - 1) + differs,
          swapped ? at(before, j - 2) + 1 : Infinity,
        ),
      );
    }
    before = last;
    last = row;
  }
  return at(last, name.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
