/** Prototypes from debug information: what a function's entry says about its parameters and result. */
import { addressType, charType, codeType, pointerTo, withLens } from '../prototype/lensed-type.js';
import type { LensedType, Parameter, Prototype } from '../prototype/prototype.js';
import { guardedByName } from '../prototype/secret-names.js';
import { isPassedByReference } from './class-passing.js';
import { AT, TAG } from './constants.js';
import { isDescribed } from './described.js';
import type { Entry } from './entry.js';
import { childrenOf } from './entry.js';
import { eachOnce, goConvention, goResult } from './go-values.js';
import { languageOf, type Language } from './language.js';
import { rustParameter, rustResult } from './rust-values.js';
import { ifLegible } from './sections.js';
import type { BareType } from './type-reader.js';
import { bareType, IN_PARAMETER, TypeReader } from './type-reader.js';
import { originsOf } from './unit-functions.js';

/** GCC's copies of a function with other parameters than the source says (-fipa-sra, -fipa-cp). */
const CHANGED_COPY = /\.(isra|constprop|part|cold)\b/;
/** Not called as declared: LLVM dropped or split parameters (DWARF 5, table 7.15). */
const DW_CC_nocall = 3;

/**
 * @param subprogram DW_TAG_subprogram
 * @param name as in the symbol table
 * @returns undefined when the entry does not tell how the function is called
 */
export function readPrototype(subprogram: Entry, name: string): Prototype | undefined {
  if (CHANGED_COPY.test(name)) return undefined;
  if (ifLegible(() => lostParameters(subprogram)) === true) return undefined;
  if (ifLegible(() => isDescribed(subprogram)) !== true) return undefined;
  const prototype = ifLegible(() => new PrototypeReader(subprogram).read(name));
  return prototype !== undefined && isResolver(subprogram, prototype) ? undefined : prototype;
}

/** Optimisers change how functions are called that only their own unit calls. */
function lostParameters(subprogram: Entry): boolean {
  if (subprogram.number(AT.callingConvention) === DW_CC_nocall) return true;
  if (originsOf(subprogram).some((each) => each.flag(AT.external))) return false;
  // LLVM before 17 does not say it, but a parameter that was dropped is nowhere.
  const places = childrenOf(subprogram, (tag) => tag === TAG.formalParameter).map(
    (each) => each.has(AT.location) || each.has(AT.constValue),
  );
  return places.includes(true) && places.includes(false);
}

/** The code that chooses between implementations at load (IFUNC) has the symbol's address and another name. */
function isResolver(subprogram: Entry, { name, parameters, result }: Prototype): boolean {
  return result === codeType && parameters.length === 0 && subprogram.text(AT.name) !== name;
}

/** One parameter: the concrete instance, with what its origins say. */
interface Declared {
  readonly name: string | undefined;
  readonly type: Entry | undefined;
  readonly artificial: boolean;
  /** The callee changes it: what Go calls a result. */
  readonly variable: boolean;
}

class PrototypeReader {
  private readonly types = new TypeReader();
  private readonly origins: readonly Entry[];
  private readonly language: Language;

  constructor(subprogram: Entry) {
    this.origins = originsOf(subprogram);
    this.language = languageOf(subprogram);
  }

  read(name: string): Prototype {
    const entries = this.parameterEntries();
    const declared = entries
      .filter(({ tag }) => tag === TAG.formalParameter)
      .map(declaredParameter);
    if (this.language === 'go') return this.readGo(name, declared);
    const variadic = entries.some(({ tag }) => tag === TAG.unspecifiedParameters);
    const result = this.result();
    const parameters = [
      ...(result.inMemory ? [RESULT_POINTER] : []),
      ...declared.flatMap((each, index) => this.parameter(each, declared, index)),
    ];
    const prototype = { name, result: result.type, parameters, variadic, variants: [] };
    return variadic ? withFormat(prototype) : prototype;
  }

  private readGo(name: string, declared: readonly Declared[]): Prototype {
    const typeOf = (each: Declared): LensedType => this.types.typeOf(each.type, IN_PARAMETER);
    const parameters = declared.filter(({ variable }) => !variable);
    const results = eachOnce(declared.filter(({ variable }) => variable));
    return {
      name,
      result: goResult(results.map((each) => ({ name: each.name, type: typeOf(each) }))),
      parameters: parameters.flatMap((each, index) => this.parameter(each, parameters, index)),
      variadic: false,
      variants: [],
      convention: goConvention(producerOf(this.origins[0])),
    };
  }

