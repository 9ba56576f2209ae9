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
