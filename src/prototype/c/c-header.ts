/** Reads C declarations, as headers have them, as prototypes. Not a preprocessor, and not a compiler. */
import { CCursor, CMistake } from './c-cursor.js';
import { tokenize } from './c-tokens.js';
import type { CToken } from './c-tokens.js';
import { CTypeParser } from './c-type-parser.js';
import type { Declarator } from './c-type-parser.js';
import type { PrototypeSource } from '../conf/prototype-file.js';
import type { Diagnostic, LensedType, Prototype } from '../prototype.js';
import { guardedByName } from '../secret-names.js';

export function parseHeader(path: string, text: string): PrototypeSource {
  return new CHeader(path, text);
}

/** What has more is no C, and each costs the time of ten declarations. */
const MOST_MISTAKES = 10_000;

class CHeader implements PrototypeSource {
  readonly imports: readonly string[] = [];
  private readonly prototypes = new Map<string, Prototype>();
  private readonly diagnostics: Diagnostic[] = [];
  private readonly cursor: CCursor;
  private readonly types: CTypeParser;

  constructor(
    readonly path: string,
    text: string,
  ) {
    const { tokens, constants } = tokenize(text);
    this.cursor = new CCursor(tokens);
    this.types = new CTypeParser(this.cursor, new Map(constants));
    while (!this.cursor.done && this.diagnostics.length < MOST_MISTAKES) this.declaration();
  }

  get prototypeNames(): Iterable<string> {
    return this.prototypes.keys();
  }

  findPrototype(name: string): Prototype | undefined {
    return this.prototypes.get(name);
  }

  findType(name: string): LensedType | undefined {
    return this.types.names.typedefs.get(name);
  }

  check(): readonly Diagnostic[] {
    return this.diagnostics;
  }

  /** One declaration; a mistake in it is told and skipped. */
  private declaration(): void {
    const { cursor } = this;
    if (cursor.accept(';') || cursor.accept('}')) return;
    // `extern "C" {`: what is inside counts.
    if (cursor.is('extern') && cursor.peek(1)?.startsWith('"') === true) {
      cursor.take();
      cursor.take();
      cursor.accept('{');
      return;
    }
    const start = cursor.token;
    const { position } = cursor;
    try {
      this.types.begin();
      if (cursor.accept('typedef')) this.typedef();
      else this.functions(start);
    } catch (error) {
      if (!(error instanceof CMistake)) throw error;
      const { line, column } = error.token ?? start ?? { line: 1, column: 1 };
      const { message } = error;
      this.diagnostics.push({ file: this.path, line, column, severity: 'error', message });
      cursor.returnTo(position);
      cursor.skipDeclaration();
    }
  }

  private typedef(): void {
    const specified = this.types.specifiers();
    do {
      const { name, type, parameters } = this.types.declarator(specified, 'value');
      if (name !== undefined)
        this.types.names.typedefs.set(name, parameters ? { kind: 'function' } : type);
    } while (this.cursor.accept(','));
    this.cursor.skipQualifiers();
    this.cursor.expect(';');
  }

  private functions(start: CToken | undefined): void {
    const { cursor } = this;
    const specified = this.types.specifiers();
    while (!cursor.is(';') && !cursor.done) {
      const declared = this.types.declarator(specified, 'value');
      if (declared.parameters !== undefined) this.declare(declared, start);
      cursor.skipQualifiers();
      if (cursor.is('{')) {
        cursor.skipGroup();
        return;
      }
      if (cursor.is('=')) {
        cursor.skipDeclaration();
        return;
      }
      if (!cursor.accept(',')) break;
    }
    cursor.expect(';');
  }

  private declare({ name, type, parameters }: Declarator, start: CToken | undefined): void {
    if (name === undefined || parameters === undefined) return;
    const { line, column } = start ?? { line: 1, column: 1 };
    this.prototypes.set(name, {
      name,
      result: type,
      parameters: parameters.list.map((each) => ({
        ...each,
        type: guardedByName(each.name, each.type),
      })),
      variadic: parameters.variadic,
      variants: [],
      declaredAt: { file: this.path, line, column },
    });
  }
}
