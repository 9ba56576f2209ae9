/** How a mistake in a prototype file is told. */
import type { Diagnostic, FileProblem } from './prototype.js';

/** `FILE:LINE:COLUMN: error: TEXT`, as compilers have it and editors understand. */
export function diagnosticText(found: Diagnostic | FileProblem): string {
  const place = 'line' in found ? `${found.file}:${found.line}:${found.column}` : found.file;
  return `${place}: ${found.severity}: ${found.message}`;
}
