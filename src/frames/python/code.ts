// Hot path: runs at every call whose script is asked for.
/**
 * Code objects of CPython. What was made of one is kept, but believed only while its memory, and that of all it refers
 * to, still says the same: the next code object may lie at the same address.
 */
import type { MemoryBlock } from '../../base/address.js';
import { pointerIn, uint32In, wordIn, type ReadAhead } from '../read-ahead.js';
import { OBJECT, type CodeLayout } from './layout.js';
import { lineAt } from './line-table.js';
import type { Addresses, ObjectReader } from './text.js';

/** A code object that was read, and found sound. */
export interface Code {
  readonly name: string;
  readonly file: string;
  /** Bytes of its instructions. */
  readonly size: number;
  /** Code units before this one begin a frame that the program does not see yet; 0 where there are none. */
  readonly firstTraceable: number;
  /** @param offset of an instruction, bytes */
  lineOf(offset: number): number | undefined;
}

interface KnownCode {
  readonly head: Uint8Array;
  /** What the head refers to. */
  readonly blocks: readonly MemoryBlock[];
  readonly bytes: Uint8Array;
  readonly code: Code;
}

/** Beyond these the oldest are read again: functions that make calls are fewer. */
const MOST_KNOWN = 4096;

export class CodeReader {
  private readonly known = new Map<number, KnownCode>();

  constructor(
    private readonly layout: CodeLayout,
    private readonly objects: ObjectReader,
    /** Where PyCode_Type is. */
    private readonly type: Addresses,
  ) {}

  /** undefined where there is no such object. */
  read(memory: ReadAhead, address: number): Code | undefined {
    const whole = memory.take(address + OBJECT.type, this.layout.bytes - OBJECT.type);
    if (whole === undefined || !this.type.has(pointerIn(whole, 0))) return undefined;
    const head = this.significant(whole);
    const known = this.known.get(address);
    if (known !== undefined && isSame(head, known.head)) {
      const now = memory.takeTogether(known.blocks, known.bytes.length);
      if (now !== undefined && isSame(now, known.bytes)) return known.code;
    }
    return this.readAnew(memory, address, head);
  }

  /** The members that tell what it is; others count how often it ran. */
  private significant(whole: Uint8Array): Uint8Array {
    const { file, name, lines, firstLine, instructions } = this.layout;
    const { kind, at } = instructions;
    const head = new Uint8Array(HEAD.bytes);
    const copy = (to: number, from: number, bytes: number): void =>
      head.set(whole.subarray(from - OBJECT.type, from - OBJECT.type + bytes), to);
    copy(HEAD.file, file, 8);
    copy(HEAD.name, name, 8);
    copy(HEAD.lines, lines, 8);
    copy(HEAD.firstLine, firstLine, 4);
    if (kind === 'object') copy(HEAD.instructions, at, 8);
    else {
      copy(HEAD.instructions, OBJECT.size, 8);
      copy(HEAD.firstTraceable, instructions.firstTraceable, 4);
    }
    return head;
  }

  private readAnew(memory: ReadAhead, address: number, head: Uint8Array): Code | undefined {
    const { objects, layout } = this;
    const file = objects.text(memory, pointerIn(head, HEAD.file));
    const name = objects.text(memory, pointerIn(head, HEAD.name));
    const lines = objects.bytes(memory, pointerIn(head, HEAD.lines));
    const isInline = layout.instructions.kind === 'inline';
    const size = isInline
      ? { value: 2 * wordIn(head, HEAD.instructions), block: undefined }
      : objects.size(memory, pointerIn(head, HEAD.instructions));
    if (!file || !name || !lines || !size) return undefined;
    const code = new KnownLines(
      { name: name.value, file: file.value, size: size.value },
      { form: layout.lineForm, table: lines.value, first: uint32In(head, HEAD.firstLine) | 0 },
      uint32In(head, HEAD.firstTraceable),
    );
    const blocks = [file.block, name.block, lines.block, size.block].filter(
      (one) => one !== undefined,
    );
    this.keep(memory, address, { head, blocks, code });
    return code;
  }

  private keep(memory: ReadAhead, address: number, made: Omit<KnownCode, 'bytes'>): void {
    const total = made.blocks.reduce((sum, { bytes }) => sum + bytes, 0);
    const bytes = memory.takeTogether(made.blocks, total)?.slice();
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= MOST_KNOWN) this.known.delete(oldest);
    if (bytes !== undefined) this.known.set(address, { ...made, bytes });
  }
}

/** Offsets in what {@link CodeReader} keeps of a code object. */
const HEAD = {
  file: 0,
  name: 8,
  lines: 16,
  instructions: 24,
  firstLine: 32,
  firstTraceable: 36,
  bytes: 40,
} as const;

interface Lines {
  readonly form: CodeLayout['lineForm'];
  readonly table: Uint8Array;
  readonly first: number;
}

/** A function calls from few places. */
const MOST_LINES = 1024;

class KnownLines implements Code {
  readonly name: string;
  readonly file: string;
  readonly size: number;
  private readonly lines = new Map<number, number | undefined>();

  constructor(
    { name, file, size }: Pick<Code, 'name' | 'file' | 'size'>,
    private readonly source: Lines,
    readonly firstTraceable: number,
  ) {
    this.name = name;
    this.file = file;
    this.size = size;
  }

  lineOf(offset: number): number | undefined {
    const { lines, source } = this;
    if (lines.has(offset)) return lines.get(offset);
    const line = lineAt(source.form, source.table, source.first, offset);
    if (lines.size < MOST_LINES) lines.set(offset, line);
    return line;
  }
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}
