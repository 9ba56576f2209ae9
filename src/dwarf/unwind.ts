/** Walks the stack of a stopped thread by call frame information, and by frame pointers where there is none. */
import type { Address, LoadBias } from '../base/address.js';
import { addressFromWord, inImage, toAddress, wordAsNumber } from '../base/address.js';
import type { ExpressionContext } from './expression.js';
import { evaluate } from './expression.js';
import type { CfaRule, FrameRow, RegisterRule } from './frame-rules.js';
import type { FrameTable } from './frame-table.js';
import type { DwarfRegisters } from '../arch/dwarf-registers.js';
import { DwarfError, ifLegible } from './sections.js';
import type { StackMemory } from './stack-window.js';
import { StackWindow } from './stack-window.js';

export interface UnwindModule {
  readonly bias: LoadBias;
  /** undefined when the image has no call frame information. */
  readonly frames: FrameTable | undefined;
}

export interface UnwindRequest {
  readonly map: DwarfRegisters;
  /** user_regs_struct of the stopped thread. */
  readonly registers: DataView;
  /** 'entry': at the first instruction of a function or PLT stub, so the return address is at [sp]. */
  readonly standsAt: 'entry' | 'anywhere';
  readonly memory: StackMemory;
  /** The module whose code contains an address; undefined for code that was made at run time. */
  moduleAt(address: Address): UnwindModule | undefined;
  /** Where an instruction came from whose copy runs elsewhere; the address itself for all others. */
  originalOf(address: Address): Address;
  /** Most frames to give. */
  readonly limit: number;
}

export interface UnwoundFrame {
  /** Where the thread is in the innermost frame, and where it will go on in the others. */
  readonly pc: Address;
  /**
   * Canonical frame address: the stack pointer before the call that made the frame. For the last frame,
   * where nothing tells, that of the frame below.
   */
  readonly cfa: Address;
  /** The call is the instruction before `pc`: look up names and lines at pc - 1. */
  readonly afterCall: boolean;
}

/** Innermost first; ends early where the trail is lost. */
export function unwind(request: UnwindRequest): UnwoundFrame[] {
  const walk = new StackWalk(request);
  const frames: UnwoundFrame[] = [];
  while (frames.length < request.limit) {
    const frame = walk.next();
    if (frame === undefined) break;
    frames.push(frame);
  }
  return frames;
}

/** Frames bigger than this are taken for a broken chain of frame pointers. */
const LARGEST_POINTER_FRAME = 1 << 24;

class StackWalk implements ExpressionContext {
  readonly wordBytes: 4 | 8;
  /** By DWARF number; NaN when unknown. Rounded above 2^53. */
  private values: number[];
  private readonly stack: StackWindow;
  private afterCall = false;
  private cfa = 0;
  private state: 'first' | 'walking' | 'outermost' = 'first';

  constructor(private readonly request: UnwindRequest) {
    const { map, registers } = request;
    this.wordBytes = map.wordBytes;
    this.values = map.offsets.map((offset) =>
      map.wordBytes === 8 ? wordAsNumber(registers, offset) : registers.getUint32(offset, true),
    );
    this.stack = new StackWindow(request.memory);
  }

  /** The frame that the walk stands in; moves on to its caller. */
  next(): UnwoundFrame | undefined {
    if (this.state === 'outermost') return undefined;
    const pc = addressFromWord(this.values[this.request.map.returnAddress] ?? 0);
    if (pc === undefined) return undefined;
    const original = this.request.originalOf(pc);
    const { afterCall } = this;
    // Unreadable stack or damaged information ends the walk; the frames up to there stand.
    if (ifLegible(() => this.toCaller(original)) !== true) this.state = 'outermost';
    return { pc: original, cfa: toAddress(this.cfa), afterCall };
  }

  register(number: number): bigint {
    const value = this.values[number];
    if (value === undefined || !Number.isSafeInteger(value)) {
      throw new DwarfError(`register ${number} is not known`);
    }
    return BigInt(value);
  }

  load(address: number, bytes: number): bigint {
    return this.stack.bigUnsigned(address, bytes);
  }

  /** False when the present frame is the last that can be told. */
  private toCaller(pc: Address): boolean {
    const { map, standsAt } = this.request;
    const first = this.state === 'first';
    this.state = 'walking';
    if (first && standsAt === 'entry') return this.byReturnAddressAt(this.value(map.stackPointer));
    const module = this.request.moduleAt(this.afterCall ? toAddress(pc - 1) : pc);
    const lookup = this.afterCall ? pc - 1 : pc;
    const row = module?.frames?.rowAt(inImage(toAddress(lookup), module.bias));
    return row === undefined ? this.byFramePointer() : this.byRow(row);
  }

