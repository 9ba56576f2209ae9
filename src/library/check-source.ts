/** What callers in JavaScript give as a recording. */
import { OptionError } from './option-error.js';

/** @throws OptionError for what is neither a path, nor bytes, nor a stream of them */
export function checkSource(source: unknown): void {
  if (!isSource(source)) {
    throw new OptionError('source', 'is neither a path, nor bytes, nor a stream of them');
  }
}

function isSource(source: unknown): boolean {
  if (typeof source === 'string') return source !== '';
  if (typeof source !== 'object' || source === null) return false;
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}
