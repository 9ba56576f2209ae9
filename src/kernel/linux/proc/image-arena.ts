/**
 * Address space for mapped files. The tracee may own such a file and make it shorter while we read,
 * which would end us with SIGBUS: inside the arena the lost pages read as zeros instead.
 */
import { assemble } from '../../../base/machine-code.js';
import { SIGBUS } from '../../../base/signal-numbers.js';
import { BUS_ERROR_X86_64 } from '../code/bus-error-x86-64.js';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PAGE_SIZE,
  PROT_NONE,
  PROT_READ,
} from '../constants.js';
import { mmap, munmap } from '../libc.js';
import { NativeBlock, placeCode } from '../native-memory.js';
import { SignalHandlers } from '../waiting/signal-handlers.js';

/** Only addresses, no memory; images that do not fit are mapped elsewhere, without protection. */
const ARENA_BYTES = 2 ** 36;

export class ImageArena {
  private next: number;

  /**
   * undefined where executable memory or so much address space is refused, or where SIGBUS belongs to
   * somebody else: to the program that uses us as a library, or to a second kernel in it.
   */
  static create(): ImageArena | undefined {
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const start = mmap(0, ARENA_BYTES, PROT_NONE, flags, -1, 0);
    if (start === -1) return undefined;
    // Its first bytes, all zero, are the struct kernel_sigaction of SIG_DFL.
    const defaultAction = new NativeBlock(PAGE_SIZE);
    const code = assemble(BUS_ERROR_X86_64, {
      ARENA_START: start,
      ARENA_END: start + ARENA_BYTES,
      DEFAULT_ACTION: defaultAction.address,
    });
    const pages = placeCode(code.bytes);
    const handlers = new SignalHandlers(pages?.address ?? 0);
    if (pages !== undefined && handlers.takeIfDefault(SIGBUS)) {
      return new ImageArena(start, () => {
        handlers.close();
        pages.free();
        defaultAction.free();
      });
    }
    handlers.close();
    pages?.free();
    defaultAction.free();
    munmap(start, ARENA_BYTES);
    return undefined;
  }

  private constructor(
    private readonly start: number,
    private readonly giveBack: () => void,
  ) {
    this.next = start;
  }

  /** Maps the file for reading; the address, or -1. */
  map(file: number, size: number): number {
    const room = Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
    if (this.next + room > this.start + ARENA_BYTES) return -1;
    const address = mmap(this.next, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0);
    if (address !== -1) this.next += room;
    return address;
  }

  /** What is still mapped stays readable, but is no longer protected. */
  close(): void {
    this.giveBack();
    munmap(this.next, this.start + ARENA_BYTES - this.next);
  }
}