  private byRow(row: FrameRow): boolean {
    const before = this.cfa;
    const cfa = this.frameAddress(row.cfa);
    // Stacks grow down. A signal may run on a stack of its own, anywhere.
    if (!row.signalFrame && cfa <= before) return false;
    this.cfa = cfa;
    const callers = this.values.map((value, number) => this.restored(row, number, value));
    callers[this.request.map.stackPointer] = this.stackPointerAfter(row, cfa);
    this.afterCall = !row.signalFrame;
    return this.moveTo(callers, callers[row.returnAddressRegister]);
  }

  private moveTo(values: number[], returnAddress: number | undefined): boolean {
    if (returnAddress === undefined || !(returnAddress > 0)) return false;
    values[this.request.map.returnAddress] = returnAddress;
    this.values = values;
    return true;
  }

  private stackPointerAfter(row: FrameRow, cfa: number): number {
    const { stackPointer } = this.request.map;
    return row.registers[stackPointer] === undefined ? cfa : this.restored(row, stackPointer, cfa);
  }

  private frameAddress(rule: CfaRule): number {
    if (rule.kind === 'expression') return Number(evaluate(rule.code, [], this));
    return this.value(rule.register) + rule.offset;
  }

  private restored(row: FrameRow, number: number, value: number): number {
    const rule = row.registers[number];
    if (rule === undefined) {
      // No rule for the return address: the producer says that there is no caller.
      return number === row.returnAddressRegister ? NaN : value;
    }
    return this.follow(rule, value);
  }

  private follow(rule: RegisterRule, value: number): number {
    switch (rule.kind) {
      case 'same':
        return value;
      case 'undefined':
        return NaN;
      case 'saved':
        return this.stack.word(this.cfa + rule.offset, this.wordBytes);
      case 'value':
        return this.cfa + rule.offset;
      case 'register':
        return this.value(rule.register);
      case 'saved-expression':
        return this.stack.word(this.computed(rule.code), this.wordBytes);
      case 'value-expression':
        return this.computed(rule.code);
    }
  }

  /** DWARF 5, 6.4.2.3: the CFA lies on the stack before the expression begins. */
  private computed(code: Uint8Array): number {
    return Number(evaluate(code, [BigInt(this.cfa)], this));
  }

  private byReturnAddressAt(slot: number): boolean {
    this.cfa = slot + this.wordBytes;
    const callers = [...this.values];
    callers[this.request.map.stackPointer] = this.cfa;
    this.afterCall = true;
    return this.moveTo(callers, this.stack.word(slot, this.wordBytes));
  }

  /** Code made at run time mostly keeps frame pointers: [fp] is the caller's, the next word the return address. */
  private byFramePointer(): boolean {
    const { framePointer, stackPointer } = this.request.map;
    const pointer = this.value(framePointer);
    const below = Math.max(this.cfa, this.value(stackPointer));
    const cfa = pointer + 2 * this.wordBytes;
    const plausible =
      pointer >= below && cfa - below <= LARGEST_POINTER_FRAME && pointer % this.wordBytes === 0;
    if (!plausible) return false;
    const saved = this.stack.word(pointer, this.wordBytes);
    const returnAddress = this.stack.word(pointer + this.wordBytes, this.wordBytes);
    if (!this.isChained(pointer, saved, returnAddress)) return false;
    this.cfa = cfa;
    const callers = [...this.values];
    callers[framePointer] = saved;
    callers[stackPointer] = cfa;
    this.afterCall = true;
    return this.moveTo(callers, returnAddress);
  }

  /** The register may hold anything where code keeps no frame pointer: what it points to must look like a frame. */
  private isChained(pointer: number, saved: number, returnAddress: number): boolean {
    if (saved > pointer && saved - pointer <= LARGEST_POINTER_FRAME) return true;
    const address = addressFromWord(returnAddress);
    return address !== undefined && this.request.moduleAt(address) !== undefined;
  }

  private value(number: number): number {
    const value = this.values[number] ?? NaN;
    if (Number.isNaN(value)) {
      throw new DwarfError(`register ${number} is not known`);
    }
    return value;
  }
}
