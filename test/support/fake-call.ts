/** A stopped call that does not exist: registers, stack and memory are what a test puts there. */
import type { CallAbi } from '../../src/arch/call-abi.js';
import { i386CallAbi } from '../../src/arch/i386/call-abi.js';
import { x86_64CallAbi } from '../../src/arch/x86_64/call-abi.js';
import { FXSAVE, USER_REGS } from '../../src/arch/x86_64/register-block.js';
import { toAddress } from '../../src/base/address.js';
import { compileCapture } from '../../src/lens/capture.js';
import type {
  CallCapture,
  CaptureLimits,
  EnteredCall,
  LeftCall,
  StoppedCall,
} from '../../src/lens/stopped-call.js';
import { PLAIN_LOOK } from '../../src/output/text/look.js';
import { formatArguments, formatValue } from '../../src/output/text/format-value.js';
import { PrototypeFile } from '../../src/prototype/conf/prototype-file.js';
import { FakeMemory } from './fake-memory.js';

export const STACK = 0x7ffd0000;
const STACK_BYTES = 0x1000;

export const LIMITS: CaptureLimits = {
  stringBytes: 32,
  arrayElements: 4,
  showSecrets: false,
  descriptorPaths: false,
};

export class FakeCall implements StoppedCall {
  readonly registers = new DataView(new ArrayBuffer(216));
  readonly floats = new DataView(new ArrayBuffer(512));
  readonly entryStackPointer = toAddress(STACK);
  readonly memory = new FakeMemory();
  readonly stack: DataView;
  errnoNow: number | undefined;
  reads = 0;
  floatReads = 0;
  private nextFree = 0x10000;

  constructor() {
    const read = this.memory.read.bind(this.memory);
    this.memory.read = (address, into): number => {
      this.reads++;
      return read(address, into);
    };
    const readBlocks = this.memory.readBlocks.bind(this.memory);
    this.memory.readBlocks = (blocks, into): number => {
      this.reads++;
      return readBlocks(blocks, into);
    };
    this.stack = viewOf(this.memory.map(STACK, STACK_BYTES));
  }

  floatRegisters(): DataView {
    this.floatReads++;
    return this.floats;
  }

  symbolAt(address: number): { module: string; name: string; offset: number } | undefined {
    return address === 0x4000 ? { module: 'libc.so.6', name: 'free', offset: 0 } : undefined;
  }

  descriptorPath(descriptor: number): string {
    return descriptor === 3 ? '/etc/hosts' : '';
  }

  errno(): number | undefined {
    return this.errnoNow;
  }

  register(name: keyof typeof USER_REGS, value: number | bigint): this {
    this.registers.setBigUint64(USER_REGS[name], BigInt.asUintN(64, BigInt(value)), true);
    return this;
  }

  /** The integer arguments of an x86-64 call. */
  args(...values: (number | bigint)[]): this {
    const names = ['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'] as const;
    values.forEach((value, index) => {
      const name = names[index];
      if (name !== undefined) this.register(name, value);
      else this.stack.setBigUint64(8 * (index - 5), BigInt.asUintN(64, BigInt(value)), true);
    });
    return this;
  }

  /** The words of an i386 call. */
  words(...values: number[]): this {
    values.forEach((value, index) => this.stack.setInt32(4 + 4 * index, value | 0, true));
    return this;
  }

  double(index: number, value: number): this {
    this.floats.setFloat64(FXSAVE.xmm0 + 16 * index, value, true);
    return this;
  }

  float(index: number, value: number): this {
    this.floats.setFloat32(FXSAVE.xmm0 + 16 * index, value, true);
    return this;
  }

  /** Maps bytes somewhere, with unreadable memory around them; returns the address. */
  put(bytes: Uint8Array | string): number {
    const content = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
    const address = this.nextFree;
    this.memory.map(address, content);
    this.nextFree += (content.length + 0x1fff) & ~0xfff;
    return address;
  }

  text(value: string): number {
    return this.put(`${value}\0`);
  }

  /** 64-bit words. */
  longs(...values: (number | bigint)[]): number {
    const bytes = new BigUint64Array(values.map((value) => BigInt.asUintN(64, BigInt(value))));
    return this.put(new Uint8Array(bytes.buffer));
  }

  ints(...values: number[]): number {
    return this.put(new Uint8Array(Int32Array.from(values).buffer));
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A capture, and what it gives as ltrace would write it. */
export class TracedCall {
  readonly capture: CallCapture;
  entered: EnteredCall | undefined;
  left: LeftCall | undefined;

  constructor(
    readonly declarations: string,
    readonly call: FakeCall,
    options: { readonly limits?: Partial<CaptureLimits>; readonly abi?: CallAbi } = {},
  ) {
    const file = new PrototypeFile('test.conf', declarations);
    const mistakes = file.check();
    if (mistakes.length > 0) throw new Error(JSON.stringify(mistakes));
    const prototype = file.findPrototype('f');
    if (prototype === undefined) throw new Error('the function must be called f');
    const limits = { ...LIMITS, ...options.limits };
    this.capture = compileCapture(prototype, options.abi ?? x86_64CallAbi, limits);
  }

  /** The arguments read at entry. */
  enter(): string {
    this.entered = this.capture.enter(this.call);
    return formatArguments(this.entered.args, PLAIN_LOOK);
  }

  /** Outputs and result, as `OUTPUTS = RESULT`. */
  leave(): string {
    if (this.entered === undefined) this.enter();
    this.left = this.capture.leave(this.call, this.entered ?? { args: [] });
    return `${formatArguments(this.left.outArgs, PLAIN_LOOK)} = ${formatValue(this.left.result, PLAIN_LOOK)}`;
  }
}

/** The arguments of one x86-64 call as text. */
export function shownArguments(
  declarations: string,
  call: FakeCall,
  limits: Partial<CaptureLimits> = {},
): string {
  return new TracedCall(declarations, call, { limits }).enter();
}

/** The same on i386, its arguments on the stack. */
export function shownArguments32(declarations: string, call: FakeCall): string {
  return new TracedCall(declarations, call, { abi: i386CallAbi }).enter();
}

/** Result and outputs of one x86-64 call as text. */
export function shownResult(declarations: string, call: FakeCall): string {
  return new TracedCall(declarations, call).leave();
}
