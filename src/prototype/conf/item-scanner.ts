/** Reads the characters of one item of a prototype file: words, numbers, punctuation. */
import type { BinaryOperator } from '../prototype.js';
import type { SourceItem } from './source-item.js';

/** A mistake at an offset of the text. Never leaves src/prototype: it becomes a Diagnostic. */
export class ItemError extends Error {
  override readonly name = 'ItemError';

  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

const SPACE = /(?:\s|[;#][^\n]*)+/y;
const [SPACE_CODE, HASH, SEMICOLON, DELETE_CODE] = [0x20, 0x23, 0x3b, 0x7f];
const WORD = /[A-Za-z_$][\w$]*/y;
/** Functions may have odd names: versions, C++ operators in a debugger's spelling. */
const FUNCTION_NAME = /[^\s(),;[\]*=]+/y;
const NUMBER = /-?\s*(?:0[xX][0-9a-fA-F]+|\d+)/y;
/** A longer one stands before its prefix. */
const OPERATOR = /\|\||&&|[=!<>]=|[<>&+\-*/]/y;
const LONGEST_NUMBER = 40;
/** Decimal or, with `0x`, hexadecimal: below 2^53 for sure. */
const EXACT_DIGITS = 15;

export class ItemScanner {
  private at: number;
  private readonly text: string;
  private readonly end: number;

  constructor(item: SourceItem) {
    this.text = item.text;
    this.at = item.start;
    this.end = item.end;
    this.skipSpace();
  }

  get offset(): number {
    return this.at;
  }

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  fail(message: string, offset = this.at): never {
    throw new ItemError(message, offset);
  }

  /** The next word, not consumed; '' when none is next. */
  peekWord(): string {
    return this.match(WORD) ?? '';
  }

  takeWord(): string {
    return this.take(WORD);
  }

  takeFunctionName(): string {
    return this.take(FUNCTION_NAME);
  }

  /** The next operator of an expression, not consumed. */
  peekOperator(): BinaryOperator | undefined {
    return this.match(OPERATOR) as BinaryOperator | undefined;
  }

  /** True when the punctuation was next; it is consumed then. */
  accept(punctuation: string): boolean {
    if (!this.startsWith(punctuation)) return false;
    this.at += punctuation.length;
    this.skipSpace();
    return true;
  }

  expect(punctuation: string): void {
    if (!this.accept(punctuation)) this.fail(`expected '${punctuation}'${this.found()}`);
  }

  startsWith(punctuation: string): boolean {
    return this.at + punctuation.length <= this.end && this.text.startsWith(punctuation, this.at);
  }

  /** Decimal, hexadecimal or octal, perhaps negative; undefined when no number is next. */
  acceptNumber(): number | bigint | undefined {
    const start = this.at;
    const found = this.match(NUMBER);
    if (found === undefined) return undefined;
    if (found.length > LONGEST_NUMBER) this.fail('number is too large', start);
    this.advance(found);
    if (this.match(WORD) !== undefined) this.fail(`malformed number`, start);
    return toInteger(found.replace(/\s/g, ''));
  }

  /** What stands here, for messages. */
  found(): string {
    if (this.atEnd) return ' at the end';
    return ` near '${this.text.slice(this.at, Math.min(this.end, this.at + 20)).split('\n')[0] ?? ''}'`;
  }

  private take(pattern: RegExp): string {
    const found = this.match(pattern) ?? '';
    this.advance(found);
    return found;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    return found === undefined || this.at + found.length > this.end ? undefined : found;
  }

  private advance(found: string): void {
    this.at += found.length;
    if (found !== '') this.skipSpace();
  }

  private skipSpace(): void {
    // Mostly there is none.
    const next = this.text.charCodeAt(this.at);
    if (next > SPACE_CODE && next < DELETE_CODE && next !== SEMICOLON && next !== HASH) return;
    SPACE.lastIndex = this.at;
    const space = SPACE.exec(this.text);
    if (space !== null) this.at = Math.min(this.end, this.at + space[0].length);
  }
}

/** A number where that is exact. Octal when it begins with 0, as in C. */
export function toInteger(text: string): number | bigint {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const octal = /^0[0-7]+$/.test(digits);
  if (!octal && digits.length <= EXACT_DIGITS)
    return negative ? 0 - Number(digits) : Number(digits);
  const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const value = negative ? -magnitude : magnitude;
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
}
