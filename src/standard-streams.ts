/**
 * Keeps Node from opening its standard streams. Import it before anything else.
 *
 * The first look at process.stderr, which loading node:assert is enough for, makes libuv set O_NONBLOCK
 * on the pipe or socket that the tracee shares with us, and open /dev/null as a descriptor of its own.
 * The stand-ins write at once, by write(2), and are no streams beyond that.
 */
import { writeSync } from 'node:fs';

interface StandIn {
  readonly fd: number;
  readonly isTTY: false;
  readonly writable: boolean;
  write(text: string | Uint8Array): boolean;
  on(): StandIn;
  once(): StandIn;
  removeListener(): StandIn;
}

function standIn(descriptor: number): StandIn {
  const self: StandIn = {
    fd: descriptor,
    isTTY: false,
    writable: descriptor !== 0,
    write: (text) => {
      writeSync(descriptor, typeof text === 'string' ? Buffer.from(text) : text);
      return true;
    },
    on: () => self,
    once: () => self,
    removeListener: () => self,
  };
  return self;
}

for (const [descriptor, name] of ['stdin', 'stdout', 'stderr'].entries()) {
  Object.defineProperty(process, name, { configurable: true, value: standIn(descriptor) });
}
