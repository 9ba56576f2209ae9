/** Cuts C declarations into tokens: comments and preprocessor lines are gone, `#define NAME NUMBER` is kept apart. */
import { toInteger } from '../conf/item-scanner.js';

export interface CToken {
  readonly text: string;
  readonly kind: 'word' | 'number' | 'string' | 'punctuation';
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface CTokens {
  readonly tokens: readonly CToken[];
  readonly constants: ReadonlyMap<string, number | bigint>;
}

const TOKEN =
  /(?<space>(?:\s|\/\*[^]*?(?:\*\/|$)|\/\/[^\n]*)+)|(?<directive>#(?:\/\*[^]*?\*\/|[^\n\\]|\\[^]?)*)|(?<word>[A-Za-z_$][\w$]*)|(?<number>\.?\d(?:[eEpP][+-]|[\w.])*)|(?<string>"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?)|(?<punctuation>\.\.\.|<<|>>|::|[^])/gy;
const DEFINE =
  /^#\s*define\s+([A-Za-z_]\w*)\s+\(?(-?(?:0[xX][0-9a-fA-F]{1,32}|\d{1,40}))[uUlL]*\)?\s*$/;

export function tokenize(text: string): CTokens {
  const tokens: CToken[] = [];
  const constants = new Map<string, number | bigint>();
  let line = 1;
  let lineStart = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [found] = match;
    const groups = match.groups ?? {};
    if (groups['directive'] !== undefined) {
      const define = DEFINE.exec(found.replace(/\/\*[^]*?\*\/|\/\/.*/g, ''));
      if (define !== null) constants.set(define[1] ?? '', toInteger(define[2] ?? '0'));
    } else if (groups['space'] === undefined) {
      const kind = (['word', 'number', 'string'] as const).find(
        (name) => groups[name] !== undefined,
      );
      const column = match.index - lineStart + 1;
      tokens.push({ text: found, kind: kind ?? 'punctuation', line, column });
    }
    for (let at = found.indexOf('\n'); at !== -1; at = found.indexOf('\n', at + 1)) {
      line++;
      lineStart = match.index + at + 1;
    }
  }
  return { tokens, constants };
}

/** The value of an integer constant as C writes it; undefined for floating ones. */
export function cInteger(text: string): number | bigint | undefined {
  const match = /^(0[xX][0-9a-fA-F]{1,32}|\d{1,40})[uUlL]*$/.exec(text);
  return match === null ? undefined : toInteger(match[1] ?? '0');
}
