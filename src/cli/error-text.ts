/** What a person reads when something went wrong that they can mend. */
import type { UserError } from '../base/errors.js';
import { onOneLine } from '../filter/pattern-error.js';

/** One line: what happened, and what to do about it. */
export function errorText({ message, hint }: UserError): string {
  const advice = hint === undefined ? '' : `; ${onOneLine(hint)}`;
  return `tsltrace: ${onOneLine(message)}${advice}\n`;
}