  /** Of the nearest entry that lists any: a concrete instance repeats what its origin has. */
  private parameterEntries(): Entry[] {
    for (const origin of this.origins) {
      const found = childrenOf(origin, isParameter);
      if (found.length > 0) return found;
    }
    return [];
  }

  private result(): { readonly type: LensedType; readonly inMemory: boolean } {
    const owner = this.origins.find((each) => each.has(AT.type));
    const bare = bareType(owner?.reference(AT.type));
    const type = this.types.typeOf(bare.entry, IN_PARAMETER);
    if (this.language === 'rust') return rustResult(type, producerOf(this.origins[0]));
    if (isPassedByReference(bare.entry)) return { type: pointerTo(type), inMemory: true };
    return { type, inMemory: false };
  }

  private parameter(each: Declared, all: readonly Declared[], index: number): Parameter[] {
    const name = each.name === undefined ? {} : { name: each.name };
    const bare = bareType(each.type);
    if (each.artificial) return [{ ...name, type: addressType, direction: 'in' }];
    if (isBuffer(bare, all, index)) return [{ ...name, type: addressType, direction: 'in' }];
    const passed = this.passedType(each, bare);
    if (passed === undefined) return [];
    return [{ ...name, type: guardedByName(each.name, passed), direction: 'in' }];
  }

  /** Undefined for one that takes no place. */
  private passedType(each: Declared, bare: BareType): LensedType | undefined {
    const type = this.types.typeOf(each.type, IN_PARAMETER);
    if (this.language === 'rust') return rustParameter(type);
    return isPassedByReference(bare.entry) ? pointerTo(type) : type;
  }
}

/** Where the caller wants the result: the first argument, before `this` (Itanium C++ ABI, 3.1.3). */
const RESULT_POINTER: Parameter = { name: 'result', type: addressType, direction: 'in' };

const isParameter = (tag: number): boolean =>
  tag === TAG.formalParameter || tag === TAG.unspecifiedParameters;

function declaredParameter(entry: Entry): Declared {
  const origins = originsOf(entry);
  const typed = origins.find((each) => each.has(AT.type));
  const named = origins.find((each) => each.has(AT.name));
  return {
    name: named?.text(AT.name),
    type: typed?.reference(AT.type),
    artificial: origins.some((each) => each.flag(AT.artificial)),
    variable: origins.some((each) => each.flag(AT.variableParameter)),
  };
}

/**
 * Is this `char *` a place to write to? Then its contents at entry are noise. Taken for that where a size
 * follows or text to copy stands beside it: `char *buffer, size_t size`; `char *to, const char *from`.
 */
function isBuffer(bare: BareType, all: readonly Declared[], index: number): boolean {
  const target = pointee(bare);
  if (target === undefined || target.isConst || target.entry?.tag !== TAG.baseType) return false;
  const next = all[index + 1];
  if (next !== undefined && isSize(bareType(next.type))) return true;
  return all.some((other) => {
    const text = pointee(bareType(other.type));
    return text?.isConst === true && text.entry?.number(AT.byteSize) === 1;
  });
}

function pointee(bare: BareType): BareType | undefined {
  if (bare.entry?.tag !== TAG.pointerType) return undefined;
  return bareType(bare.entry.reference(AT.type));
}

function isSize({ entry, names }: BareType): boolean {
  if (names.some((name) => /size_t$/.test(name))) return true;
  return entry?.tag === TAG.baseType && /^(unsigned )?(int|long)/.test(entry.text(AT.name) ?? '');
}

function producerOf(entry: Entry | undefined): string {
  return entry?.unit.textOf(entry.unit.root.get(AT.producer)) ?? '';
}

/** `int log(const char *format, ...)` takes what printf takes: the parameter's name is all that says so. */
function withFormat(prototype: Prototype): Prototype {
  const last = prototype.parameters.at(-1);
  if (last === undefined || !/^_*(fmt|format)$/.test(last.name ?? '')) return prototype;
  const format = withLens({ kind: 'format', style: 'printf', wide: false }, pointerTo(charType));
  return {
    ...prototype,
    parameters: [...prototype.parameters.slice(0, -1), { ...last, type: format }],
  };
}
