/** The process that repairs attached programs when the tracer is killed; code/guardian-x86-64.ts. */
import { closeSync, writeSync } from 'node:fs';

import { setWord, type Address } from '../../../base/address.js';
import { describeErrno } from '../../../base/errno-names.js';
import { SystemError } from '../../../base/errors.js';
import type { ProcessId } from '../../../base/ids.js';
import { assemble } from '../../../base/machine-code.js';
import { pause } from '../../../base/pause.js';
import type { Guardian, ProtectedByte, RestoreTurn } from '../../guardian.js';
import {
  GUARD,
  GUARDIAN_X86_64,
  GUARD_ENTRY,
  GUARD_HEADER_BYTES,
} from '../code/guardian-x86-64.js';
import {
  MAP_SHARED,
  MFD_CLOEXEC,
  O_CLOEXEC,
  PAGE_SIZE,
  PROT_READ,
  PROT_WRITE,
} from '../constants.js';
import { runByCode } from '../launching/launch.js';
import { errno, ftruncate, memfdCreate, mmap, munmap, pipe2, viewMemory } from '../libc.js';
import { createExecutableMemoryFile, NativeBlock } from '../native-memory.js';
import { GUARDIAN_NAME } from './old-guardians.js';
import { taskWithMemory } from '../proc/procfs.js';
import { tinyProgram } from '../launching/tiny-program.js';

/** Room for half a million breakpoints; the file is sparse. */
const TABLE_BYTES = 8 << 20;
const CAPACITY = (TABLE_BYTES - GUARD_HEADER_BYTES) / GUARD_ENTRY.BYTES;
/** Entries viewed at once: V8 counts what is viewed as memory in use, and collects garbage for 8 MiB of it. */
const PIECE = 4096;
/** A guardian that lives and is not on watch after this time does not work here; a busy machine takes long. */
const READY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** 0 stands for an entry that nobody uses. */
const TURNS: Readonly<Record<RestoreTurn, number>> = { first: 1, last: 2 };
const ALL_SIGNALS = 0xffffffffffffffffn;

/** undefined where the system does not let us run it. */
export function startGuardian(): Guardian | undefined {
  const table = SharedTable.create();
  if (table === undefined) return undefined;
  const pipe = makePipe();
  const hasStarted = run(table, pipe.read);
  closeSync(pipe.read);
  table.closeFile();
  if (hasStarted && table.waitUntilReady(() => hasReader(pipe.write))) {
    return new LinuxGuardian(table, pipe.write);
  }
  closeSync(pipe.write);
  table.unmap();
  return undefined;
}

interface Guarded {
  /** The thread through whose file the guardian writes. */
  readonly task: number;
  /** Entry of each protected byte. */
  readonly entries: Map<Address, number>;
}

class LinuxGuardian implements Guardian {
  private readonly guarded = new Map<ProcessId, Guarded>();
  private readonly free: number[] = [];
  private used = 0;
  private released = false;

  constructor(
    private readonly table: SharedTable,
    private readonly pipe: number,
  ) {}

  protect(pid: ProcessId, { address, originalByte, restored }: ProtectedByte): boolean {
    const entry = this.entryFor(pid, address);
    if (entry === undefined) return false;
    const piece = this.table.pieceWith(entry);
    const at = offsetInPiece(entry);
    setWord(piece, at + GUARD_ENTRY.ADDRESS, address);
    piece.setUint32(at + GUARD_ENTRY.PROCESS, this.ofProcess(pid).task, true);
    piece.setUint8(at + GUARD_ENTRY.ORIGINAL_BYTE, originalByte);
    // Last: we may be killed between any two of these.
    piece.setUint8(at + GUARD_ENTRY.TURN, TURNS[restored]);
    this.table.header.setUint32(GUARD.GUARD_COUNT, this.used, true);
    return true;
  }

  unprotect(pid: ProcessId, address: Address): void {
    const entries = this.guarded.get(pid)?.entries;
    const entry = entries?.get(address);
    if (entry === undefined) return;
    entries?.delete(address);
    this.vacate(entry);
  }

  forgetProcess(pid: ProcessId): void {
    for (const entry of this.guarded.get(pid)?.entries.values() ?? []) this.vacate(entry);
    this.guarded.delete(pid);
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.table.header.setUint32(GUARD.GUARD_RELEASED, 1, true);
    closeSync(this.pipe);
    this.table.unmap();
  }

