/** Memory of a CPython that does not exist, laid out as a version of it does. */
import { toAddress, type Address } from '../../src/base/address.js';
import type { SourceModule } from '../../src/frames/frame-source.js';
import { LAYOUTS, OBJECT, type PythonLayout } from '../../src/frames/python/layout.js';
import { FakeMemory } from './fake-memory.js';

export interface FakeFrame {
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

const BASE = 0x10000;
const SIZE = 0x20000;
export const HANDLE = 0x7f0000001740;
/** PY_VERSION_HEX of a release. */
const hexOf = (version: string): number =>
  ((3 << 24) | (Number(version.split('.')[1]) << 16) | 0xf0) >>> 0;
const CAME_WITH: Readonly<Record<string, string>> = {
  '3.8': 'PyVectorcall_Call',
  '3.9': 'PyType_GetModule',
  '3.10': 'PyIter_Send',
};

export class FakePython {
  readonly memory = new FakeMemory();
  readonly module: SourceModule;
  /** Structures that lead to text, but none of the text itself: what may be mangled. */
  readonly structures: { readonly address: number; readonly bytes: number }[] = [];
  private readonly bytes: Buffer;
  private readonly symbols = new Map<string, number>();
  private next = BASE;
  private stateToFrames = 0;

  constructor(
    private readonly layout: PythonLayout,
    frames: readonly FakeFrame[],
    /** What the first words of _PyRuntime say, 3.13 and later. */
    debugOffsets?: readonly number[],
  ) {
    const region = this.memory.map(BASE, SIZE);
    this.bytes = Buffer.from(region.buffer, region.byteOffset, region.length);
    const { version } = layout;
    for (const type of ['PyUnicode_Type', 'PyBytes_Type', 'PyCode_Type', 'PyFrame_Type']) {
      this.symbols.set(type, this.allocate(16));
    }
    const runtime = this.allocate(4096);
    this.symbols.set('_PyRuntime', runtime);
    debugOffsets?.forEach((word, index) => this.word(runtime + 8 * index, word));
    if (debugOffsets !== undefined) this.bytes.write('xdebugpy', runtime - BASE, 'latin1');
    if (CAME_WITH[version] === undefined) {
      const at = this.allocate(8);
      this.symbols.set('Py_Version', at);
      this.bytes.writeUInt32LE(hexOf(version), at - BASE);
    } else this.symbols.set(CAME_WITH[version], this.allocate(8));
    this.build(runtime, frames);
    this.module = {
      name: `libpython${version}.so.1.0`,
      wordBytes: 8,
      addressOf: (symbol): Address | undefined => {
        const at = this.symbols.get(symbol);
        return at === undefined ? undefined : toAddress(at);
      },
    };
  }

  word(address: number, value: number | bigint): void {
    this.bytes.writeBigUInt64LE(BigInt(value), address - BASE);
  }

  /** As while the interpreter is still making the state of its first thread. */
  forgetFrames(): void {
    this.word(this.stateToFrames, 0);
  }

  private build(runtime: number, frames: readonly FakeFrame[]): void {
    const { layout } = this;
    const { thread } = layout;
    const interpreter = this.structure(layout.interpreter.threads + 8);
    const state = this.structure(thread.bytes + 64);
    this.word(runtime + layout.interpreters, interpreter);
    this.word(interpreter + layout.interpreter.threads, state);
    this.word(state + thread.interpreter, interpreter);
    this.word(state + thread.handle, HANDLE);
    this.stateToFrames = state + thread.frame.at;
    const innermost = this.frames(frames);
    if (thread.frame.kind === 'direct') this.word(state + thread.frame.at, innermost);
    else {
      const { at, current, previous, bytes } = thread.frame;
      const [outer, inner] = [this.structure(bytes), this.structure(bytes)];
      this.word(state + at, inner);
      this.word(inner + current, innermost);
      this.word(inner + previous, outer);
    }
  }

