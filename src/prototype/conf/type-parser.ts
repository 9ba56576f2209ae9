/** Parses types and lenses: `hex(array(short, arg2)*)`, `struct(int n, string name)*`. */
import {
  CORE_TYPES,
  isCTypeWord,
  SIMPLE_LENSES,
  STANDARD_TYPES,
  typeOfCWords,
} from '../builtin-types.js';
import type { ItemScanner } from './item-scanner.js';
import {
  addressType,
  arrayOf,
  charType,
  intType,
  pointerTo,
  stringType,
  withLens,
} from '../lensed-type.js';
import type { NameBindings } from './name-binding.js';
import { parseExpression } from './parse-expression.js';
import { parseEnumNames, parseFlagNames } from './parse-names.js';
import type { Expression, LensedField, LensedType } from '../prototype.js';

/** The typedefs that a file can see. */
export interface TypeScope {
  findType(name: string): LensedType | undefined;
}

/**
 * Structs declared with `typedef NAME = struct;` and not completed yet: only a pointer to one has a size. Kept
 * beside the types, because files share them and nobody but parsers cares.
 */
export const incompleteStructs = new WeakSet<LensedType>();

const QUALIFIERS = new Set(['const', 'volatile', 'restrict']);
const DEEPEST = 64;

export class TypeParser {
  private depth = 0;

  constructor(
    private readonly scanner: ItemScanner,
    private readonly types: TypeScope,
    private readonly names: NameBindings,
  ) {}

  /** A type that a value can have: incomplete structs are refused. */
  parseComplete(): LensedType {
    const offset = this.scanner.offset;
    const type = this.parse();
    if (isIncomplete(type)) this.scanner.fail('the struct is not complete', offset);
    return type;
  }

  parse(): LensedType {
    if (++this.depth > DEEPEST) this.scanner.fail('types are nested too deeply');
    this.skipQualifiers();
    let type = this.parseBase();
    this.skipQualifiers();
    while (this.scanner.accept('*')) {
      type = pointerTo(type);
      this.skipQualifiers();
    }
    this.depth--;
    return type;
  }

  /** The members of a struct or union, parentheses included. */
  parseFields(): LensedField[] {
    this.scanner.expect('(');
    return this.names.inStruct(() => {
      const fields: LensedField[] = [];
      while (!this.scanner.accept(')')) {
        const type = this.parseComplete();
        const name = this.scanner.takeWord();
        fields.push(name === '' ? { type } : { name, type });
        if (!this.scanner.startsWith(')')) this.scanner.expect(',');
      }
      return fields;
    });
  }

  private skipQualifiers(): void {
    while (QUALIFIERS.has(this.scanner.peekWord())) this.scanner.takeWord();
  }

  private parseBase(): LensedType {
    const { scanner } = this;
    const offset = scanner.offset;
    const word = scanner.takeWord();
    if (word === '') scanner.fail(`expected a type${scanner.found()}`, offset);
    if (scanner.startsWith('(') || scanner.startsWith('[')) {
      return this.parseLens(word, offset);
    }
    if (isCTypeWord(word)) return this.parseCWords(word, offset);
    return this.namedType(word) ?? scanner.fail(`unknown type '${word}'`, offset);
  }

  private namedType(word: string): LensedType | undefined {
    const known = CORE_TYPES.get(word) ?? this.types.findType(word) ?? STANDARD_TYPES.get(word);
    if (known !== undefined) return known;
    // `string3`, the old spelling of `string[arg3]`.
    const numbered = /^string(\d{1,3})$/.exec(word);
    if (numbered === null) return undefined;
    const index = Number(numbered[1]);
    return stringType(charType, index === 0 ? { kind: 'result' } : { kind: 'argument', index });
  }

  private parseCWords(first: string, offset: number): LensedType {
    const words = [first];
    while (isCTypeWord(this.scanner.peekWord())) words.push(this.scanner.takeWord());
    return typeOfCWords(words) ?? this.scanner.fail(`'${words.join(' ')}' is no type`, offset);
  }

  private parseLens(word: string, offset: number): LensedType {
    switch (word) {
      case 'struct':
      case 'union':
        return { kind: word, fields: this.parseFields() };
      case 'array':
        return this.parseArray();
      case 'enum':
        return this.parseEnum();
      case 'flags':
        return this.parseFlags();
      case 'string':
        return this.parseString();
      case 'buffer':
        return withLens({ kind: 'buffer', length: this.parenthesised() }, addressType);
      case 'alpn':
        return withLens({ kind: 'alpn', length: this.parenthesised() }, addressType);
      case 'within':
        return this.parseWithin();
      case 'errno':
        return this.parseErrno();
      default:
        return this.parseSimpleLens(word, offset);
    }
  }

  private parseSimpleLens(word: string, offset: number): LensedType {
    const lens = SIMPLE_LENSES.get(word);
    if (lens === undefined || !this.scanner.startsWith('(')) {
      this.scanner.fail(`unknown lens '${word}'`, offset);
    }
    return withLens(lens, this.parenthesisedType());
  }

  private parseArray(): LensedType {
    this.scanner.expect('(');
    const element = this.parse();
    this.scanner.expect(',');
    const length = parseExpression(this.scanner, this.names);
    this.scanner.expect(')');
    return arrayOf(element, length);
  }

  private parseWithin(): LensedType {
    this.scanner.expect('(');
    const length = parseExpression(this.scanner, this.names);
    this.scanner.expect(',');
    const of = this.parse();
    this.scanner.expect(')');
    return withLens({ kind: 'within', length }, of);
  }

  private parseEnum(): LensedType {
    const of = this.parseBaseOf();
    return withLens({ kind: 'enum', names: parseEnumNames(this.scanner) }, of);
  }

  private parseFlags(): LensedType {
    const of = this.parseBaseOf();
    return withLens({ kind: 'flags', names: parseFlagNames(this.scanner) }, of);
  }

  private parseString(): LensedType {
    if (this.scanner.startsWith('(')) return withLens({ kind: 'string' }, this.parenthesisedType());
    return stringType(charType, this.bracketed());
  }

  private parseErrno(): LensedType {
    const failure = this.scanner.startsWith('[') ? this.bracketed() : undefined;
    const of = this.parenthesisedType();
    return withLens(failure === undefined ? { kind: 'errno' } : { kind: 'errno', failure }, of);
  }

  /** The `[TYPE]` of `enum[TYPE](…)`; int when there is none. */
  private parseBaseOf(): LensedType {
    if (!this.scanner.accept('[')) return intType;
    const type = this.parseComplete();
    this.scanner.expect(']');
    return type;
  }

  private parenthesisedType(): LensedType {
    this.scanner.expect('(');
    const type = this.parse();
    this.scanner.expect(')');
    return type;
  }

  private parenthesised(): Expression {
    this.scanner.expect('(');
    const expression = parseExpression(this.scanner, this.names);
    this.scanner.expect(')');
    return expression;
  }

  private bracketed(): Expression {
    this.scanner.expect('[');
    const expression = parseExpression(this.scanner, this.names);
    this.scanner.expect(']');
    return expression;
  }
}

function isIncomplete(type: LensedType): boolean {
  if (type.kind === 'lens') return isIncomplete(type.of);
  if (type.kind === 'array') return isIncomplete(type.element);
  return incompleteStructs.has(type);
}
