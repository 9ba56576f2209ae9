/**
 * Reads and writes of tracee memory.
 *
 * Hot path: `read` runs at every stop that shows a pointer.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

import type { Address, MemoryBlock } from '../../../base/address.js';
import { setWord } from '../../../base/address.js';
import { describeErrno } from '../../../base/errno-names.js';
import { SystemError, TraceeGone, unlessGone, UserError } from '../../../base/errors.js';
import type { ProcessId } from '../../../base/ids.js';
import {
  EFAULT,
  EIO,
  ENOENT,
  EPERM,
  ESRCH,
  PAGE_SIZE,
  PTRACE_PEEKDATA,
  PTRACE_POKEDATA,
} from '../constants.js';
import { PART, STAGING_BYTES } from '../control-block.js';
import { clearErrno, errno, processVmReadv, ptracePeek, ptracePoke } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import { parseOpenFileLimit } from '../launching/inherited.js';
import { keepsDescriptors, withDescriptor } from '../ourselves/descriptors.js';
import { tryRead } from './proc-files.js';
import { readExecutablePath, taskWithMemory } from './procfs.js';

/** Where the struct iovec of a read go: one of ours, then those of the tracee. */
const IOVEC_BYTES = 16;
const LOCAL = PART.READ;
const REMOTE = PART.READ + IOVEC_BYTES;
const MOST_BLOCKS = (PART.STAGING - REMOTE) / IOVEC_BYTES;
const WORD = 8;
const MOST_FILES = 256;

export class TraceeMemory {
  /** Open /proc/PID/mem of processes that were written to, used last last. */
  private readonly files = new Map<ProcessId, number>();
  private readonly mostFiles = mostOpen();
  /** Threads that stand for processes whose first thread has ended: that one has no memory any more. */
  private readonly substitutes = new Map<ProcessId, number>();

  private readonly closed: () => void;

  constructor(private readonly block: NativeBlock) {
    this.closed = keepsDescriptors(() => this.closeOldest());
  }

  read(pid: ProcessId, address: Address, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const wanted = Math.min(STAGING_BYTES, into.length - done);
      const got = this.readStaged(pid, address + done, wanted);
      if (got === -ESRCH && this.findSubstitute(pid)) continue;
      if (got <= 0) return done > 0 ? done : this.readOtherwise(pid, address, into, got);
      this.copyOut(into, done, got);
      done += got;
      if (got < wanted) break;
    }
    return done;
  }

  /** See Kernel.readBlocks. Blocks beyond the staging area or the room for struct iovec are not read. */
  readBlocks(pid: ProcessId, blocks: readonly MemoryBlock[], into: Uint8Array): number {
    const { view, address: base } = this.block;
    let bytes = 0;
    let count = 0;
    for (const block of blocks) {
      if (count === MOST_BLOCKS || bytes + block.bytes > STAGING_BYTES) break;
      setWord(view, REMOTE + IOVEC_BYTES * count, block.address);
      setWord(view, REMOTE + IOVEC_BYTES * count + WORD, block.bytes);
      bytes += block.bytes;
      count++;
    }
    setWord(view, LOCAL, base + PART.STAGING);
    setWord(view, LOCAL + WORD, bytes);
    const got = processVmReadv(this.taskOf(pid), base + LOCAL, 1, base + REMOTE, count, 0);
    if (got > 0) this.copyOut(into, 0, got);
    return Math.max(0, got);
  }

  write(pid: ProcessId, address: Address, bytes: Uint8Array): void {
    let error: unknown;
    try {
      if (writeSync(this.file(pid), bytes, 0, bytes.length, address) === bytes.length) return;
    } catch (caught) {
      error = caught;
    }
    // Refused where proc_mem.force_override forbids it; ptrace itself is not subject to that.
    if (!pokeBytes(this.taskOf(pid), address, bytes)) throw writeFailure(pid, address, error);
  }

  forget(pid: ProcessId): void {
    this.substitutes.delete(pid);
    const file = this.files.get(pid);
    if (file === undefined) return;
    this.files.delete(pid);
    closeSync(file);
  }

  close(): void {
    for (const pid of [...this.files.keys()]) this.forget(pid);
    this.closed();
  }

  /** It can be opened again, but by whoever may still do so: a process may have changed its user meanwhile. */
  private closeOldest(): boolean {
    const [oldest] = this.files;
    if (oldest === undefined) return false;
    const [pid, file] = oldest;
    this.files.delete(pid);
    closeSync(file);
    return true;
  }

  /** Bytes now in the staging area, or a negative error number. */
  private readStaged(pid: ProcessId, address: number, size: number): number {
    const got = this.readOnce(pid, address, size);
    if (got >= 0) return got;
    const error = errno();
    // process_vm_readv(2) promises partial reads only between elements, so ask for the first page alone.
    const firstPage = PAGE_SIZE - (address % PAGE_SIZE);
    if (error !== EFAULT || firstPage >= size) return -error;
    const retried = this.readOnce(pid, address, firstPage);
    return retried >= 0 ? retried : -errno();
  }

  private readOnce(pid: ProcessId, address: number, size: number): number {
    const { view, address: base } = this.block;
    // Others use the scratch part between two reads, so all of it is written each time.
    setWord(view, LOCAL, base + PART.STAGING);
    setWord(view, LOCAL + 8, size);
    setWord(view, REMOTE, address);
    setWord(view, REMOTE + 8, size);
    return processVmReadv(this.taskOf(pid), base + LOCAL, 1, base + REMOTE, 1, 0);
  }

  private copyOut(into: Uint8Array, at: number, count: number): void {
    const { bytes } = this.block;
    if (count > 32) {
      into.set(bytes.subarray(PART.STAGING, PART.STAGING + count), at);
      return;
    }
    for (let i = 0; i < count; i++) into[at + i] = bytes[PART.STAGING + i] ?? 0;
  }

  /**
   * A tracee that changed its user or is not dumpable denies process_vm_readv (ptrace(2), "Ptrace
   * access mode checking"), but not its tracer's ptrace requests and open memory file.
   */
  private readOtherwise(
    pid: ProcessId,
    address: Address,
    into: Uint8Array,
    result: number,
  ): number {
    if (result === -ESRCH) throw new TraceeGone(pid);
    if (result !== -EPERM) return 0;
    try {
      return readSync(this.file(pid), into, 0, into.length, address);
    } catch {
      return peekBytes(this.taskOf(pid), address, into);
    }
  }

  private file(pid: ProcessId): number {
    const known = this.files.get(pid);
    this.files.delete(pid);
    if (known === undefined && this.files.size >= this.mostFiles) this.closeOldest();
    const file = known ?? withDescriptor(() => openSync(`/proc/${taskWithMemory(pid)}/mem`, 'r+'));
    this.files.set(pid, file);
    return file;
  }

  private taskOf(pid: ProcessId): number {
    return this.substitutes.size === 0 ? pid : (this.substitutes.get(pid) ?? pid);
  }

  /** After ESRCH: is there another thread to read through than the one that was tried? */
  private findSubstitute(pid: ProcessId): boolean {
    const task = taskWithMemory(pid);
    if (task === this.taskOf(pid)) return false;
    this.substitutes.set(pid, task);
    return true;
  }
}

