/** A shell command that reads what we write: `-o '|COMMAND'`. */
import { UserError } from '../../base/errors.js';
import { FD_CLOEXEC, F_SETFD } from './constants.js';
import { fcntl, fileno, pclose, popen } from './libc.js';

export interface ShellPipe {
  readonly descriptor: number;
  /** Ends the command's input and waits for it. */
  close(): void;
}

/** Standard output and standard error. */
const PRINTED_ON = [1, 2];

/** @throws UserError when no shell can be started */
export function openShellPipe(command: string): ShellPipe {
  // Node marks them close-on-exec: the command would have no standard output to print on.
  for (const descriptor of PRINTED_ON) fcntl(descriptor, F_SETFD, 0);
  // popen(3): 'e' keeps the descriptor out of the tracee.
  const stream = popen(command, 'we');
  for (const descriptor of PRINTED_ON) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (stream === 0) throw new UserError(`cannot start the shell for -o '|${command}'`);
  return { descriptor: fileno(stream), close: () => void pclose(stream) };
}
