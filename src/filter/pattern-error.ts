/** A mistake in an expression of the command line, and the one line that shows where it is. */
import { UserError } from '../base/errors.js';

/** Thrown by the parsers of this folder; {@link markedError} makes it the user's. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(
    message: string,
    /** Index into the whole expression, in UTF-16 units. */
    readonly at: number,
  ) {
    super(message);
  }
}

/** Longest piece of the expression shown on each side of the mark. */
const SHOWN = 40;

/**
 * For example `-e 'ma[lloc': unmatched '[' at column 3: ma>>>[lloc`.
 * Control characters are shown escaped, long expressions cut, so that it is always one short line.
 */
export function markedError(option: string, text: string, error: PatternError): UserError {
  const at = Math.min(error.at, text.length);
  const before = text.slice(Math.max(0, at - SHOWN), at);
  const after = text.slice(at, at + SHOWN);
  const place = `${at > SHOWN ? '...' : ''}${before}>>>${after}${text.length - at > SHOWN ? '...' : ''}`;
  const quoted = text.length > 2 * SHOWN ? `${text.slice(0, 2 * SHOWN)}...` : text;
  return new UserError(
    onOneLine(`${option} '${quoted}': ${error.message} at column ${at + 1}: ${place}`),
    undefined,
    'usage',
  );
}

/** Runs a parser of this folder on what an option got; its mistakes become the user's. */
export function withMarkedErrors<T>(option: string, text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PatternError) throw markedError(option, text, error);
    throw error;
  }
}

/** Control characters of the terminal (C0, DEL, C1) as `\xNN`. */
export function onOneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}