/** Of the memory of so many processes at once: others need descriptors, too. */
function mostOpen(): number {
  const limit = parseOpenFileLimit(tryRead('/proc/self/limits') ?? '')?.soft ?? 0n;
  return Math.max(1, Math.min(MOST_FILES, Math.floor(Number(limit) / 4)));
}

/** Word by word; needs the thread to be stopped. Returns how many bytes were read. */
function peekBytes(pid: number, address: number, into: Uint8Array): number {
  const word = new DataView(new ArrayBuffer(WORD));
  for (let done = 0; done < into.length;) {
    const skip = (address + done) % WORD;
    const value = peekWord(pid, address + done - skip);
    if (value === undefined) return done;
    word.setBigUint64(0, value, true);
    const count = Math.min(WORD - skip, into.length - done);
    for (let i = 0; i < count; i++) into[done + i] = word.getUint8(skip + i);
    done += count;
  }
  return into.length;
}

/** Word by word; needs the thread to be stopped. False when a word was refused. */
function pokeBytes(pid: number, address: number, bytes: Uint8Array): boolean {
  const word = new DataView(new ArrayBuffer(WORD));
  for (let done = 0; done < bytes.length;) {
    const skip = (address + done) % WORD;
    const aligned = address + done - skip;
    const count = Math.min(WORD - skip, bytes.length - done);
    const old = peekWord(pid, aligned);
    if (old === undefined) return false;
    word.setBigUint64(0, old, true);
    for (let i = 0; i < count; i++) word.setUint8(skip + i, bytes[done + i] ?? 0);
    const value = word.getBigInt64(0, true);
    if (ptracePoke(PTRACE_POKEDATA, pid, aligned, value) !== 0) return false;
    done += count;
  }
  return true;
}

function peekWord(pid: number, aligned: number): bigint | undefined {
  clearErrno();
  const value = ptracePeek(PTRACE_PEEKDATA, pid, aligned, 0);
  if (errno() !== 0) return undefined;
  return BigInt.asUintN(64, BigInt(value));
}

function writeFailure(pid: ProcessId, address: Address, cause: unknown): Error {
  if (cause instanceof UserError) return cause;
  const error = cause instanceof Error && 'errno' in cause ? -Number(cause.errno) : EIO;
  const isGone = unlessGone(() => readExecutablePath(pid)) === undefined;
  // Memory that was opened before its process ended takes no bytes, and has no error for that.
  if (error === ESRCH || error === ENOENT || isGone) return new TraceeGone(pid);
  const subject = `${address.toString(16)} of process ${pid}`;
  return new SystemError('write to memory', error, describeErrno(error), subject);
}
