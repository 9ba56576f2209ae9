/** A shell command that reads what we write: `-o '|COMMAND'`. */
import { UserError } from '../../../base/errors.js';
import { SIGPIPE } from '../../../base/signal-numbers.js';
import { F_SETFD, FD_CLOEXEC } from '../constants.js';
import { fcntl, fileno, pclose, popen, sigaction } from '../libc.js';
import { NativeBlock } from '../native-memory.js';

export interface ShellPipe {
  readonly descriptor: number;
  /** Ends the command's input and waits for it. */
  close(): void;
}

/** @throws UserError when no shell can be started */
export function openShellPipe(command: string): ShellPipe {
  // popen(3): 'e' keeps the descriptor out of the tracee.
  const stream = asBeforeNode(() => popen(command, 'we'));
  if (stream === 0) throw new UserError(`cannot start the shell for -o '|${command}'`);
  return { descriptor: fileno(stream), close: () => void pclose(stream) };
}

const STANDARD_STREAMS = [0, 1, 2];
/** struct sigaction of the C library; of zeros it says SIG_DFL. */
const SIGACTION_BYTES = 256;

/** Node.js marks its standard streams close-on-exec and ignores SIGPIPE: no command expects either. */
function asBeforeNode<T>(start: () => T): T {
  const memory = new NativeBlock(2 * SIGACTION_BYTES);
  const [standard, ours] = [memory.address, memory.address + SIGACTION_BYTES];
  for (const descriptor of STANDARD_STREAMS) fcntl(descriptor, F_SETFD, 0);
  sigaction(SIGPIPE, standard, ours);
  try {
    return start();
  } finally {
    sigaction(SIGPIPE, ours, 0);
    for (const descriptor of STANDARD_STREAMS) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    memory.free();
  }
}
