/**
 * Shell patterns as fnmatch(3) means them, for names that are no paths: `*`, `?`, `[set]`, `[!set]`,
 * `[^set]`, `[[:class:]]`, `\x`, and nothing else. The only importer of picomatch.
 *
 * A pattern is cut at its stars. What is left between them has a fixed length, so the leftmost place
 * where a piece fits is always good enough, and matching takes linear time whatever the pattern.
 */
import type Picomatch from 'picomatch';
import type { CharSet } from './char-set.js';
import { charSetContains, parseCharSet } from './char-set.js';
import { PatternError } from './pattern-error.js';

export interface Glob {
  /** The one text that it fits, when it has no wildcard. */
  readonly literal: string | undefined;
  /** Every text that it fits begins with this; '' when it begins with a wildcard. */
  readonly prefix: string;
  /** Fits everything: `*`. */
  readonly fitsAll: boolean;
  matches(text: string): boolean;
}

type Token =
  | { readonly kind: 'character'; readonly value: string }
  | { readonly kind: 'any-character' }
  | { readonly kind: 'any-text' }
  | { readonly kind: 'set'; readonly set: CharSet };

/**
 * `offset` is where `pattern` begins in the expression that the user wrote, for the place in errors.
 * Throws PatternError.
 */
export function compileGlob(pattern: string, offset = 0): Glob {
  const pieces: Token[][] = [[]];
  for (const token of tokenize(pattern, offset)) {
    if (token.kind === 'any-text') pieces.push([]);
    else pieces.at(-1)?.push(token);
  }
  const prefix = literalStart(pieces[0] ?? []);
  if (pieces.length === 1) return { prefix, ...withoutStar(compilePiece(pieces[0] ?? [])) };
  return { prefix, ...withStars(pieces.map(compilePiece)) };
}

function literalStart(tokens: readonly Token[]): string {
  let text = '';
  for (const token of tokens) {
    if (token.kind !== 'character') break;
    text += token.value;
  }
  return text;
}

/** The `[]` of `operator[](int)` and `operator new[](unsigned long)`: no set, for one may not be empty. */
export function isEmptyBrackets(text: string, at: number): boolean {
  if (text[at] !== '[' || text[at + 1] !== ']') return false;
  return /(?:\boperator|\bnew|\bdelete| )$/.test(text.slice(Math.max(0, at - 9), at));
}

/** Index after the `[set]` that opens at `open`. */
export function endOfSet(text: string, open: number): number {
  return parseCharSet(text, open, 'glob').end;
}

function tokenize(pattern: string, offset: number): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const value = pattern.charAt(at);
    if (value === '*') tokens.push({ kind: 'any-text' });
    else if (value === '?') tokens.push({ kind: 'any-character' });
    else if (isEmptyBrackets(pattern, at)) {
      tokens.push({ kind: 'character', value }, { kind: 'character', value: ']' });
      at++;
    } else if (value === '[') {
      const { set, end } = parseSetAt(pattern, at, offset);
      tokens.push({ kind: 'set', set });
      at = end - 1;
    } else if (value === '\\') {
      at++;
      if (at === pattern.length) {
        throw new PatternError("'\\' with nothing after it", offset + at - 1);
      }
      tokens.push({ kind: 'character', value: pattern.charAt(at) });
    } else tokens.push({ kind: 'character', value });
  }
  return tokens;
}

function parseSetAt(pattern: string, at: number, offset: number): { set: CharSet; end: number } {
  try {
    return parseCharSet(pattern, at, 'glob');
  } catch (error) {
    if (error instanceof PatternError) throw new PatternError(error.message, offset + error.at);
    throw error;
  }
}

/** A piece without stars: fits exactly `length` characters. */
interface Piece {
  readonly length: number;
  readonly literal: string | undefined;
  /** Index of the first place at or after `from` where it fits, -1 for none. */
  find(text: string, from: number): number;
  fitsAt(text: string, at: number): boolean;
}

function withoutStar(piece: Piece): Omit<Glob, 'prefix'> {
  return {
    literal: piece.literal,
    fitsAll: false,
    matches: (text) => text.length === piece.length && piece.fitsAt(text, 0),
  };
}

