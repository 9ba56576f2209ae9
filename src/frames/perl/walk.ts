/** From Perl's interpreter to its frames, innermost first. What does not add up ends the walk. */
import type { PlacedFrame } from '../frame-source.js';
import { Broken, pointerIn, uint16In, uint32In, type ReadAhead } from '../read-ahead.js';
import { CONTEXT, OP_TYPE_MASK, type PerlLayout } from './layout.js';
import { subName } from './names.js';

/** What executes at the top of a file is in no sub. */
const TOP = '(main)';
/** PATH_MAX in <linux/limits.h>, and how much of one is read at once. */
const LONGEST_PATH = 4096;
const PATH_PART = 64;
const PAGE = 4096;
/** Nothing else tells a name from other bytes: it has no head. */
const NO_NAME = /[\0-\x1f\x7f\ufffd]/;
const MOST_STACKS = 10_000;
const MOST_CONTEXTS = 1_000_000;
/** A thread's stack is not larger than this, and another's not nearer to that of the first. */
const LARGEST_STACK = 64 * 1024 * 1024;

export class Walk {
  constructor(
    /** Address of PL_curinterp. */
    private readonly first: number,
    private readonly layout: PerlLayout,
    private readonly memory: ReadAhead,
  ) {}

  /** @throws Broken; what is in the list of frames by then is right */
  run(stackPointer: number, limit: number, frames: PlacedFrame[]): void {
    const { interpreter } = this.layout;
    const at = this.memory.demandPointer(this.first);
    // None yet, or it has ended.
    if (at === 0) return;
    const environment = this.memory.demandPointer(at + interpreter.topEnvironment);
    const isRunning = environment >= stackPointer && environment < stackPointer + LARGEST_STACK;
    if (!isRunning) return;
    let cop = this.memory.demandPointer(at + interpreter.cop);
    const add = (name: string): boolean => {
      const place = this.placeOf(cop, at);
      if (place === undefined) return false;
      const frame = { language: 'perl', function: name, ...place } as const;
      frames.push({ frame, loop: 'unknown' });
      return frames.length < limit;
    };
    for (const context of this.contexts(this.memory.demandPointer(at + interpreter.stackInfo))) {
      const name = this.nameOf(context);
      if (name === undefined) continue;
      if (!add(name)) return;
      cop = pointerIn(context, this.layout.context.oldCop);
    }
    add(TOP);
  }

  /** Innermost first, through all stacks. */
  private *contexts(innermost: number): Generator<Uint8Array> {
    const { stackInfo, context } = this.layout;
    let info = innermost;
    for (let left = MOST_STACKS; info !== 0; left--) {
      const head = this.memory.demand(info, stackInfo.bytes);
      const base = pointerIn(head, stackInfo.contexts);
      const last = uint32In(head, stackInfo.index) | 0;
      if (left === 0 || last > MOST_CONTEXTS) throw new Broken('stacks in a ring');
      for (let index = last; index >= 0; index--) {
        yield this.memory.demand(base + index * context.bytes, context.bytes);
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
        const name = subName(this.memory, this.layout, sub);
        if (name === undefined) throw new Broken('a sub without a name');
        return name;
      }
      default:
        return undefined;
    }
  }

  /** undefined where Perl has not come to its first file, or has left its last one. */
  private placeOf(
    address: number,
    interpreter: number,
  ): { file: string; line?: number } | undefined {
    if (address === 0) return undefined;
    const { cop, statements } = this.layout;
    const bytes = this.memory.demand(address, cop.bytes);
    // While a file is compiled its place is in PL_compiling, which is no statement.
    const isCompiling =
      address > interpreter && address < interpreter + this.layout.interpreter.bytes;
    const type = uint16In(bytes, cop.type) & OP_TYPE_MASK;
    if (!isCompiling && !statements.includes(type)) throw new Broken('no statement');
    const name = pointerIn(bytes, cop.file);
    if (isCompiling && name === 0) return undefined;
    const line = uint32In(bytes, cop.line);
    const file = this.text(name);
    return { file, ...(line > 0 && line < 2 ** 31 && { line }) };
  }

  /** What is read at once does not go beyond a page, which may be the last. */
  private text(address: number): string {
    const parts: Buffer[] = [];
    let bytes = 0;
    while (bytes < LONGEST_PATH) {
      const at = address + bytes;
      const part = this.memory.demand(at, Math.min(PATH_PART, PAGE - (at % PAGE)));
      const end = part.indexOf(0);
      parts.push(Buffer.from(end === -1 ? part : part.subarray(0, end)));
      bytes += part.length;
      if (end !== -1) break;
    }
    const text = Buffer.concat(parts).toString('utf8');
    const isName = text !== '' && bytes < LONGEST_PATH && !NO_NAME.test(text);
    if (!isName) throw new Broken('no name of a file');
    return text;
  }
}
