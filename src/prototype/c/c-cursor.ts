/** Walks over C tokens, and skips what a prototype does not need. */
import type { CToken } from './c-tokens.js';

/** A mistake, or C that is not understood. Never leaves src/prototype: it becomes a Diagnostic. */
export class CMistake extends Error {
  override readonly name = 'CMistake';

  constructor(
    message: string,
    readonly token: CToken | undefined,
  ) {
    super(message);
  }
}

/** Words with something in parentheses behind them. */
const ATTRIBUTES = new Set([
  ...['__attribute__', '__attribute', '__asm__', '__asm', 'asm', '_Alignas', '__declspec'],
  ...['__nonnull', '__attr_access', '__attr_dealloc', '__attribute_malloc__', '__REDIRECT'],
]);
const IGNORED = new Set([
  ...['const', '__const', 'volatile', '__volatile__', 'restrict', '__restrict', '__restrict__'],
  ...['extern', 'static', 'inline', '__inline', '__inline__', 'register', '__extension__'],
  ...['_Noreturn', '__THROW', '__wur', '__attribute_pure__', 'noexcept', '_Atomic'],
]);

export class CCursor {
  private at = 0;

  constructor(private readonly tokens: readonly CToken[]) {}

  /** Where the cursor stands, to come back to. */
  get position(): number {
    return this.at;
  }

  returnTo(position: number): void {
    this.at = position;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  get token(): CToken | undefined {
    return this.tokens[this.at];
  }

  fail(message: string): never {
    const { token } = this;
    throw new CMistake(
      `${message}${token === undefined ? ' at the end' : ` near '${token.text}'`}`,
      token,
    );
  }

  is(text: string): boolean {
    return this.token?.text === text && this.token.kind !== 'string';
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail(`expected '${text}'`);
  }

  /** The next token if it is a word; undefined otherwise. */
  acceptWord(): string | undefined {
    if (this.token?.kind !== 'word') return undefined;
    const { text } = this.token;
    this.at++;
    return text;
  }

  peek(distance: number): string | undefined {
    return this.tokens[this.at + distance]?.text;
  }

  take(): CToken | undefined {
    return this.tokens[this.at++];
  }

  /** Attributes and qualifiers; tells whether one of them was `const`. */
  skipQualifiers(): boolean {
    let isConst = false;
    for (;;) {
      const text = this.token?.text ?? '';
      if (IGNORED.has(text)) {
        isConst ||= text === 'const' || text === '__const';
        this.at++;
      } else if (ATTRIBUTES.has(text)) {
        this.at++;
        if (this.is('(')) this.skipGroup();
      } else if (text === '[' && this.peek(1) === '[') {
        this.skipGroup();
      } else {
        return isConst;
      }
    }
  }

  /** From an opening bracket behind its closing one; everything when it is not closed. */
  skipGroup(): void {
    let depth = 0;
    while (!this.done) {
      const text = this.take()?.text ?? '';
      if (text === '(' || text === '[' || text === '{') depth++;
      else if (text === ')' || text === ']' || text === '}') depth--;
      if (depth <= 0) return;
    }
  }

  /** Behind the end of a declaration: its `;`, or the body of a function. Always moves. */
  skipDeclaration(): void {
    let previous = '';
    while (!this.done) {
      if (this.accept(';')) return;
      const isBody = this.is('{') && previous === ')';
      if (this.is('{') || this.is('(') || this.is('[')) this.skipGroup();
      else this.at++;
      if (isBody) return;
      previous = this.tokens[this.at - 1]?.text ?? '';
    }
  }
}
