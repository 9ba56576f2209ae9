/** `--where EXPR`: conditions on arguments, results and callers, see docs/filters.md. */
import type { EnteredEvent, LeftEvent } from '../../trace/event.js';
import { compileGlob } from '../glob.js';
import { PatternError, withMarkedErrors } from '../pattern-error.js';
import { evaluate, type Comparison, type Condition, type Operand } from './condition.js';
import { tokenize, type Token } from './lexer.js';
import { comparisonOf, refusePattern, truthOf } from './type-check.js';
import { constant, operandNamed, refuseFunction, type NameToken } from './words.js';
import { WordsMet } from './words-met.js';

export interface WhereCondition {
  readonly text: string;
  /** Does it name the frame of a script? */
  readonly asksForScript: boolean;
  /** Undefined when it depends on the result, or on arguments that are read at return. */
  atEntry(call: EnteredEvent): boolean | undefined;
  /** `result` is undefined for a call that never returned; what it lacks makes comparisons false. */
  holds(call: EnteredEvent, result: LeftEvent | undefined): boolean;
  /** To find out which of its words no call has. */
  watchWords(): WordsMet;
}

/** Names of constants that values can have. Asked for where one of a condition was never met. */
export type KnownValues = () => ReadonlySet<string>;

const NO_VALUES: KnownValues = () => new Set();

/** Throws UserError ('usage') with the place marked. */
export function parseWhere(text: string, knownValues: KnownValues = NO_VALUES): WhereCondition {
  const parser = withMarkedErrors('--where', text, () => new WhereParser(text));
  const condition = withMarkedErrors('--where', text, () => parser.parse());
  const { asksForScript } = parser;
  return {
    text,
    asksForScript,
    atEntry: (call) => evaluate(condition, { kind: 'entry', call }),
    holds: (call, result) => evaluate(condition, { kind: 'over', call, result }) === true,
    watchWords: () => new WordsMet(condition, knownValues),
  };
}

const DEEPEST_NESTING = 100;

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

function isComparison(text: string): text is Comparison {
  return COMPARISONS.has(text);
}

class WhereParser {
  private readonly tokens: readonly Token[];
  asksForScript = false;
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    this.tokens = tokenize(text);
  }

  parse(): Condition {
    const condition = this.list('or');
    if (this.token.kind !== 'end') throw this.unexpected('&& or ||');
    return condition;
  }

  private list(kind: 'and' | 'or'): Condition {
    const operator = kind === 'or' ? '||' : '&&';
    const part = (): Condition => (kind === 'or' ? this.list('and') : this.unary());
    const first = part();
    const parts = [first];
    while (this.take(operator)) parts.push(part());
    return parts.length === 1 ? first : { kind, parts };
  }

  private unary(): Condition {
    if (++this.depth > DEEPEST_NESTING) {
      throw new PatternError('nested too deeply', this.token.at);
    }
    try {
      if (this.take('!')) return { kind: 'not', part: this.unary() };
      if (!this.take('(')) return this.comparison();
      const inner = this.list('or');
      if (!this.take(')')) throw this.unexpected("')'");
      return inner;
    } finally {
      this.depth--;
    }
  }

  private comparison(): Condition {
    const leftToken = this.token;
    const left = this.operand();
    if (this.token.kind !== 'symbol') return truthOf(left, leftToken);
    const operator = this.token.text;
    if (operator === '=~' || operator === '!~') {
      this.at++;
      return this.patternMatch(left, leftToken, operator === '=~' ? 'yes' : 'no');
    }
    if (!isComparison(operator)) return truthOf(left, leftToken);
    this.at++;
    const rightToken = this.token;
    const right = this.operand();
    return comparisonOf(
      operator,
      { operand: left, token: leftToken },
      { operand: right, token: rightToken },
    );
  }

  private patternMatch(operand: Operand, at: Token, wanted: 'yes' | 'no'): Condition {
    const { token } = this;
    if (token.kind !== 'text') throw this.unexpected('a quoted pattern');
    refusePattern(operand, at);
    this.at++;
    const glob = compileGlob(token.value, token.at + 1);
    return {
      kind: 'fits',
      operand,
      wanted,
      text: token.value,
      matches: (text) => glob.matches(text),
    };
  }

  private operand(): Operand {
    const { token } = this;
    switch (token.kind) {
      case 'number':
        this.at++;
        return constant({ numbers: [token.value], texts: [] });
      case 'text':
        this.at++;
        return constant({ numbers: [], texts: [token.value.replace(/\\([\s\S])/g, '$1')] });
      case 'name':
        this.at++;
        if (this.token.kind === 'symbol' && this.token.text === '(') refuseFunction(token);
        return this.named(token);
      case 'symbol':
      case 'end':
        throw this.unexpected('a name, a number or a text in quotes');
    }
  }

  private named(token: NameToken): Operand {
    const operand = operandNamed(token);
    if (operand.kind === 'field' && operand.field.kind === 'script') this.asksForScript = true;
    return operand;
  }

  private get token(): Token {
    return this.tokens[this.at] ?? { kind: 'end', at: this.text.length };
  }

  private take(symbol: string): boolean {
    const { token } = this;
    if (token.kind !== 'symbol' || token.text !== symbol) return false;
    this.at++;
    return true;
  }

  private unexpected(wanted: string): PatternError {
    return new PatternError(`expected ${wanted}`, this.token.at);
  }
}
