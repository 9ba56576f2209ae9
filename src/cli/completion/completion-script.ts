/** `--completion SHELL`: scripts that complete our options, then the command's own words. */
import { usageError } from '../command-line.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/** Throws UserError ('usage') for a shell that we have none for. */
export function completionScript(shell: string): string {
  switch (shell) {
    case 'bash':
      return bashCompletion();
    case 'zsh':
      return zshCompletion();
    case 'fish':
      return fishCompletion();
    default:
      throw usageError(`--completion: no script for '${shell}'`);
  }
}
