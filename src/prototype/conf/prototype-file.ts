/**
 * One .conf file. Reading it only finds which names it declares; a declaration is parsed when somebody asks for
 * it, so that a large file costs a program that uses three of its functions next to nothing.
 */
import { ScannedItems } from './item-index.js';
import type { ItemIndex } from './item-index.js';
import { ItemError, ItemScanner } from './item-scanner.js';
import { NameBindings } from './name-binding.js';
import { parseExpression } from './parse-expression.js';
import { parsePrototype } from './parse-prototype.js';
import type {
  Diagnostic,
  LensedField,
  LensedStruct,
  LensedType,
  Prototype,
  SourcePosition,
  Variant,
} from '../prototype.js';
import { headingOf } from './source-item.js';
import type { SourceItem } from './source-item.js';
import { incompleteStructs, TypeParser } from './type-parser.js';
import type { TypeScope } from './type-parser.js';

/** Declarations by name, however they were written. */
export interface PrototypeSource {
  readonly path: string;
  findPrototype(name: string): Prototype | undefined;
  findType(name: string): LensedType | undefined;
  /** Names passed to `import`, in order. */
  readonly imports: readonly string[];
  readonly prototypeNames: Iterable<string>;
  /** Parses until that many mistakes are found, by default everything. */
  check(most?: number): readonly Diagnostic[];
}

/** Looks for mistakes in the item that begins at that line. */
interface ItemCheck {
  readonly line: number;
  readonly run: () => void;
}

/** Typedefs may refer to typedefs; a chain as long as this is no honest file. */
const LONGEST_TYPEDEF_CHAIN = 100;

export class PrototypeFile implements PrototypeSource, TypeScope {
  private readonly items: ItemIndex;
  private readonly prototypes = new Map<string, Prototype | undefined>();
  private readonly types = new Map<string, LensedType | undefined>();
  private readonly diagnostics: Diagnostic[] = [];
  /** Lines of items with a mistake that was told. */
  private readonly reported = new Set<number>();
  private typedefDepth = 0;

  /**
   * @param source the text, or an index of it
   * @param outer  types that the file sees besides its own: those of its imports
   */
  constructor(
    readonly path: string,
    source: string | ItemIndex,
    private readonly outer: TypeScope = emptyScope,
  ) {
    this.items = typeof source === 'string' ? new ScannedItems(source) : source;
  }

  get imports(): readonly string[] {
    return this.items.imports;
  }

  get prototypeNames(): Iterable<string> {
    return this.items.scan().prototypes.keys();
  }

  findPrototype(name: string): Prototype | undefined {
    if (this.prototypes.has(name)) return this.prototypes.get(name);
    const item = this.items.prototypeOf(name);
    if (item === undefined) return undefined;
    const prototype = this.attempt(item, () => this.parsePrototypeItem(item, name));
    this.prototypes.set(name, prototype);
    return prototype;
  }

  findType(name: string): LensedType | undefined {
    if (this.types.has(name)) return this.types.get(name);
    const items = this.items.typedefsOf(name);
    if (items.length === 0) return this.outer.findType(name);
    for (const item of items) this.attempt(item, () => this.parseTypedef(item, name));
    return this.types.get(name);
  }

  check(most = Infinity): readonly Diagnostic[] {
    for (const { run } of this.checks().sort((one, other) => one.line - other.line)) {
      if (this.diagnostics.length >= most) break;
      run();
    }
    return this.diagnostics.sort(
      (one, other) => one.line - other.line || one.column - other.column,
    );
  }

  private checks(): ItemCheck[] {
    const { useless, typedefs, prototypes, variants } = this.items.scan();
    const checkOf = (item: SourceItem, run: () => void): ItemCheck => ({ line: item.line, run });
    return [
      ...useless.map((item) => checkOf(item, () => this.checkUseless(item))),
      ...[...typedefs].flatMap(([name, items]) =>
        items.map((item) => checkOf(item, () => this.findType(name))),
      ),
      ...[...prototypes].map(([name, item]) => checkOf(item, () => this.checkPrototype(name))),
      ...[...variants].flatMap(([name, items]) =>
        prototypes.has(name)
          ? []
          : items.map((item) => checkOf(item, () => this.reportOrphan(name, item))),
      ),
    ];
  }

  private checkPrototype(name: string): void {
    const variants = this.findPrototype(name)?.variants ?? [];
    // Asking for a variant's prototype parses it.
    variants.forEach(({ prototype }) => prototype);
  }

  private reportOrphan(name: string, item: SourceItem): void {
    const message = `there is no prototype of '${name}' for this variant`;
    this.report(item, item.start, 'error', message);
  }

  private checkUseless(item: SourceItem): void {
    this.attempt(item, () => {
      const scanner = new ItemScanner(item);
      const { kind, name } = headingOf(item);
      if (kind !== 'prototype') scanner.fail(`a name must follow '${kind}'`);
      const parsed = this.parseWhole(item, scanner, []);
      // Nobody could ask for it: that must not look as if all were well.
      if (name === undefined)
        scanner.fail(`'${parsed.name}' can be no name of a function`, item.start);
    });
  }

