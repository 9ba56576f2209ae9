/** What a process and we share to count its calls: code of ours in it, and memory that both can write. */
import { INLINE, INLINE_SIZES, inlineHash, type InlineCalls } from '../../arch/inline-calls.js';
import { setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { InsideAccess, SharedMemory } from '../../kernel/inside-access.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import type { RemoteCaller } from '../remote/remote-caller.js';

export const MOST_POINTS = 4096;
/** The table of return addresses is then half full. */
const MOST_RETURNS = INLINE_SIZES.RETURN_TABLE_ENTRIES / 2;
const MOST_THREADS = INLINE_SIZES.THREAD_TABLE_ENTRIES / 2;
/** Each point has two records: one to go on with the call, one to begin it anew. */
const RECORDS_PER_POINT = 2;

const POINTS_AT = 0x1000;
const RETURNS_AT = POINTS_AT + MOST_POINTS * RECORDS_PER_POINT * INLINE_SIZES.POINT_BYTES;
const RETURN_TABLE_AT = RETURNS_AT + MOST_RETURNS * INLINE_SIZES.RETURN_BYTES;
const THREADS_AT =
  RETURN_TABLE_AT + INLINE_SIZES.RETURN_TABLE_ENTRIES * INLINE_SIZES.TABLE_ENTRY_BYTES;
const ARENA_AT = THREADS_AT + INLINE_SIZES.THREAD_TABLE_ENTRIES * INLINE_SIZES.TABLE_ENTRY_BYTES;
/** Of all; the kernel gives memory to what is used only. */
const DATA_BYTES = 0x8000000;

const TRAMPOLINES_AT = 0x1000;
const TRAMPOLINES_BYTES = MOST_RETURNS * INLINE_SIZES.TRAMPOLINE_BYTES;
const CODE_BYTES = TRAMPOLINES_AT + TRAMPOLINES_BYTES;

// <asm-generic/mman-common.h>, <asm-generic/mman.h>
const PROT_READ_EXEC = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/** What stands in a table in place of an entry that was removed: the search goes on behind it. */
const REMOVED = 1;

export class InlineMemory {
  /** Where the process has what is shared, and its code. */
  readonly data: Address;
  readonly code: Address;
  private readonly tables: DataView;
  private readonly labels: ReadonlyMap<string, number>;
  private arenaTop = ARENA_AT;
  private points = 0;
  private returns = 0;
  private threads = 0;

  private constructor(
    private readonly memory: Pick<ProcessMemory, 'write'>,
    private readonly inline: InlineCalls,
    private readonly shared: SharedMemory,
    { data, code }: { readonly data: Address; readonly code: Address },
  ) {
    this.data = data;
    this.code = code;
    this.tables = shared.view(0, ARENA_AT);
    const { bytes, labels } = inline.code({
      THREADS: data + THREADS_AT,
      RETURN_TABLE: data + RETURN_TABLE_AT,
      RETURNS: code + TRAMPOLINES_AT,
      RETURNS_BYTES: TRAMPOLINES_BYTES,
    });
    this.labels = labels;
    memory.write(code, bytes);
  }

  /** undefined when the process refuses it. */
  static map(
    inside: InsideAccess,
    memory: Pick<ProcessMemory, 'write'>,
    inline: InlineCalls,
    tracee: { readonly caller: RemoteCaller; readonly user: number; readonly mmap: number },
  ): InlineMemory | undefined {
    const { caller, user, mmap } = tracee;
    const shared = inside.share(DATA_BYTES, user);
    if (shared === undefined) return undefined;
    const data = caller.call(inline.attachMemory, [shared.id, 0, 0]);
    const code = data < 0 ? data : mapCode(caller, mmap);
    if (code < 0) {
      shared.release();
      return undefined;
    }
    const places = { data: toAddress(data), code: toAddress(code) };
    return new InlineMemory(memory, inline, shared, places);
  }

  /** Of a place in the code; see InlineCalls.code. */
  labelAt(name: 'enter' | 'leave' | 'enter_trap' | 'leave_trap' | 'mode'): Address {
    return toAddress(this.code + (this.labels.get(name) ?? 0));
  }

  /** See InlineCalls. */
  withoutEntering(pc: number): Address | undefined {
    const at = this.inline.withoutEntering(pc - this.code, this.labels);
    return at === undefined ? undefined : toAddress(this.code + at);
  }

  isTrampoline(word: number): boolean {
    const first = this.code + TRAMPOLINES_AT;
    return word >= first && word < first + TRAMPOLINES_BYTES;
  }

  /** Records of one more point; undefined when there is no more room. */
  addPoint():
    { readonly index: number; readonly goOn: Address; readonly again: Address } | undefined {
    if (this.points === MOST_POINTS) return undefined;
    const index = this.points++;
    const at = POINTS_AT + index * RECORDS_PER_POINT * INLINE_SIZES.POINT_BYTES;
    const goOn = toAddress(this.data + at);
    return { index, goOn, again: toAddress(goOn + INLINE_SIZES.POINT_BYTES) };
  }

  /** @param rowAt offset of the point's row in a block */
  setPoint(record: Address, goOn: Address, rowAt: number): void {
    const at = record - this.data;
    setWord(this.tables, at + INLINE.POINT_ENTER, this.labelAt('enter'));
    setWord(this.tables, at + INLINE.POINT_GO_ON, goOn);
    setWord(this.tables, at + INLINE.POINT_ROW, rowAt);
  }

  /** A trampoline for a return address, and its record; undefined when there is no more room. */
  addReturn(returnAddress: Address, goOn: Address): ReturnRecord | undefined {
    if (this.returns === MOST_RETURNS) return undefined;
    const index = this.returns++;
    const record = toAddress(this.data + RETURNS_AT + index * INLINE_SIZES.RETURN_BYTES);
    const trampoline = toAddress(
      this.code + TRAMPOLINES_AT + index * INLINE_SIZES.TRAMPOLINE_BYTES,
    );
    this.memory.write(trampoline, this.inline.trampoline(record));
    const at = record - this.data;
    setWord(this.tables, at + INLINE.RETURN_LEAVE, this.labelAt('leave'));
    setWord(this.tables, at + INLINE.RETURN_SELF, trampoline);
    this.setGoOn(record, goOn);
    this.insert(RETURN_TABLE_AT, INLINE_SIZES.RETURN_TABLE_ENTRIES, returnAddress, trampoline);
    return { record, trampoline, returnAddress };
  }

  setGoOn(record: Address, goOn: Address): void {
    setWord(this.tables, record - this.data + INLINE.RETURN_GO_ON, goOn);
  }

  /** No call will get its trampoline any more. */
  forgetReturn(returnAddress: Address): void {
    this.remove(RETURN_TABLE_AT, INLINE_SIZES.RETURN_TABLE_ENTRIES, returnAddress);
  }

  addThread(threadPointer: number, block: Address): boolean {
    if (this.threads === MOST_THREADS) return false;
    this.threads++;
    this.insert(THREADS_AT, INLINE_SIZES.THREAD_TABLE_ENTRIES, threadPointer, block);
    return true;
  }

  removeThread(threadPointer: number): void {
    const entries = INLINE_SIZES.THREAD_TABLE_ENTRIES;
    if (this.remove(THREADS_AT, entries, threadPointer) === 'gone') this.threads--;
  }

  /** Zeroed memory that both have; undefined when there is no more. */
  allocate(bytes: number): { readonly address: Address; readonly view: DataView } | undefined {
    if (this.arenaTop + bytes > DATA_BYTES) return undefined;
    const at = this.arenaTop;
    this.arenaTop += bytes;
    return { address: toAddress(this.data + at), view: this.shared.view(at, bytes) };
  }

  /** Nothing of it may be used any more. The process keeps its part. */
  release(): void {
    this.shared.release();
  }

  /** The value first: a thread may find the key as soon as it is there. */
  private insert(table: number, entries: number, key: number, value: number): void {
    for (let slot = inlineHash(key, entries); ; slot = (slot + 1) % entries) {
      const at = table + slot * INLINE_SIZES.TABLE_ENTRY_BYTES;
      const holder = wordAsNumber(this.tables, at);
      if (holder !== 0 && holder !== REMOVED) continue;
      setWord(this.tables, at + 8, value);
      setWord(this.tables, at, key);
      return;
    }
  }

  /** 'kept': a mark stays in its place, as others follow that begin before it. */
  private remove(table: number, entries: number, key: number): 'gone' | 'kept' {
    for (let slot = inlineHash(key, entries); ; slot = (slot + 1) % entries) {
      const at = table + slot * INLINE_SIZES.TABLE_ENTRY_BYTES;
      const holder = wordAsNumber(this.tables, at);
      if (holder === 0) return 'kept';
      if (holder !== key) continue;
      const next = table + ((slot + 1) % entries) * INLINE_SIZES.TABLE_ENTRY_BYTES;
      const isLast = wordAsNumber(this.tables, next) === 0;
      setWord(this.tables, at, isLast ? 0 : REMOVED);
      return isLast ? 'gone' : 'kept';
    }
  }
}

export interface ReturnRecord {
  readonly record: Address;
  readonly trampoline: Address;
  readonly returnAddress: Address;
}

/** Read-only and executable: we write through /proc/PID/mem, and nobody else may. */
function mapCode(caller: RemoteCaller, mmap: number): number {
  return caller.call(mmap, [0, CODE_BYTES, PROT_READ_EXEC, MAP_PRIVATE_ANONYMOUS, -1, 0]);
}
