/** A shell command that reads what we write: `-o '|COMMAND'`. */
import { UserError } from '../../base/errors.js';
import { fileno, pclose, popen } from './libc.js';

export interface ShellPipe {
  readonly descriptor: number;
  /** Ends the command's input and waits for it. */
  close(): void;
}

/** @throws UserError when no shell can be started */
export function openShellPipe(command: string): ShellPipe {
  // popen(3): 'e' keeps the descriptor out of the tracee.
  const stream = popen(command, 'we');
  if (stream === 0) throw new UserError(`cannot start the shell for -o '|${command}'`);
  return { descriptor: fileno(stream), close: () => void pclose(stream) };
}
