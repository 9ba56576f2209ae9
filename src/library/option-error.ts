/** An option of the library that is wrong. */
import { UserError } from '../base/errors.js';

export class OptionError extends UserError {
  override readonly name = 'OptionError';

  constructor(
    /** `stringLength`, `args[1]`, `stdio[2]`: which one. */
    readonly option: string,
    /** What is wrong with it; the message begins with the option. */
    reason: string,
    hint?: string,
  ) {
    super(`${option}: ${reason}`, hint, 'usage');
  }
}

/** Gives a mistake that is found inside an option, such as one in an expression, the option's name. */
export function naming<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError && error.status === 'usage' && !(error instanceof OptionError)) {
      throw new OptionError(option, error.message, error.hint);
    }
    throw error;
  }
}
