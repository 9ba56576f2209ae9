/** How the parts of a line look, whatever they say: in which colours, and which of its names a function goes by. */
import { plain, type Paint } from './color.js';

export type NameStyle = 'mangled' | 'demangled';

export interface Look {
  readonly paint: Paint;
  readonly names: NameStyle;
  /** `--names`: of arguments and of members of structures, `mode=0`, where they are known. */
  readonly argumentNames: 'show' | 'hide';
}

/** For text that is compared or searched and not only read. */
export const PLAIN_LOOK: Look = { paint: plain, names: 'mangled', argumentNames: 'hide' };

/** Not escaped: an executable may say anything about itself. */
export function shownName(
  { name, demangled }: { readonly name: string; readonly demangled?: string },
  names: NameStyle,
): string {
  return names === 'demangled' ? (demangled ?? name) : name;
}
