/**
 * `/re/`: POSIX basic regular expressions (with the GNU extensions `\|`, `\+`, `\?`, `\w`, `\W`, `\s`, `\S`),
 * read into a tree. Back-references are refused: no automaton can follow them in bounded time.
 */
import type { CharSet } from './char-set.js';
import { charSetContains, parseCharSet } from './char-set.js';
import { PatternError } from './pattern-error.js';

export type RegexNode =
  | { readonly kind: 'character'; fits(code: number): boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly part: RegexNode;
      readonly min: number;
      /** Infinity for no limit. */
      readonly max: number;
    };

/** RE_DUP_MAX of POSIX: the largest count in `\{m,n\}`. */
const LARGEST_COUNT = 255;
const DEEPEST_NESTING = 50;

/**
 * The tree of a whole-name match. An explicit `^` or `$` anchors that end of a branch and frees the
 * other one: `/^f/` is everything that begins with f, `/f/` is f alone, as in ltrace.
 * `offset` is where `source` begins in the expression that the user wrote. Throws PatternError.
 */
export function parseBasicRegex(source: string, offset = 0): RegexNode {
  return new BasicRegexParser(source, offset).parse();
}

const ANYTHING: RegexNode = {
  kind: 'repeat',
  part: { kind: 'character', fits: () => true },
  min: 0,
  max: Infinity,
};

class BasicRegexParser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly source: string,
    private readonly offset: number,
  ) {}

  parse(): RegexNode {
    const tree = this.choice();
    if (this.at < this.source.length) throw this.error("unmatched '\\)'");
    return tree;
  }

  private choice(): RegexNode {
    const branches = [this.branch()];
    while (this.take('\\|')) branches.push(this.branch());
    return branches.length === 1 && branches[0] !== undefined
      ? branches[0]
      : { kind: 'choice', branches };
  }

  private branch(): RegexNode {
    const parts: RegexNode[] = [];
    const atStart = this.anchor('^');
    while (this.at < this.source.length && !this.ahead('\\|') && !this.ahead('\\)')) {
      if (this.ahead('$') && this.endsBranch(this.at + 1)) break;
      parts.push(this.repeated(parts.length === 0));
    }
    const atEnd = this.anchor('$');
    if (atStart && !atEnd) parts.push(ANYTHING);
    if (atEnd && !atStart) parts.unshift(ANYTHING);
    return { kind: 'sequence', parts };
  }

  private anchor(character: string): boolean {
    if (!this.ahead(character)) return false;
    if (this.depth > 0) throw this.error(`'${character}' inside \\(...\\) is not supported`);
    this.at++;
    return true;
  }

  private endsBranch(at: number): boolean {
    return (
      at === this.source.length ||
      this.source.startsWith('\\|', at) ||
      this.source.startsWith('\\)', at)
    );
  }

  private repeated(isFirst: boolean): RegexNode {
    // A star that has nothing to repeat is a star.
    let part = isFirst && this.take('*') ? literal(0x2a) : this.single();
    for (let nesting = 0; ; nesting++) {
      if (nesting > DEEPEST_NESTING) throw this.error('nested too deeply');
      if (this.take('*')) part = { kind: 'repeat', part, min: 0, max: Infinity };
      else if (this.take('\\+')) part = { kind: 'repeat', part, min: 1, max: Infinity };
      else if (this.take('\\?')) part = { kind: 'repeat', part, min: 0, max: 1 };
      else if (this.ahead('\\{')) part = { kind: 'repeat', part, ...this.counts() };
      else return part;
    }
  }

  private single(): RegexNode {
    const character = this.source.charAt(this.at);
    if (character === '[') return this.set();
    if (character === '\\') return this.escaped();
    this.at++;
    if (character === '.') return { kind: 'character', fits: () => true };
    return literal(character.charCodeAt(0));
  }

  private set(): RegexNode {
    try {
      const { set, end } = parseCharSet(this.source, this.at, 'regex');
      this.at = end;
      return fromSet(set);
    } catch (error) {
      if (error instanceof PatternError) {
        throw new PatternError(error.message, this.offset + error.at);
      }
      throw error;
    }
  }

  private escaped(): RegexNode {
    if (this.take('\\(')) return this.group();
    const escape = this.source.charAt(this.at + 1);
    if (escape === '') throw this.error("'\\' with nothing after it");
    const shorthand = SHORTHANDS.get(escape);
    if (/[1-9]/.test(escape)) throw this.error('back-references are not supported');
    if (shorthand === undefined && /[a-zA-Z<>`'{}]/.test(escape)) {
      throw this.error(`'\\${escape}' is not supported here`);
    }
    this.at += 2;
    return shorthand ?? literal(escape.charCodeAt(0));
  }

  private group(): RegexNode {
    const open = this.at - 2;
    if (++this.depth > DEEPEST_NESTING) throw this.error('nested too deeply');
    const inner = this.choice();
    if (!this.take('\\)')) throw new PatternError("unmatched '\\('", this.offset + open);
    this.depth--;
    return inner;
  }

  private counts(): { min: number; max: number } {
    const found = /^\\\{([0-9]{0,4})(,?)([0-9]{0,4})\\\}/.exec(
      this.source.slice(this.at, this.at + 16),
    );
    if (found === null || (found[1] === '' && found[2] === '')) {
      throw this.error("'\\{' must be followed by numbers and '\\}'");
    }
    const min = Number(found[1]);
    const max = found[2] === '' ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (min > max) throw this.error('count runs backwards');
    if (Math.max(min, max === Infinity ? 0 : max) > LARGEST_COUNT) {
      throw this.error(`count above ${LARGEST_COUNT}`);
    }
    this.at += found[0].length;
    return { min, max };
  }

  private ahead(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    const found = this.ahead(text);
    if (found) this.at += text.length;
    return found;
  }

  private error(message: string): PatternError {
    return new PatternError(message, this.offset + this.at);
  }
}

function literal(wanted: number): RegexNode {
  return { kind: 'character', fits: (code) => code === wanted };
}

function fromSet(set: CharSet): RegexNode {
  return { kind: 'character', fits: (code) => charSetContains(set, code) };
}

const WORD: CharSet = {
  negated: false,
  items: [
    { kind: 'class', name: 'alnum' },
    { kind: 'range', from: 0x5f, to: 0x5f },
  ],
};
const SPACE: CharSet = { negated: false, items: [{ kind: 'class', name: 'space' }] };

const SHORTHANDS: ReadonlyMap<string, RegexNode> = new Map([
  ['w', fromSet(WORD)],
  ['W', fromSet({ ...WORD, negated: true })],
  ['s', fromSet(SPACE)],
  ['S', fromSet({ ...SPACE, negated: true })],
]);