  /** All in one activation of the loop. Returns the innermost. */
  private frames(frames: readonly FakeFrame[]): number {
    const { frame: layout } = this.layout;
    let previous = 0;
    if (layout.kind === 'structures' && layout.isEntry === undefined) {
      previous = this.structure(layout.bytes);
      this.bytes[previous - BASE + layout.owner] = 3;
    }
    for (const [index, one] of [...frames].reverse().entries()) {
      const at = this.structure(layout.bytes);
      const code = this.code(one);
      this.word(at + layout.previous, previous);
      this.word(at + layout.code, code);
      if (layout.kind === 'objects') {
        this.word(at + OBJECT.type, this.symbols.get('PyFrame_Type') ?? 0);
        this.bytes.writeInt32LE(4 / layout.unit, at - BASE + layout.instruction);
      } else {
        const { instructions } = this.layout.code;
        this.word(at + layout.instruction, code + instructions.at + 4);
        if (layout.isEntry !== undefined)
          this.bytes[at - BASE + layout.isEntry] = index === 0 ? 1 : 0;
      }
      previous = at;
    }
    return previous;
  }

  private code({ file, function: name, line }: FakeFrame): number {
    const { code: layout } = this.layout;
    const { instructions } = layout;
    const at = this.structure(layout.bytes + 64);
    this.word(at + OBJECT.type, this.symbols.get('PyCode_Type') ?? 0);
    this.word(at + layout.file, this.text(file));
    this.word(at + layout.name, this.text(name));
    this.word(at + layout.lines, this.bytesObject(LINES[layout.lineForm] ?? new Uint8Array(0)));
    this.bytes.writeInt32LE(line - 3, at - BASE + layout.firstLine);
    if (instructions.kind === 'inline') this.word(at + OBJECT.size, 8);
    else this.word(at + instructions.at, this.bytesObject(new Uint8Array(16)));
    return at;
  }

  private text(value: string): number {
    const { ascii, compact } = this.layout.text;
    const codes = Array.from(value, (character) => character.codePointAt(0) ?? 0);
    const largest = Math.max(...codes);
    const width = largest > 0xffff ? 4 : largest > 0xff ? 2 : 1;
    const from = largest < 0x80 ? ascii : compact;
    const at = this.structure(from);
    this.allocate((codes.length + 1) * width);
    this.word(at + OBJECT.type, this.symbols.get('PyUnicode_Type') ?? 0);
    this.word(at + OBJECT.length, codes.length);
    const state = (width << 2) | (1 << 5) | (largest < 0x80 ? 1 << 6 : 0);
    this.bytes.writeUInt32LE(state, at - BASE + OBJECT.state);
    codes.forEach((code, index) =>
      this.bytes.writeUIntLE(code, at - BASE + from + index * width, width),
    );
    return at;
  }

  private bytesObject(content: Uint8Array): number {
    const at = this.structure(OBJECT.bytes);
    this.allocate(content.length + 1);
    this.word(at + OBJECT.type, this.symbols.get('PyBytes_Type') ?? 0);
    this.word(at + OBJECT.size, content.length);
    this.bytes.set(content, at - BASE + OBJECT.bytes);
    return at;
  }

  private structure(bytes: number): number {
    const address = this.allocate(bytes);
    this.structures.push({ address, bytes });
    return address;
  }

  private allocate(bytes: number): number {
    const at = this.next;
    // What belongs together lies together: the text comes right behind its head.
    this.next += bytes;
    const isHead = bytes % 8 === 0;
    if (!isHead) this.next = Math.ceil(this.next / 16) * 16;
    return at;
  }
}

/** Three lines after the first, for the first 16 bytes of code. */
const LINES: Readonly<Record<string, Uint8Array>> = {
  lnotab: Uint8Array.of(0, 3),
  ranges: Uint8Array.of(16, 3),
  // One entry without columns (13) of eight code units; 3 as a signed varint is 6.
  locations: Uint8Array.of(0x80 | (13 << 3) | 7, 6),
};

export const FAKE_VERSIONS = Object.values(LAYOUTS);
