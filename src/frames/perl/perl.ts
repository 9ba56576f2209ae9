/** Frames of Perl 5.36, read from outside: the statement that is executed, and the subs that led to it. */
import { toAddress } from '../../base/address.js';
import type {
  FrameSource,
  InterpretedThread,
  Interpreter,
  PlacedFrame,
  ScriptStack,
  SourceMemory,
  SourceModule,
} from '../frame-source.js';
import { pointerIn, ReadAhead, uint16In, uint32In } from '../read-ahead.js';
import { CONTEXT, LAYOUTS, OP_TYPE_MASK, OPTIONS, type PerlLayout } from './layout.js';
import { decoded, subName } from './names.js';

export const PERL: FrameSource = {
  language: 'perl',
  mark: 'PL_curinterp',
  open(module, _modules, memory) {
    const layout = layoutFor(module, memory);
    if (typeof layout === 'string') return { kind: 'unreadable', why: layout };
    return new PerlInterpreter(module.addressOf('PL_curinterp') ?? 0, layout, memory);
  },
};

const MOST_OPTIONS = 2048;

/** @returns why it cannot be read, in words */
function layoutFor(module: SourceModule, memory: SourceMemory): PerlLayout | string {
  if (module.wordBytes !== 8) return 'it is a 32-bit program';
  const [revision, version] = ['PL_revision', 'PL_version'].map((name) => {
    const byte = new Uint8Array(1);
    const at = module.addressOf(name);
    return at !== undefined && memory.read(at, byte) === 1 ? byte[0] : undefined;
  });
  const layout = LAYOUTS[`${revision}.${version}`];
  if (layout === undefined) return 'only those of 5.36 are known';
  const at = module.addressOf('PL_bincompat_options') ?? toAddress(0);
  const bytes = new Uint8Array(MOST_OPTIONS);
  const text = decoded(bytes, memory.read(at, bytes)).split('\0')[0] ?? '';
  const options = text.split(' ').filter((word) => word !== '' && word !== 'DEBUGGING');
  const isKnown = options.length === OPTIONS.size && options.every((word) => OPTIONS.has(word));
  return isKnown ? layout : 'it was built with options whose structures are not known';
}

/** What executes at the top of a file is in no sub. */
const TOP = '(main)';
/** PATH_MAX in <linux/limits.h>, and how much of one is read at once. */
const LONGEST_PATH = 4096;
const PATH_PART = 64;
const PAGE = 4096;
const MOST_STACKS = 10_000;
const MOST_CONTEXTS = 1_000_000;
/** A thread's stack is not larger than this, and another's not nearer to that of the first. */
const LARGEST_STACK = 64 * 1024 * 1024;

class Broken extends Error {}

class PerlInterpreter implements Interpreter {
  readonly kind = 'interpreter';
  readonly language = 'perl';
  private readonly ahead: ReadAhead;

  constructor(
    /** Address of PL_curinterp: the interpreter that came first, which the first thread has. */
    private readonly first: number,
    private readonly layout: PerlLayout,
    memory: SourceMemory,
  ) {
    this.ahead = new ReadAhead(memory);
  }

  framesOf(thread: InterpretedThread, limit: number): ScriptStack {
    const frames: PlacedFrame[] = [];
    if (!thread.isFirst) return { frames };
    this.ahead.begin();
    try {
      this.walk(thread, limit, frames);
      return { frames };
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      return { frames, broken: error.message };
    }
  }

  isLoop(): boolean {
    return false;
  }

  private walk(thread: InterpretedThread, limit: number, frames: PlacedFrame[]): void {
    const { interpreter } = this.layout;
    const at = this.pointer(this.first);
    // None yet, or it has ended.
    if (at === 0) return;
    const environment = this.pointer(at + interpreter.topEnvironment);
    const isRunning =
      environment >= thread.stackPointer && environment < thread.stackPointer + LARGEST_STACK;
    if (!isRunning) return;
    let cop = this.pointer(at + interpreter.cop);
    const add = (name: string): void => {
      const frame = { language: 'perl', function: name, ...this.placeOf(cop, at) } as const;
      frames.push({ frame, loop: 'unknown' });
    };
    for (const context of this.contexts(this.pointer(at + interpreter.stackInfo))) {
      const name = this.nameOf(context);
      if (name === undefined) continue;
      add(name);
      if (frames.length >= limit) return;
      cop = pointerIn(context, this.layout.context.oldCop);
    }
    add(TOP);
  }

  /** Innermost first, through all stacks. */
  private *contexts(innermost: number): Generator<Uint8Array> {
    const { stackInfo, context } = this.layout;
    let info = innermost;
    for (let left = MOST_STACKS; info !== 0; left--) {
      const head = this.take(info, stackInfo.bytes);
      const base = pointerIn(head, stackInfo.contexts);
      const last = uint32In(head, stackInfo.index) | 0;
      if (left === 0 || last > MOST_CONTEXTS) throw new Broken('stacks in a ring');
      for (let index = last; index >= 0; index--) {
        yield this.take(base + index * context.bytes, context.bytes);
      }
      info = pointerIn(head, stackInfo.previous);
    }
  }

  /** Of what executes in it; undefined for a block, which is a part of what is around it. */
  private nameOf(context: Uint8Array): string | undefined {
    const type = context[0] ?? 0;
    switch (type & CONTEXT.kinds) {
      case CONTEXT.eval:
        return (type & CONTEXT.block) === 0 ? '(eval)' : undefined;
      case CONTEXT.sub:
      case CONTEXT.format: {
        if ((type & CONTEXT.again) !== 0) return undefined;
        const sub = pointerIn(context, this.layout.context.sub);
        const name = subName(this.ahead, this.layout, sub);
        if (name === undefined) throw new Broken('a sub without a name');
        return name;
      }
      default:
        return undefined;
    }
  }

  private placeOf(address: number, interpreter: number): { file: string; line?: number } {
    const { cop, statements } = this.layout;
    const bytes = this.take(address, cop.bytes);
    // While a file is compiled its place is in PL_compiling, which is no statement.
    const isCompiling =
      address > interpreter && address < interpreter + this.layout.interpreter.bytes;
    const type = uint16In(bytes, cop.type) & OP_TYPE_MASK;
    if (!isCompiling && !statements.includes(type)) throw new Broken('no statement');
    const line = uint32In(bytes, cop.line);
    const file = this.text(pointerIn(bytes, cop.file));
    return { file, ...(line > 0 && line < 2 ** 31 && { line }) };
  }

  /** What is read at once does not go beyond a page, which may be the last. */
  private text(address: number): string {
    const parts: Buffer[] = [];
    let bytes = 0;
    while (bytes < LONGEST_PATH) {
      const at = address + bytes;
      const part = this.take(at, Math.min(PATH_PART, PAGE - (at % PAGE)));
      const end = part.indexOf(0);
      parts.push(Buffer.from(end === -1 ? part : part.subarray(0, end)));
      bytes += part.length;
      if (end !== -1) break;
    }
    const text = Buffer.concat(parts).toString('utf8');
    if (text === '' || bytes >= LONGEST_PATH) throw new Broken('no name of a file');
    return text;
  }

  private pointer(address: number): number {
    const value = this.ahead.pointer(address);
    if (value === undefined || Number.isNaN(value)) throw new Broken('memory that cannot be read');
    return value;
  }

  private take(address: number, bytes: number): Uint8Array {
    const taken = this.ahead.take(address, bytes);
    if (taken === undefined) throw new Broken('memory that cannot be read');
    return taken;
  }
}
