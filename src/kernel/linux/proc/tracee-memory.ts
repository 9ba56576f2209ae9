/**
 * Reads and writes of tracee memory.
 *
 * Whoever reads a page that the program itself is to fill, by userfaultfd(2), must not wait for it: the thread that fills
 * may be one that we hold. process_vm_readv(2) waits, for ever; /proc/PID/mem does not (__access_remote_vm in mm/memory.c
 * lets nothing be retried), and is no slower. But it reads also what the program may not read, so each page is tried by
 * the other way, once it is there.
 *
 * Hot path: `read` runs at every stop that shows a pointer.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

import { setWord, toAddress, type Address, type MemoryBlock } from '../../../base/address.js';
import { describeErrno } from '../../../base/errno-names.js';
import { SystemError, TraceeGone, unlessGone, UserError } from '../../../base/errors.js';
import type { ProcessId } from '../../../base/ids.js';
import { EFAULT, EIO, ENOENT, EPERM, ESRCH, PAGE_SIZE } from '../constants.js';
import { PART, STAGING_BYTES } from '../control-block.js';
import { errno, pread, processVmReadv } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import { parseOpenFileLimit } from '../launching/inherited.js';
import { keepsDescriptors, withDescriptor } from '../ourselves/descriptors.js';
import { tryRead } from './proc-files.js';
import { readExecutablePath, taskWithMemory } from './procfs.js';
import { HeldFiles } from './held-files.js';
import { GatheredReads } from './gathered-reads.js';
import { ReadablePages } from './readable-pages.js';
import { peekBytes, pokeBytes } from './word-by-word.js';

/** Where the struct iovec of a read go: ours, then that of the tracee. */
const IOVEC_BYTES = 16;
const LOCAL = PART.READ;
const REMOTE = PART.READ + IOVEC_BYTES;
const MOST_FILES = 256;

export class TraceeMemory {
  /** Open /proc/PID/mem, used last last. */
  private readonly files = new Map<ProcessId, number>();
  private readonly mostFiles = mostOpen();
  /** Threads that stand for processes whose first thread has ended: that one has no memory any more. */
  private readonly substitutes = new Map<ProcessId, number>();

  /** Whose memory was read last, and its file; undefined where it cannot be opened. */
  private latest: { readonly pid: ProcessId; readonly file: number | undefined } | undefined;
  private readonly readable = new ReadablePages();
  private readonly gathered: GatheredReads;
  private readonly held: HeldFiles;
  private readonly closed: () => void;

  /** @param tracer the thread that traces */
  constructor(
    private readonly block: NativeBlock,
    tracer: number,
  ) {
    this.held = new HeldFiles(tracer);
    this.gathered = new GatheredReads(block, this.readable);
    this.closed = keepsDescriptors(() => this.closeOldest());
  }

  read(pid: ProcessId, address: Address, into: Uint8Array): number {
    const file = this.fileToRead(pid);
    let done = 0;
    while (file !== undefined && done < into.length) {
      const wanted = Math.min(STAGING_BYTES, into.length - done);
      const count = this.countWithoutWaiting(pid, address + done, wanted);
      if (count === 0) return done;
      const got = pread(file, this.block.address + PART.STAGING, count, address + done);
      // Its memory has ended: by its end, or because it is another program now.
      if (got === 0 && done === 0) break;
      if (got <= 0) return done;
      const mayBeRead = this.readableBytes(pid, address + done, got);
      this.copyOut(into, done, mayBeRead);
      done += mayBeRead;
      if (mayBeRead < wanted) return done;
    }
    return done > 0 || into.length === 0 ? done : this.readByProcess(pid, address, into);
  }

  /** See Kernel.readBlocks. */
  readBlocks(pid: ProcessId, blocks: readonly MemoryBlock[], into: Uint8Array): number {
    if (this.gathered.read(pid, this.taskOf(pid), blocks, into)) return into.length;
    let done = 0;
    for (const { address, bytes } of blocks) {
      const got = this.read(pid, toAddress(address), into.subarray(done, done + bytes));
      done += got;
      if (got < bytes) break;
    }
    return done;
  }

  /** For who does not let its memory be opened. */
  private readByProcess(pid: ProcessId, address: Address, into: Uint8Array): number {
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
    this.readable.forget(pid);
    this.gathered.forget(pid);
    this.held.forget(pid);
    this.latest = undefined;
    const file = this.files.get(pid);
    if (file === undefined) return;
    this.files.delete(pid);
    closeSync(file);
  }

  close(): void {
    for (const pid of [...this.files.keys()]) this.forget(pid);
    this.held.close();
    this.closed();
  }

  /** It can be opened again, but by whoever may still do so: a process may have changed its user meanwhile. */
  private closeOldest(): boolean {
    const [oldest] = this.files;
    if (oldest === undefined) return false;
    const [pid, file] = oldest;
    this.latest = undefined;
    this.files.delete(pid);
    closeSync(file);
    return true;
  }

  private fileToRead(pid: ProcessId): number | undefined {
    if (this.latest?.pid === pid) return this.latest.file;
    let file: number | undefined;
    try {
      file = this.file(pid);
    } catch {
      // Whoever reads the other way is told why that cannot be.
    }
    this.latest = { pid, file };
    return file;
  }

  /** How many of the bytes can be read without waiting for one of our tracees. */
  private countWithoutWaiting(pid: ProcessId, address: number, count: number): number {
    const last = Math.floor((address + count - 1) / PAGE_SIZE);
    for (let page = Math.floor(address / PAGE_SIZE); page <= last; page++) {
      if (this.readable.has(pid, page)) continue;
      const start = Math.max(address, page * PAGE_SIZE);
      if (this.held.keepWaiting(pid, start)) return start - address;
    }
    return count;
  }

  /** How many of the bytes, which are there, the program may read itself: the page from which on it may not ends them. */
  private readableBytes(pid: ProcessId, address: number, count: number): number {
    const last = Math.floor((address + count - 1) / PAGE_SIZE);
    for (let page = Math.floor(address / PAGE_SIZE); page <= last; page++) {
      if (this.readable.has(pid, page)) continue;
      const start = Math.max(address, page * PAGE_SIZE);
      if (!this.isReadable(pid, start)) return start - address;
      this.readable.add(pid, page);
    }
    return count;
  }

  private isReadable(pid: ProcessId, address: number): boolean {
    // Into a place of its own: what was read waits in the staging area.
    const got = this.readOnce(pid, address, 1, PART.SCRATCH);
    return got === 1 || errno() !== EFAULT;
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

  private readOnce(
    pid: ProcessId,
    address: number,
    size: number,
    into: number = PART.STAGING,
  ): number {
    const { view, address: base } = this.block;
    // Others use the scratch part between two reads, so all of it is written each time.
    setWord(view, LOCAL, base + into);
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

function writeFailure(pid: ProcessId, address: Address, cause: unknown): Error {
  if (cause instanceof UserError) return cause;
  const error = cause instanceof Error && 'errno' in cause ? -Number(cause.errno) : EIO;
  const isGone = unlessGone(() => readExecutablePath(pid)) === undefined;
  // Memory that was opened before its process ended takes no bytes, and has no error for that.
  if (error === ESRCH || error === ENOENT || isGone) return new TraceeGone(pid);
  const subject = `${address.toString(16)} of process ${pid}`;
  return new SystemError('write to memory', error, describeErrno(error), subject);
}
