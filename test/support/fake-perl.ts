/** Memory of a Perl that does not exist, laid out as version 5.36 is. */
import { toAddress, type Address } from '../../src/base/address.js';
import type { SourceModule } from '../../src/frames/frame-source.js';
import {
  CONTEXT,
  HAS_AUX,
  HEK,
  LAYOUTS,
  OPTIONS,
  SV,
  type PerlLayout,
} from '../../src/frames/perl/layout.js';
import { FakeMemory } from './fake-memory.js';

export interface FakeSub {
  /** `main::fetch`; the outermost is `(main)`. */
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

const BASE = 0x10000;
const SIZE = 0x20000;
export const STACK = 0x7ffc00001000;

export class FakePerl {
  readonly memory = new FakeMemory();
  readonly module: SourceModule;
  /** Structures that lead to text, but none of the text itself: what may be mangled. */
  readonly structures: { readonly address: number; readonly bytes: number }[] = [];
  private readonly bytes: Buffer;
  private readonly symbols = new Map<string, number>();
  private readonly layout: PerlLayout;
  private next = BASE;

  /** @param options what the build says of itself */
  constructor(subs: readonly FakeSub[], options: Iterable<string> = OPTIONS) {
    const [layout] = Object.values(LAYOUTS);
    if (layout === undefined) throw new Error('no layout');
    this.layout = layout;
    const region = this.memory.map(BASE, SIZE);
    this.bytes = Buffer.from(region.buffer, region.byteOffset, region.length);
    this.byteSymbol('PL_revision', 5);
    this.byteSymbol('PL_version', 36);
    this.symbols.set('PL_bincompat_options', this.text(` ${[...options].join(' ')}`));
    const current = this.structure(8);
    this.symbols.set('PL_curinterp', current);
    this.word(current, this.interpreter(subs));
    this.module = {
      name: 'libperl.so.5.36',
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

  private interpreter(subs: readonly FakeSub[]): number {
    const { interpreter, stackInfo, context } = this.layout;
    const at = this.structure(interpreter.bytes);
    const info = this.structure(stackInfo.bytes);
    const contexts = this.structure(Math.max(1, subs.length - 1) * context.bytes);
    this.word(at + interpreter.topEnvironment, STACK + 64);
    this.word(at + interpreter.stackInfo, info);
    this.word(info + stackInfo.contexts, contexts);
    this.half(info + stackInfo.index, subs.length - 2);
    subs.forEach((sub, index) => {
      const cop = this.cop(sub);
      if (index === 0) this.word(at + interpreter.cop, cop);
      else this.word(this.contextOf(contexts, subs.length, index - 1) + context.oldCop, cop);
      if (index === subs.length - 1) return;
      const place = this.contextOf(contexts, subs.length, index);
      this.bytes[place - BASE] = CONTEXT.sub;
      this.word(place + context.sub, this.sub(sub.function));
    });
    return at;
  }

  /** The innermost is the last. */
  private contextOf(contexts: number, subs: number, index: number): number {
    return contexts + (subs - 2 - index) * this.layout.context.bytes;
  }

  private cop({ file, line }: FakeSub): number {
    const { cop, statements } = this.layout;
    // But for the last word, which leads to text at once: what is there is text.
    const at = this.structure(cop.file);
    this.allocate(cop.bytes - cop.file);
    this.bytes.writeUInt16LE(statements[0] ?? 0, at - BASE + cop.type);
    this.half(at + cop.line, line);
    this.word(at + cop.file, this.text(file));
    return at;
  }

  private sub(name: string): number {
    const [stash = '', own = ''] = name.split('::');
    const { glob, sub } = this.layout;
    const globBody = this.structure(glob.stash + 8);
    this.word(globBody + glob.name, this.key(own));
    this.word(globBody + glob.stash, this.stash(stash));
    const body = this.structure(sub.flags + 4);
    this.word(body + sub.name, this.value(SV.glob, globBody));
    return this.value(SV.sub, body);
  }

  private stash(name: string): number {
    const { stash } = this.layout;
    const body = this.structure(stash.nameCount + 4);
    this.word(body + stash.name, this.key(name));
    return this.value(SV.hash | HAS_AUX, body);
  }

  private value(flags: number, body: number): number {
    const at = this.structure(SV.bytes);
    this.word(at + SV.body, body);
    this.half(at + SV.flags, flags);
    return at;
  }

  private key(name: string): number {
    const text = Buffer.from(name, 'utf8');
    const at = this.structure(HEK.text);
    this.half(at + HEK.length, text.length);
    text.copy(this.bytes, this.allocate(text.length + 1) - BASE);
    return at;
  }

  private text(value: string): number {
    const text = Buffer.from(value, 'utf8');
    const at = this.allocate(text.length + 1);
    text.copy(this.bytes, at - BASE);
    return at;
  }

  private byteSymbol(name: string, value: number): void {
    const at = this.allocate(1);
    this.bytes[at - BASE] = value;
    this.symbols.set(name, at);
  }

  private half(address: number, value: number): void {
    this.bytes.writeInt32LE(value, address - BASE);
  }

  /** From a word on: nothing lies between it and what follows. */
  private structure(bytes: number): number {
    this.next = Math.ceil(this.next / 8) * 8;
    const address = this.allocate(bytes);
    this.structures.push({ address, bytes });
    return address;
  }

  private allocate(bytes: number): number {
    const at = this.next;
    this.next += bytes;
    return at;
  }
}
