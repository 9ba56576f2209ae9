/** Parses the types and declarators of C: `const struct x *name[3]`, `int (*f)(void)`. */
import { isCTypeWord, typeOfCWords } from '../builtin-types.js';
import type { CCursor } from './c-cursor.js';
import { parseEnumBody } from './c-enum.js';
import { CTypeNames, guessType } from './c-type-names.js';
import { inlineArray, pointee } from './c-types.js';
import { codeType, intType, withLens } from '../lensed-type.js';
import type { LensedField, LensedStruct, LensedType, Parameter } from '../prototype.js';

/** A type, and what C says of it that decides whether a pointer to it is shown as the pointee. */
export interface Specified {
  readonly type: LensedType;
  readonly isConst: boolean;
}

export interface Declarator extends Specified {
  readonly name: string | undefined;
  readonly parameters:
    { readonly list: readonly Parameter[]; readonly variadic: boolean } | undefined;
}

const DEEPEST = 32;

export class CTypeParser {
  readonly names = new CTypeNames();
  private readonly tags = new Map<string, LensedType>();
  private depth = 0;

  /** @param constants names with a value; enumerators are added */
  constructor(
    private readonly cursor: CCursor,
    private readonly constants: Map<string, number | bigint>,
  ) {}

  /** Prepares for a declaration at file scope. */
  begin(): void {
    this.depth = 0;
    this.names.skipMacros(this.cursor);
  }

  specifiers(): Specified {
    const { cursor } = this;
    let isConst = cursor.skipQualifiers();
    this.names.skipMacros(cursor);
    isConst = cursor.skipQualifiers() || isConst;
    const words: string[] = [];
    let type: LensedType | undefined;
    for (;;) {
      const word = cursor.token?.kind === 'word' ? cursor.token.text : '';
      if (isCTypeWord(word)) {
        words.push(word);
        cursor.take();
      } else if (type === undefined && words.length === 0) {
        type = this.namedType(word);
        if (type === undefined) break;
      } else break;
      isConst = cursor.skipQualifiers() || isConst;
    }
    type ??= typeOfCWords(words);
    if (type === undefined) return cursor.fail('unknown type');
    return { type, isConst };
  }

  /** Consumes a struct, union, enum or type name; undefined, and nothing consumed, when none is next. */
  private namedType(word: string): LensedType | undefined {
    const { cursor } = this;
    if (word === 'struct' || word === 'union') return this.structSpecifier(word);
    if (word === 'enum') return this.enumSpecifier();
    const known =
      this.names.find(word) ?? (word === '' ? undefined : guessType(cursor.peek(1) ?? ''));
    if (known !== undefined) cursor.take();
    return known;
  }

  private structSpecifier(kind: 'struct' | 'union'): LensedType {
    const { cursor } = this;
    cursor.take();
    cursor.skipQualifiers();
    const tag = cursor.acceptWord();
    const fields: LensedField[] = [];
    const key = `${kind} ${tag ?? ''}`;
    let type = tag === undefined ? undefined : this.tags.get(key);
    if (type === undefined) {
      const made: LensedStruct = tag === undefined ? { kind, fields } : { kind, name: tag, fields };
      type = made;
      if (tag !== undefined) this.tags.set(key, type);
    }
    if (cursor.accept('{')) {
      // All at once: a struct with a member that is not understood stays incomplete.
      const members: LensedField[] = [];
      this.nested(() => {
        while (!cursor.accept('}')) this.members(members);
      });
      if ('fields' in type) (type.fields as LensedField[]).splice(0, Infinity, ...members);
    }
    return type;
  }

  private nested<T>(parse: () => T): T {
    if (++this.depth > DEEPEST) this.cursor.fail('declarations are nested too deeply');
    const parsed = parse();
    this.depth--;
    return parsed;
  }

  private members(into: LensedField[]): void {
    const { cursor } = this;
    if (cursor.done) cursor.fail("expected '}'");
    const specified = this.specifiers();
    // An unnamed struct or union: its members count as one field.
    if (cursor.accept(';')) {
      into.push({ type: specified.type });
      return;
    }
    do {
      const { name, type, parameters } = this.declarator(specified, 'value');
      if (cursor.is(':')) cursor.fail('bit-fields are not supported');
      const shown: LensedType = parameters === undefined ? type : { kind: 'function' };
      into.push(name === undefined ? { type: shown } : { name, type: shown });
      cursor.skipQualifiers();
    } while (cursor.accept(','));
    cursor.expect(';');
  }

