/** Lines of a report that fit a terminal. */

/**
 * Breaks text at spaces so that no line is longer than `width` columns, unless one word is.
 *
 * @param first  what the first line begins with
 * @param indent spaces before each further line
 */
export function wrapped(first: string, text: string, width: number, indent = first.length): string {
  const lines: string[] = [];
  let line = first;
  let isFresh = true;
  for (const word of text.split(' ')) {
    const joined = isFresh ? line + word : `${line} ${word}`;
    if (joined.length <= width || isFresh) line = joined;
    else {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    }
    isFresh = false;
  }
  return [...lines, line].map((one) => `${one.trimEnd()}\n`).join('');
}
