/** Parameters that are formats, and what the arguments are that a format describes. */
import type { LensedType, LensSpec } from './prototype.js';

export interface FormatParameter {
  readonly lens: Extract<LensSpec, { kind: 'format' }>;
  /** 'secrets': `secret(format)`. The format is shown, texts that it describes are not. */
  readonly describes: 'anything' | 'secrets';
}

/** Undefined when a parameter of that type is no format. */
export function formatOf(type: LensedType): FormatParameter | undefined {
  if (type.kind !== 'lens') return undefined;
  const { lens, of } = type;
  if (lens.kind === 'format') return { lens, describes: 'anything' };
  const inner = lens.kind === 'secret' ? formatOf(of) : undefined;
  return inner && { ...inner, describes: 'secrets' };
}