  private enumSpecifier(): LensedType {
    const { cursor } = this;
    cursor.take();
    cursor.skipQualifiers();
    const tag = cursor.acceptWord();
    const key = `enum ${tag ?? ''}`;
    if (!cursor.is('{')) return this.tags.get(key) ?? intType;
    const type = withLens({ kind: 'enum', names: parseEnumBody(cursor, this.constants) }, intType);
    if (tag !== undefined) this.tags.set(key, type);
    return type;
  }

  /** `*const name[3]`, `(*name)(int)`, `name(int, …)`. */
  declarator(base: Specified, place: 'value' | 'parameter'): Declarator {
    const { cursor } = this;
    let { type, isConst } = base;
    isConst = cursor.skipQualifiers() || isConst;
    while (cursor.accept('*')) {
      type = pointee(type, isConst);
      isConst = cursor.skipQualifiers();
    }
    if (cursor.is('(') && (cursor.peek(1) === '*' || cursor.peek(1) === '^')) {
      return this.functionPointer();
    }
    // `int (name)(int)`
    const wrapped = cursor.is('(') && place === 'value' && cursor.peek(2) === ')';
    if (wrapped) cursor.take();
    const name = this.declaredName();
    if (wrapped) cursor.expect(')');
    cursor.skipQualifiers();
    if (isWrapped(cursor)) return { name, type, isConst, parameters: this.wrappedParameters() };
    if (cursor.is('('))
      return { name, type, isConst, parameters: this.nested(() => this.parameters()) };
    return { name, type: this.arraySuffix(type, isConst, place), isConst, parameters: undefined };
  }

  /** `deflate OF((z_streamp strm, int flush))` */
  private wrappedParameters(): Declarator['parameters'] {
    const { cursor } = this;
    cursor.take();
    cursor.take();
    const parameters = this.nested(() => this.parameters());
    cursor.expect(')');
    return parameters;
  }

  /** The last of several words: `ZEXPORT deflate(`; but not `deflate OF((`. */
  private declaredName(): string | undefined {
    const { cursor } = this;
    let name = cursor.acceptWord();
    while (cursor.token?.kind === 'word' && !isWrapped(cursor)) {
      const { position } = cursor;
      cursor.skipQualifiers();
      if (cursor.position !== position) break;
      name = cursor.acceptWord();
    }
    return name;
  }

  /** `(*name)(int)`: a pointer to code, whatever its parameters are. */
  private functionPointer(): Declarator {
    const { cursor } = this;
    cursor.take();
    while (cursor.accept('*') || cursor.accept('^')) cursor.skipQualifiers();
    const name = cursor.acceptWord();
    while (cursor.is('[') || cursor.is('(')) cursor.skipGroup();
    cursor.expect(')');
    while (cursor.is('(') || cursor.is('[')) cursor.skipGroup();
    return { name, type: codeType, isConst: false, parameters: undefined };
  }

  private arraySuffix(
    type: LensedType,
    isConst: boolean,
    place: 'value' | 'parameter',
  ): LensedType {
    const { cursor } = this;
    const lengths: (number | undefined)[] = [];
    while (cursor.accept('[')) {
      const length = this.arrayLength();
      lengths.push(length);
      cursor.expect(']');
    }
    if (lengths.length === 0) return type;
    if (place === 'parameter') return pointee(type, isConst);
    return lengths.reduceRight<LensedType>(
      (element, length) => inlineArray(element, length ?? 0),
      type,
    );
  }

  private arrayLength(): number | undefined {
    const { cursor } = this;
    let value: number | undefined;
    while (!cursor.is(']') && !cursor.done) {
      const token = cursor.take();
      const known = token && this.constants.get(token.text);
      const found = known ?? (token?.kind === 'number' ? Number(token.text) : undefined);
      if (found !== undefined) value = Number(found);
    }
    return value;
  }

  private parameters(): { list: Parameter[]; variadic: boolean } {
    const { cursor } = this;
    const list: Parameter[] = [];
    cursor.expect('(');
    while (!cursor.accept(')')) {
      if (cursor.accept('...')) {
        cursor.expect(')');
        return { list, variadic: true };
      }
      const { name, type, parameters } = this.declarator(this.specifiers(), 'parameter');
      const isVoid = type.kind === 'scalar' && type.type.kind === 'void';
      const shown = parameters === undefined ? type : codeType;
      if (!isVoid) list.push({ ...(name !== undefined && { name }), type: shown, direction: 'in' });
      cursor.skipQualifiers();
      if (!cursor.is(')')) cursor.expect(',');
    }
    return { list, variadic: false };
  }
}

function isWrapped(cursor: CCursor): boolean {
  return cursor.token?.kind === 'word' && cursor.peek(1) === '(' && cursor.peek(2) === '(';
}
