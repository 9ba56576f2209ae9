/** Memory of our own process at a known address: plain blocks, and pages of machine code. */
import { SystemError } from '../../base/errors.js';
import { describeErrno } from '../../base/errno-names.js';
import {
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MFD_CLOEXEC,
  MFD_EXEC,
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from './constants.js';
import { errno, memfdCreate, mmap, mprotect, munmap, pwrite, viewMemory, close } from './libc.js';

/** A block of zeroed memory, viewed once. Nobody may touch the views after `free`. */
export class NativeBlock {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The same memory in 32-bit words, for Atomics. */
  readonly words: Int32Array;

  /** @param size bytes; rounded up to pages */
  constructor(readonly size: number) {
    const address = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address === -1) throw mapFailure('mmap');
    this.address = address;
    const buffer = viewMemory(address, size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer, 0, size >> 2);
  }

  free(): void {
    munmap(this.address, this.size);
  }

  /** For blocks whose views were handed out: frees once they are garbage. */
  freeWhenUnused(): void {
    unmapWhenUnused(this.view.buffer, this.address, this.size);
  }
}

const unmapper = new FinalizationRegistry<{ readonly address: number; readonly size: number }>(
  ({ address, size }) => {
    munmap(address, size);
  },
);

/** @param buffer the view of the mapping that every user of it refers to */
export function unmapWhenUnused(buffer: object, address: number, size: number): void {
  unmapper.register(buffer, { address, size });
}

/** Pages that hold machine code: readable and executable, no longer writable. */
export interface CodePages {
  readonly address: number;
  free(): void;
}

/**
 * undefined where the system refuses executable memory in both ways that can be had: pages that were
 * writable before (denied by SELinux execmem and by PR_SET_MDWE), and a private mapping of a memory
 * file (denied where vm.memfd_noexec or a policy forbids it).
 */
export function placeCode(code: Uint8Array): CodePages | undefined {
  const size = Math.ceil(code.length / PAGE_SIZE) * PAGE_SIZE;
  const address = fromAnonymousPages(code, size) ?? fromMemoryFile(code, size);
  if (address === undefined) return undefined;
  return { address, free: () => void munmap(address, size) };
}

function fromAnonymousPages(code: Uint8Array, size: number): number | undefined {
  const address = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address === -1) return undefined;
  new Uint8Array(viewMemory(address, size)).set(code);
  if (mprotect(address, size, PROT_READ | PROT_EXEC) === 0) return address;
  munmap(address, size);
  return undefined;
}

function fromMemoryFile(code: Uint8Array, size: number): number | undefined {
  const descriptor = createExecutableMemoryFile('tsltrace');
  if (descriptor < 0) return undefined;
  const staging = new NativeBlock(size);
  staging.bytes.set(code);
  const written = pwrite(descriptor, staging.address, size, 0);
  staging.free();
  const address =
    written === size ? mmap(0, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0) : -1;
  close(descriptor);
  return address === -1 ? undefined : address;
}

/** A memory file whose contents may be executed; negative when it is refused. */
export function createExecutableMemoryFile(name: string): number {
  // Kernels before 6.3 do not know MFD_EXEC and refuse unknown flags.
  const file = memfdCreate(name, MFD_CLOEXEC | MFD_EXEC);
  return file >= 0 ? file : memfdCreate(name, MFD_CLOEXEC);
}

function mapFailure(call: string): SystemError {
  const error = errno();
  return new SystemError(call, error, describeErrno(error));
}
