/** Cuts a prototype file into items, and finds the name that an item declares without parsing the rest. */

/** One declaration: a line and the lines that continue it. */
export interface SourceItem {
  /** The file, or the part of it that holds the item and begins a line. */
  readonly text: string;
  /** Offsets into `text`. */
  readonly start: number;
  readonly end: number;
  /** In the file, from 1. */
  readonly line: number;
}

export type ItemKind = 'prototype' | 'typedef' | 'import' | 'variant';

export interface ItemHeading {
  readonly kind: ItemKind;
  /** The function or type declared, the file imported; undefined when the item is malformed. */
  readonly name: string | undefined;
}

const HEADING = /[ \t]*(typedef|import|variant)(?![\w.$@])[\s"]*([\w.$@+/-]*)/y;
const NAME = /[\w.$@:~?!<>%^|/-]+/y;
/** `unsigned int *f(`: nothing in parentheses before the name. */
const SIMPLE_PROTOTYPE =
  /(?!(?:typedef|import|variant|function|const|volatile|restrict)[ \t])\w+[ \t*][\w \t*]*?(?<![\w])(\w+)\(/y;
const BETWEEN_WORDS = new Set([' ', '\t', '\r', '\n', '*']);
/** Words that may stand before a lens, so that what follows them is not yet the function's name. */
const NOT_A_TYPE = new Set(['function', 'const', 'volatile', 'restrict']);

export function splitItems(text: string): SourceItem[] {
  const items: SourceItem[] = [];
  let line = 1;
  let start = 0;
  while (start < text.length) {
    const first = line;
    let end = lineEnd(text, start);
    line++;
    if (!isBlankOrComment(text, start, end)) {
      let open = 0;
      let from = start;
      while (continues(text, end + 1)) {
        open += openParentheses(text, from, end);
        if (open <= 0) break;
        from = end + 1;
        end = lineEnd(text, from);
        line++;
      }
      items.push({ text, start, end, line: first });
    }
    start = end + 1;
  }
  return items;
}

export function headingOf(item: SourceItem): ItemHeading {
  const { text } = item;
  // Most items are prototypes with a simple result, and there may be thousands.
  SIMPLE_PROTOTYPE.lastIndex = item.start;
  const simple = SIMPLE_PROTOTYPE.exec(text);
  if (simple !== null) return { kind: 'prototype', name: simple[1] };
  HEADING.lastIndex = item.start;
  const match = HEADING.exec(text);
  if (match === null) return { kind: 'prototype', name: functionName(item) };
  const kind = match[1] as ItemKind;
  return { kind, name: match[2] === '' ? undefined : match[2] };
}

/** The word before the parameter list: the first that a `(` follows and a type precedes. */
function functionName(item: SourceItem): string | undefined {
  const { text } = item;
  let word: string | undefined;
  let typeSeen = false;
  let at = item.start;
  while (at < item.end) {
    const char = text[at] ?? '';
    if (char === '(' && word !== undefined && typeSeen) return word;
    if (char === '(' || char === '[') {
      at = afterGroup(text, at, item.end);
      typeSeen = true;
      word = undefined;
    } else if (BETWEEN_WORDS.has(char)) {
      at++;
    } else {
      NAME.lastIndex = at;
      const match = NAME.exec(text);
      if (match === null) return undefined;
      typeSeen ||= word !== undefined && !NOT_A_TYPE.has(word);
      word = match[0];
      at += word.length;
    }
  }
  return undefined;
}

function afterGroup(text: string, open: number, end: number): number {
  let depth = 0;
  for (let at = open; at < end; at++) {
    const char = text[at];
    if (char === '(' || char === '[') depth++;
    else if (char === ')' || char === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return end;
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}

const TAB = 9;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const HASH = 35;
const SEMICOLON = 59;

function isBlankOrComment(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === SPACE || code === TAB || code === CARRIAGE_RETURN) continue;
    return code === SEMICOLON || code === HASH;
  }
  return true;
}

function continues(text: string, at: number): boolean {
  const char = text[at];
  return char === ' ' || char === '\t' || char === ')';
}

/** How many a line opens and does not close, comments aside. */
function openParentheses(text: string, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const char = text[at];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ';' || char === '#') at = Math.min(end, lineEnd(text, at));
  }
  return depth;
}