  private entryFor(pid: ProcessId, address: Address): number | undefined {
    const { entries } = this.ofProcess(pid);
    const known = entries.get(address);
    if (known !== undefined) return known;
    const entry = this.free.pop() ?? (this.used < CAPACITY ? this.used++ : undefined);
    if (entry !== undefined) entries.set(address, entry);
    return entry;
  }

  private ofProcess(pid: ProcessId): Guarded {
    let guarded = this.guarded.get(pid);
    if (guarded === undefined) {
      guarded = { task: taskWithMemory(pid), entries: new Map() };
      this.guarded.set(pid, guarded);
    }
    return guarded;
  }

  private vacate(entry: number): void {
    this.table.pieceWith(entry).setUint8(offsetInPiece(entry) + GUARD_ENTRY.TURN, 0);
    this.free.push(entry);
  }
}

function offsetInPiece(entry: number): number {
  return (entry % PIECE) * GUARD_ENTRY.BYTES;
}

/** A memory file that the guardian maps too. */
class SharedTable {
  readonly header: DataView;
  private readonly pieces: DataView[] = [];

  private constructor(
    readonly file: number,
    private readonly address: number,
  ) {
    this.header = new DataView(viewMemory(address, GUARD_HEADER_BYTES));
  }

  static create(): SharedTable | undefined {
    const file = memfdCreate('tsltrace-guard', MFD_CLOEXEC);
    if (file < 0) return undefined;
    const protection = PROT_READ | PROT_WRITE;
    const address =
      ftruncate(file, TABLE_BYTES) === 0
        ? mmap(0, TABLE_BYTES, protection, MAP_SHARED, file, 0)
        : -1;
    if (address === -1) {
      closeSync(file);
      return undefined;
    }
    return new SharedTable(file, address);
  }

  /** @param entry below {@link CAPACITY}; it stands at {@link offsetInPiece} */
  pieceWith(entry: number): DataView {
    const piece = Math.floor(entry / PIECE);
    return (this.pieces[piece] ??= this.view(piece * PIECE));
  }

  private view(first: number): DataView {
    const at = this.address + GUARD_HEADER_BYTES + first * GUARD_ENTRY.BYTES;
    const entries = Math.min(PIECE, CAPACITY - first);
    return new DataView(viewMemory(at, entries * GUARD_ENTRY.BYTES));
  }

  /** False when there is no guardian any more, or it does not come to its work. */
  waitUntilReady(isThere: () => boolean): boolean {
    for (let waited = 0; waited < READY_WITHIN_MS; waited++) {
      if (this.header.getUint32(GUARD.GUARD_READY, true) === 1) return true;
      if (waited % LOOK_EVERY_MS === LOOK_EVERY_MS - 1 && !isThere()) return false;
      pause(1);
    }
    return false;
  }

  closeFile(): void {
    closeSync(this.file);
  }

  /** The views must not be used any more. */
  unmap(): void {
    munmap(this.address, TABLE_BYTES);
  }
}

function run(table: SharedTable, pipe: number): boolean {
  const code = assemble(GUARDIAN_X86_64, {
    TABLE_BYTES,
    TABLE_FILE: table.file,
    PIPE: pipe,
  });
  const program = makeProgramFile(tinyProgram(code.bytes));
  if (program === undefined) return false;
  try {
    return runByCode(
      {
        program: `/proc/self/fd/${program}`,
        argv: [GUARDIAN_NAME, String(process.pid)],
        environment: [],
      },
      { descriptors: [pipe, table.file], ignoredSignals: ALL_SIGNALS },
    );
  } finally {
    closeSync(program);
  }
}

function makeProgramFile(bytes: Uint8Array): number | undefined {
  const file = createExecutableMemoryFile(GUARDIAN_NAME);
  if (file < 0) return undefined;
  writeSync(file, bytes);
  return file;
}

/** The guardian ignores what is written to it; without a reader there is EPIPE. */
function hasReader(pipe: number): boolean {
  try {
    return writeSync(pipe, '.') === 1;
  } catch {
    return false;
  }
}

function makePipe(): { read: number; write: number } {
  const block = new NativeBlock(PAGE_SIZE);
  try {
    if (pipe2(block.address, O_CLOEXEC) !== 0) {
      const error = errno();
      throw new SystemError('pipe2', error, describeErrno(error));
    }
    return { read: block.view.getInt32(0, true), write: block.view.getInt32(4, true) };
  } finally {
    block.free();
  }
}
