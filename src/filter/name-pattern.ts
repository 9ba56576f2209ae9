/** A glob or a `/regex/` for one name. */
import { parseBasicRegex } from './basic-regex.js';
import { compileGlob } from './glob.js';
import { compileAutomaton } from './regex-automaton.js';

export interface NamePattern {
  /** As the user wrote it. */
  readonly text: string;
  /** The one name that it fits, when it has no wildcard. */
  readonly literal: string | undefined;
  /** Every name that it fits begins with this; '' where nothing is known. */
  readonly prefix: string;
  readonly fitsAll: boolean;
  matches(name: string): boolean;
}

/**
 * A glob. `^` at its start and `$` at its end are anchors, which a glob has anyway.
 * `offset`: where `text` begins in the whole expression. Throws PatternError.
 */
export function globPattern(text: string, offset: number): NamePattern {
  const start = text.startsWith('^') ? 1 : 0;
  const end = endsWithAnchor(text, start) ? text.length - 1 : text.length;
  const glob = compileGlob(text.slice(start, end), offset + start);
  return {
    text,
    literal: glob.literal,
    prefix: glob.prefix,
    fitsAll: glob.fitsAll,
    matches: (name) => glob.matches(name),
  };
}

/** A basic regular expression, without its slashes. Throws PatternError. */
export function regexPattern(source: string, offset: number): NamePattern {
  const automaton = compileAutomaton(parseBasicRegex(source, offset), offset);
  return {
    text: `/${source}/`,
    literal: undefined,
    prefix: '',
    fitsAll: false,
    matches: (name) => automaton.matches(name),
  };
}

/** A `$` at the end that no `\` takes the meaning from. */
function endsWithAnchor(text: string, start: number): boolean {
  if (text.length <= start || !text.endsWith('$')) return false;
  let escapes = 0;
  for (let at = text.length - 2; at >= start && text[at] === '\\'; at--) escapes++;
  return escapes % 2 === 0;
}
