/** Parses lengths and conditions: `arg3`, `arg1*retval`, `zero(16)`, `(arg2 & 0x40) == 0`. */
import type { ItemScanner } from './item-scanner.js';
import type { BinaryOperator, Expression } from '../prototype.js';

/** How names in expressions get a meaning; see type-parser.ts. */
export interface NameBinder {
  /** An expression that stands for `name` and is completed once all members and parameters are known. */
  bindName(name: string, offset: number): Expression;
}

/** Higher ranks bind more tightly; operators of one rank are taken from left to right. */
const RANK: Readonly<Record<BinaryOperator, number>> = {
  '||': 0,
  '&&': 1,
  '==': 2,
  '!=': 2,
  '<=': 3,
  '>=': 3,
  '<': 3,
  '>': 3,
  '&': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
};

/** Bounds both nesting and the length of a chain, which evaluation descends. */
const MOST_TERMS = 64;

export function parseExpression(scanner: ItemScanner, names: NameBinder): Expression {
  return new ExpressionParser(scanner, names).binary(0);
}

class ExpressionParser {
  private terms = 0;

  constructor(
    private readonly scanner: ItemScanner,
    private readonly names: NameBinder,
  ) {}

  /** An operand and the operators behind it that have this rank at least. */
  binary(rank: number): Expression {
    let left = this.unary();
    for (;;) {
      const operator = this.scanner.peekOperator();
      if (operator === undefined || RANK[operator] < rank) return left;
      this.scanner.expect(operator);
      left = { kind: 'binary', operator, left, right: this.binary(RANK[operator] + 1) };
    }
  }

  private unary(): Expression {
    if (++this.terms > MOST_TERMS) this.scanner.fail('expression is too long');
    return this.scanner.accept('*') ? { kind: 'pointee', of: this.unary() } : this.primary();
  }

  private primary(): Expression {
    const { scanner } = this;
    const offset = scanner.offset;
    const value = scanner.acceptNumber();
    if (value !== undefined) {
      if (typeof value === 'bigint') return scanner.fail('number is too large', offset);
      return { kind: 'number', value };
    }
    if (scanner.accept('(')) {
      const inner = this.binary(0);
      scanner.expect(')');
      return inner;
    }
    const word = scanner.takeWord();
    if (word === '') scanner.fail(`expected an expression${scanner.found()}`, offset);
    return this.word(word, offset);
  }

  private word(word: string, offset: number): Expression {
    if (word === 'retval' || word === 'arg0') return { kind: 'result' };
    if (word === 'zero') return this.zero();
    const numbered = /^(arg|elt)(\d{1,3})$/.exec(word);
    if (numbered === null) return this.names.bindName(word, offset);
    const index = Number(numbered[2]);
    if (index === 0) this.scanner.fail('members are counted from elt1', offset);
    return numbered[1] === 'arg' ? { kind: 'argument', index } : { kind: 'element', index };
  }

  private zero(): Expression {
    if (!this.scanner.accept('(')) return { kind: 'zero' };
    const limit = this.binary(0);
    this.scanner.expect(')');
    return { kind: 'zero', limit };
  }
}
