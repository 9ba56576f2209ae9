/** The size of the terminal, asked for without touching its state as Node's own streams would. */
import { ioctl } from '../libc.js';
import { NativeBlock } from '../native-memory.js';

/** <asm-generic/ioctls.h> */
const TIOCGWINSZ = 0x5413;
/** struct winsize: rows, columns, pixels; 16 bits each. */
const COLUMNS_AT = 2;
const STDOUT = 1;
const STDERR = 2;

/** Columns of the terminal on standard output or else standard error; 0 when neither is one. */
export function terminalColumns(): number {
  const memory = new NativeBlock(4096);
  try {
    for (const descriptor of [STDOUT, STDERR]) {
      if (ioctl(descriptor, TIOCGWINSZ, memory.address) === 0) {
        return memory.view.getUint16(COLUMNS_AT, true);
      }
    }
    return 0;
  } finally {
    memory.free();
  }
}
