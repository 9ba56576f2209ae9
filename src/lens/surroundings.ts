/** What compiling a lens needs to know besides the type. */
import type { LensedType, LensSpec } from '../prototype/prototype.js';
import type { ExpressionScope } from './expression.js';
import type { Lens } from './lens.js';
import type { CaptureLimits } from './stopped-call.js';

export interface LensSurroundings extends ExpressionScope {
  readonly limits: CaptureLimits;
  /** Lenses of structs by type and inherited lens: structs refer to each other in circles. */
  readonly structs: Map<LensedType, Map<LensSpec | undefined, Lens>>;
  /** compileLens, for the parts of a type. */
  readonly compile: (
    type: LensedType,
    inherited: LensSpec | undefined,
    around: LensSurroundings,
  ) => Lens;
}
