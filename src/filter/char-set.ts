/** `[set]` as globs and basic regular expressions write it (POSIX, "RE Bracket Expression"). */
import { PatternError } from './pattern-error.js';

export interface CharSet {
  readonly negated: boolean;
  readonly items: readonly CharSetItem[];
}

export type CharSetItem =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'class'; readonly name: CharClass };

/** How a bracket is written: a glob may say `[!a]` and `[\]]`, a regular expression may not. */
export type SetSyntax = 'glob' | 'regex';

/** The classes of POSIX, in the C locale, as pairs of first and last character. */
const CLASSES = {
  alnum: '09AZaz',
  alpha: 'AZaz',
  blank: '  \t\t',
  cntrl: '\0\x1f\x7f\x7f',
  digit: '09',
  graph: '!~',
  lower: 'az',
  print: ' ~',
  punct: '!/:@[`{~',
  space: '\t\r  ',
  upper: 'AZ',
  xdigit: '09AFaf',
} as const;

export type CharClass = keyof typeof CLASSES;

/**
 * Reads the set that opens at `text[open]`. `end` is the index after its `]`.
 * Throws PatternError for a set that does not end, an unknown class, a range that runs backwards.
 */
export function parseCharSet(
  text: string,
  open: number,
  syntax: SetSyntax,
): { set: CharSet; end: number } {
  let at = open + 1;
  const negated = text[at] === '^' || (syntax === 'glob' && text[at] === '!');
  if (negated) at++;
  const first = at;
  const items: CharSetItem[] = [];
  while (at < text.length) {
    // A `]` that comes first is an ordinary character.
    if (text[at] === ']' && at > first) return { set: { negated, items }, end: at + 1 };
    const member = parseMember(text, at, syntax);
    if (member === undefined) break;
    items.push(member.item);
    at = member.end;
  }
  throw new PatternError("unmatched '['", open);
}

export function charSetContains(set: CharSet, code: number): boolean {
  const listed = set.items.some((item) =>
    item.kind === 'range'
      ? code >= item.from && code <= item.to
      : classContains(CLASSES[item.name], code),
  );
  return listed !== set.negated;
}

function classContains(pairs: string, code: number): boolean {
  for (let i = 0; i < pairs.length; i += 2) {
    if (code >= pairs.charCodeAt(i) && code <= pairs.charCodeAt(i + 1)) return true;
  }
  return false;
}

interface Member {
  readonly item: CharSetItem;
  readonly end: number;
}

/** undefined when the text ends in the middle. */
function parseMember(text: string, at: number, syntax: SetSyntax): Member | undefined {
  if (text[at] === '[' && /[:.=]/.test(text[at + 1] ?? '')) return parseClass(text, at);
  const from = parseCharacter(text, at, syntax);
  if (from === undefined) return undefined;
  if (text[from.end] !== '-' || text[from.end + 1] === ']' || from.end + 1 >= text.length) {
    return { item: { kind: 'range', from: from.code, to: from.code }, end: from.end };
  }
  const to = parseCharacter(text, from.end + 1, syntax);
  if (to === undefined) return undefined;
  if (to.code < from.code) throw new PatternError('range runs backwards', at);
  return { item: { kind: 'range', from: from.code, to: to.code }, end: to.end };
}

function parseCharacter(
  text: string,
  at: number,
  syntax: SetSyntax,
): { code: number; end: number } | undefined {
  const start = syntax === 'glob' && text[at] === '\\' ? at + 1 : at;
  if (start >= text.length) return undefined;
  return { code: text.charCodeAt(start), end: start + 1 };
}

function parseClass(text: string, at: number): Member | undefined {
  const delimiter = text.charAt(at + 1);
  const close = text.indexOf(`${delimiter}]`, at + 2);
  if (close === -1) {
    // `[[:]` is a set of two characters.
    return { item: { kind: 'range', from: 0x5b, to: 0x5b }, end: at + 1 };
  }
  const name = text.slice(at + 2, close);
  if (delimiter !== ':') {
    throw new PatternError(`[${delimiter}${delimiter}] is not supported`, at);
  }
  if (!isCharClass(name)) throw new PatternError(`unknown character class '${name}'`, at);
  return { item: { kind: 'class', name }, end: close + 2 };
}

function isCharClass(name: string): name is CharClass {
  return Object.hasOwn(CLASSES, name);
}