function withStars(pieces: readonly Piece[]): Omit<Glob, 'prefix'> {
  const first = pieces[0];
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) throw new Error('a glob has no pieces');
  const middle = pieces.slice(1, -1).filter((piece) => piece.length > 0);
  const shortest = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return {
    literal: undefined,
    fitsAll: shortest === 0,
    matches: (text) => {
      if (text.length < shortest || !first.fitsAt(text, 0)) return false;
      const lastAt = text.length - last.length;
      let at = first.length;
      for (const piece of middle) {
        const found = piece.find(text, at);
        if (found === -1) return false;
        at = found + piece.length;
      }
      return at <= lastAt && last.fitsAt(text, lastAt);
    },
  };
}

function compilePiece(tokens: readonly Token[]): Piece {
  const characters = tokens.map((token) => (token.kind === 'character' ? token.value : undefined));
  if (characters.every((character) => character !== undefined)) {
    const literal = characters.join('');
    return {
      length: literal.length,
      literal,
      find: (text, from) => text.indexOf(literal, from),
      fitsAt: (text, at) => text.startsWith(literal, at),
    };
  }
  return wildcardPiece(tokens);
}

function wildcardPiece(tokens: readonly Token[]): Piece {
  const { source } = picomatch().makeRe(tokens.map(picomatchSource).join(''), PICOMATCH_OPTIONS);
  const unanchored = source.replace(/^\^/, '').replace(/\$$/, '');
  const searching = new RegExp(unanchored, 'g');
  const sticky = new RegExp(unanchored, 'y');
  return {
    length: tokens.length,
    literal: undefined,
    find: (text, from) => {
      searching.lastIndex = from;
      return searching.exec(withStandIns(text))?.index ?? -1;
    },
    fitsAt: (text, at) => {
      sticky.lastIndex = at;
      return sticky.test(withStandIns(text));
    },
  };
}

const PICOMATCH_OPTIONS = {
  dot: true,
  nobrace: true,
  noextglob: true,
  noglobstar: true,
  nonegate: true,
  windows: false,
  fastpaths: false,
  maxLength: 1 << 20,
};

/**
 * picomatch thinks in paths, has a syntax of its own beyond these options, and its escapes do not always hold
 * (two escaped backslashes in a row send it into an endless loop). So it never sees a character that could
 * mean something to it: these are replaced by private-use ones, one for one, in the pattern as in the text.
 */
const STAND_INS = 0xe000;

function withStandIns(text: string): string {
  return text.replace(/[^\w\u0080-\uffff]/g, (character) =>
    String.fromCharCode(STAND_INS + character.charCodeAt(0)),
  );
}

function picomatchSource(token: Token): string {
  switch (token.kind) {
    case 'character':
      return withStandIns(token.value);
    case 'any-character':
      return '?';
    case 'set':
      return picomatchSet(token.set);
    case 'any-text':
      throw new Error('a piece holds a star');
  }
}

const FIRST_BEYOND_ASCII = 0x80;

function picomatchSet({ negated, items }: CharSet): string {
  let ascii = '';
  for (let code = 0; code < FIRST_BEYOND_ASCII; code++) {
    if (charSetContains({ negated: false, items }, code)) ascii += String.fromCharCode(code);
  }
  const beyond = items.map((item) => {
    if (item.kind !== 'range' || item.to < FIRST_BEYOND_ASCII) return '';
    const from = Math.max(item.from, FIRST_BEYOND_ASCII);
    return `${String.fromCharCode(from)}-${String.fromCharCode(item.to)}`;
  });
  return `[${negated ? '^' : ''}${withStandIns(ascii)}${beyond.join('')}]`;
}

let loaded: typeof Picomatch | undefined;

/** Loaded when the first `?` or `[set]` comes: it costs 5 ms of start-up, and most patterns have none. */
function picomatch(): typeof Picomatch {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it always
  loaded ??= require('picomatch') as typeof Picomatch;
  return loaded;
}