  /** Runs a parser for one item; a mistake becomes a diagnostic, and nothing is declared. */
  private attempt<T>(item: SourceItem, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      if (!this.reported.has(item.line)) this.report(item, error.offset, 'error', error.message);
      this.reported.add(item.line);
      return undefined;
    }
  }

  private report(
    item: SourceItem,
    offset: number,
    severity: Diagnostic['severity'],
    message: string,
  ): void {
    this.diagnostics.push({ ...this.positionOf(item, offset), severity, message });
  }

  private positionOf(item: SourceItem, offset: number): SourcePosition {
    const { text } = item;
    const line = item.line + text.slice(item.start, offset).split('\n').length - 1;
    const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
    return { file: this.path, line, column: offset - lineStart + 1 };
  }

  private parseTypedef(item: SourceItem, name: string): void {
    const scanner = new ItemScanner(item);
    scanner.takeWord();
    const offset = scanner.offset;
    scanner.takeFunctionName();
    scanner.expect('=');
    const known = this.types.get(name);
    if (known !== undefined && !incompleteStructs.has(known)) {
      scanner.fail(`redefinition of typedef '${name}'`, offset);
    }
    if (++this.typedefDepth > LONGEST_TYPEDEF_CHAIN) scanner.fail('typedefs are nested too deeply');
    try {
      this.parseTypedefBody(scanner, name, known);
    } finally {
      this.typedefDepth--;
    }
  }

  private parseTypedefBody(
    scanner: ItemScanner,
    name: string,
    forward: LensedType | undefined,
  ): void {
    const bindings = new NameBindings(scanner);
    const parser = new TypeParser(scanner, this, bindings);
    const word = scanner.peekWord();
    if (word !== 'struct' && word !== 'union') {
      if (forward !== undefined) scanner.fail(`'${name}' was declared as a struct`);
      // Seen while its own definition is read: unknown.
      this.types.set(name, undefined);
      const type = parser.parse();
      bindings.finish([]);
      this.types.set(name, type);
      return;
    }
    const offset = scanner.offset;
    scanner.takeWord();
    const fields = isStruct(forward) ? (forward.fields as LensedField[]) : [];
    const type: LensedStruct = isStruct(forward) ? forward : { kind: word, name, fields };
    // Known before its members are: they may point to it.
    this.types.set(name, type);
    incompleteStructs.add(type);
    if (!scanner.startsWith('(')) {
      if (!scanner.atEnd) scanner.fail(`expected '('${scanner.found()}`);
      if (forward !== undefined) scanner.fail(`redefinition of typedef '${name}'`, offset);
      return;
    }
    fields.push(...parser.parseFields());
    bindings.finish([]);
    incompleteStructs.delete(type);
    // What follows turns the name into something else than the struct: `struct(int)*`.
    let whole: LensedType = type;
    while (scanner.accept('*')) whole = { kind: 'pointer', target: whole };
    this.types.set(name, whole);
  }

  private parsePrototypeItem(item: SourceItem, name: string): Prototype {
    const variants: Variant[] = [];
    const prototype = this.parseWhole(item, new ItemScanner(item), variants);
    for (const variantItem of this.items.variantsOf(name)) {
      const variant = this.attempt(variantItem, () =>
        this.parseVariant(variantItem, () => prototype),
      );
      if (variant !== undefined) variants.push(variant);
    }
    return prototype;
  }

  /** `variant FUNCTION(CONDITION) PROTOTYPE`; the prototype is parsed when a call asks for it. */
  private parseVariant(item: SourceItem, base: () => Prototype): Variant {
    const scanner = new ItemScanner(item);
    scanner.takeWord();
    scanner.takeFunctionName();
    scanner.expect('(');
    const bindings = new NameBindings(scanner);
    const condition = parseExpression(scanner, bindings);
    scanner.expect(')');
    let parsed: Prototype | undefined;
    const parse = (): Prototype =>
      (parsed ??= this.attempt(item, () => this.parseWhole(item, scanner, [])) ?? base());
    // Names in the condition are those of the variant's parameters.
    if (bindings.hasPending) bindings.finish(parse().parameters);
    return {
      condition,
      get prototype() {
        return parse();
      },
    };
  }

  private parseWhole(
    item: SourceItem,
    scanner: ItemScanner,
    variants: readonly Variant[],
  ): Prototype {
    const declaredAt = this.positionOf(item, scanner.offset);
    const parsed = parsePrototype(scanner, this, (offset, message) => {
      this.report(item, offset, 'warning', message);
    });
    return { ...parsed, variants, declaredAt };
  }
}

function isStruct(type: LensedType | undefined): type is LensedStruct {
  return type?.kind === 'struct' || type?.kind === 'union';
}

const emptyScope: TypeScope = { findType: () => undefined };
