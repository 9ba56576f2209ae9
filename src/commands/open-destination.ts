/** Where the output goes; starts the command of `-o '|COMMAND'`. */
import type { OutputRequest } from '../cli/run-request.js';
import { openShellPipe } from '../kernel/linux/shell-pipe.js';
import type { OutputDestination } from '../output/make-sinks.js';

export interface OpenDestination {
  readonly destination: OutputDestination;
  /** Ends the input of the command, if there is one, and waits for it. */
  close(): void;
}

/** @throws UserError when no shell can be started */
export function openDestination({ destination }: OutputRequest): OpenDestination {
  if (destination.kind !== 'command') return { destination, close: () => undefined };
  const pipe = openShellPipe(destination.command);
  return {
    destination: {
      kind: 'descriptor',
      descriptor: pipe.descriptor,
      name: `'${destination.command}'`,
      mode: 'buffered',
      ownership: 'borrowed',
    },
    close: () => pipe.close(),
  };
}
