/** Descriptors that a program is given: made here with close-on-exec, which is taken off in the program alone. */
import { describeErrno } from '../../../base/errno-names.js';
import { SystemError } from '../../../base/errors.js';
import { close, errno, fcntl, pipe2, socketpair } from '../libc.js';
import { NativeBlock } from '../native-memory.js';

/** fcntl.h */
const O_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;
/** sys/socket.h */
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** @throws SystemError where the process may have no more descriptors */
export function openPipe(): Pipe {
  return openPair('pipe2', (ends) => pipe2(ends, O_CLOEXEC));
}

/** Both ends read and write. Throws SystemError where the process may have no more descriptors. */
export function openSocketPair(): Pipe {
  return openPair('socketpair', (ends) => socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
}

function openPair(call: string, make: (ends: number) => number): Pipe {
  const ends = new NativeBlock(8);
  try {
    if (make(ends.address) !== 0) throw systemError(call);
    return { readEnd: ends.view.getInt32(0, true), writeEnd: ends.view.getInt32(4, true) };
  } finally {
    ends.free();
  }
}

/**
 * Another descriptor of the same open file, with a number from `least` up.
 *
 * @throws SystemError, EBADF where there is no such descriptor
 */
export function duplicateFrom(least: number, descriptor: number): number {
  const copy = fcntl(descriptor, F_DUPFD_CLOEXEC, least);
  if (copy < 0) throw systemError('fcntl(F_DUPFD_CLOEXEC)', `descriptor ${descriptor}`);
  return copy;
}

export function closeDescriptor(descriptor: number): void {
  close(descriptor);
}

function systemError(call: string, subject = ''): SystemError {
  const error = errno();
  return new SystemError(call, error, describeErrno(error), subject);
}
