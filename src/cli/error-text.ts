/** What a person reads when something went wrong that they can mend. */
import type { UserError } from '../base/errors.js';
import { onOneLine } from '../filter/pattern-error.js';

/** One line; a mistake in the command line has a second one that says where help is. */
export function errorText({ message, hint, status }: UserError): string {
  const line = `tsltrace: ${onOneLine(message)}`;
  if (hint === undefined) return `${line}\n`;
  return status === 'usage' ? `${line}\n${onOneLine(hint)}\n` : `${line}; ${onOneLine(hint)}\n`;
}
