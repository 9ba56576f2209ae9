/** Characters that people take for operators. */
import { PatternError } from './pattern-error.js';
import type { Span } from './rule-scanner.js';

/** No mangled name holds these; who writes them thinks of the demangled one. */
export function isReadableForm(pattern: string, form: Span['form']): boolean {
  const text = form === 'regex' ? pattern.replaceAll('\\(', '') : pattern;
  return /::|[(<~ ]/.test(text);
}

/** `malloc,free` and `malloc|free` fit no name: surely slips. Readable names may hold both. Throws PatternError. */
export function refuseSeparators(
  written: string,
  offset: number,
  advice = "rules are joined by '+'",
): void {
  const separator = /^(?:[^[\\,|]|\\.|\[[^\]]*\]?)*([,|])/s.exec(written);
  if (separator === null || isReadableForm(written, 'glob')) return;
  const at = separator[0].length - 1;
  throw new PatternError(`'${separator[1] ?? ''}' joins nothing: ${advice}`, offset + at);
}
