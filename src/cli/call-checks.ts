/** What `--fail-if-called` and `--fail-unless-called` ask for. */
import { parseCallFilter, type ParseOptions } from '../filter/parse-filter.js';
import { onOneLine } from '../filter/pattern-error.js';
import { usageError } from './command-line.js';
import type { ParsedOptions } from './parsed-options.js';
import type { CallCheck } from './run-request.js';

export const CHECK_OPTIONS = ['fail-if-called', 'fail-unless-called'] as const;

/** @throws UserError for what no call could fit */
export function checksOf(options: ParsedOptions, parsing: ParseOptions): readonly CallCheck[] {
  return CHECK_OPTIONS.flatMap((name) =>
    options.all(name).map((text): CallCheck => {
      const option = `--${name}` as const;
      const filter = parseCallFilter(text, parsing, option);
      if (filter.rules.length === 0) throw usageError(`${option}: a filter is missing`);
      const syscall = filter.rules.find(({ literal }) => literal.symbol?.startsWith('SYS_'));
      if (syscall !== undefined) {
        throw usageError(
          onOneLine(`${option} '${text}': looks at calls of functions, not of the kernel`),
        );
      }
      return { option, text, filter };
    }),
  );
}

/** @throws UserError where an answer was asked for that would never come */
export function refuseStrayChecks(options: ParsedOptions, modes: readonly string[]): void {
  if (options.has('ignore-counts') && !modes.includes('compare')) {
    throw usageError('--ignore-counts needs --compare');
  }
  for (const name of CHECK_OPTIONS) {
    for (const other of ['list', 'compare', 'audit'] as const) {
      if (options.has(name) && options.has(other)) {
        throw usageError(`--${name} and --${other} exclude each other`);
      }
    }
  }
}
