/** What Go's compiler says of its functions: results stand among the parameters, marked as variable. */
import type { LensedField, LensedType, Prototype } from '../prototype/prototype.js';
import { voidType } from '../prototype/lensed-type.js';

/** @param producer DW_AT_producer, which lists `regabi` where arguments travel in registers */
export function goConvention(producer: string): NonNullable<Prototype['convention']> {
  return /\bregabi\b/.test(producer) ? 'go' : 'go-stack';
}

export interface GoResult {
  readonly name: string | undefined;
  readonly type: LensedType;
}

/**
 * Where a function defers calls, its results have two places, and the compiler lists them twice; the language allows no
 * name twice but that of nobody.
 */
export function eachOnce<T extends { readonly name: string | undefined }>(
  results: readonly T[],
): readonly T[] {
  return results.filter(
    ({ name }, at) =>
      name === undefined || name === '_' || results.findIndex((one) => one.name === name) === at,
  );
}

/** Several results are one struct without a name. The compiler calls those without a name `~r0` and so on. */
export function goResult(results: readonly GoResult[]): LensedType {
  const [first] = results;
  if (first === undefined) return voidType;
  if (results.length === 1) return first.type;
  const fields = results.map(({ name, type }): LensedField => {
    return name === undefined || name.startsWith('~') ? { type } : { name, type };
  });
  return { kind: 'struct', fields };
}
