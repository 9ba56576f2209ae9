/** The blocks of a Markdown document that are commands, with what it shows them to print. */

export interface DocBlock {
  /** The first command, by which a block is known. */
  readonly first: string;
  readonly commands: string;
  /** Of the text block that follows; undefined where none does. */
  readonly shown: string | undefined;
}

export function commandBlocks(markdown: string): readonly DocBlock[] {
  const block = /^```sh\n([\s\S]*?)^```$(?:\n+(?:prints[^\n]*\n+)?```text\n([\s\S]*?)^```$)?/gm;
  return [...markdown.matchAll(block)].map(([, commands = '', shown]) => ({
    first: commands.split('\n')[0] ?? '',
    commands,
    shown,
  }));
}

/** Without what differs from run to run: addresses, ids, times, counts, and the width of columns. */
export function shapeOf(line: string): string {
  return line
    .replace(/0x[0-9a-f]+/g, 'ADDRESS')
    .replace(/\d+/g, 'N')
    .replace(/\s+/g, ' ')
    .trim();
}
