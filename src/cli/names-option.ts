import type { TextOptions } from '../output/text/text-options.js';
import type { ParsedOptions } from './parsed-options.js';

/** `-C` */
export function namesOf(options: ParsedOptions): TextOptions['names'] {
  return options.has('demangle') ? 'demangled' : 'mangled';
}
