/** The few colours of text output. Whether to use them is decided by whoever builds the options. */

/** What a piece of text is; everything else stays in the terminal's own colour. */
export type Role = 'prefix' | 'function' | 'string' | 'failure' | 'signal' | 'aside';

export type Paint = (role: Role, text: string) => string;

export const plain: Paint = (_role, text) => text;

// ECMA-48 SGR parameters. The eight basic colours follow the user's palette, light or dark.
const SGR: Readonly<Record<Role, string>> = {
  prefix: '2',
  function: '1',
  string: '32',
  failure: '31',
  signal: '33',
  aside: '2',
};

export const colored: Paint = (role, text) => `\x1b[${SGR[role]}m${text}\x1b[0m`;

const SEQUENCE = /\x1b\[\d*m/g;

/** Columns that `text` takes: colours take none. All other escape characters were escaped before. */
export function visibleLength(text: string, paint: Paint): number {
  return paint === plain ? text.length : text.replace(SEQUENCE, '').length;
}
