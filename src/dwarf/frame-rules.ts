/** Runs call frame instructions up to one address: how to find the caller's registers there (DWARF 5, 6.4.2). */
import { Cursor } from './cursor.js';
import { readEncodedPointer } from './encoded-pointer.js';
import type { FrameEntry } from './frame-entry.js';
import { DwarfError } from './sections.js';

export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: number }
  | { readonly kind: 'expression'; readonly code: Uint8Array };

/** Where the caller's value of a register is. `cfa` is the canonical frame address. */
export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same' }
  /** In memory at cfa + offset. */
  | { readonly kind: 'saved'; readonly offset: number }
  /** It is cfa + offset. */
  | { readonly kind: 'value'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  /** In memory at the address that the expression gives. */
  | { readonly kind: 'saved-expression'; readonly code: Uint8Array }
  | { readonly kind: 'value-expression'; readonly code: Uint8Array };

/** The row of the unwind table for one address. */
export interface FrameRow {
  readonly cfa: CfaRule;
  /** By DWARF number, no further than the register map goes; a hole means "not said". */
  readonly registers: readonly (RegisterRule | undefined)[];
  readonly returnAddressRegister: number;
  readonly signalFrame: boolean;
}

/** `remember_state` deeper than this is no compiler's work. */
const DEEPEST_REMEMBERED = 64;

/**
 * The row that holds at `pc`, an image address inside the entry's range.
 *
 * @param registerCount registers from this number on (vector registers) are not kept
 * @throws DwarfError for instructions that cannot be read
 */
export function rowAt(entry: FrameEntry, pc: number, registerCount: number): FrameRow {
  const program = new FrameProgram(entry, pc, registerCount);
  const { common } = entry;
  program.run(common.instructionsFrom, common.instructionsTo);
  program.keepInitial();
  program.run(entry.instructionsFrom, entry.instructionsTo);
  return {
    cfa: program.cfa,
    registers: program.registers,
    returnAddressRegister: common.returnAddressRegister,
    signalFrame: common.signalFrame,
  };
}

const SAME: RegisterRule = { kind: 'same' };
const UNDEFINED: RegisterRule = { kind: 'undefined' };

class FrameProgram {
  cfa: CfaRule = { kind: 'register', register: 0, offset: 0 };
  registers: (RegisterRule | undefined)[] = [];
  private initial: readonly (RegisterRule | undefined)[] = [];
  private readonly remembered: { cfa: CfaRule; registers: (RegisterRule | undefined)[] }[] = [];
  private location: number;
  private cursor: Cursor;

  constructor(
    private readonly entry: FrameEntry,
    private readonly pc: number,
    private readonly registerCount: number,
  ) {
    this.location = entry.from;
    this.cursor = new Cursor(entry.section.bytes);
  }

  keepInitial(): void {
    this.initial = [...this.registers];
  }

  run(from: number, to: number): void {
    this.cursor = this.cursor.at(from, to);
    // A row holds from its location up to the next one, so it is done at the first advance past pc.
    while (!this.cursor.atEnd && this.location <= this.pc) {
      const instruction = this.cursor.u8();
      const operand = instruction & 0x3f;
      switch (instruction >> 6) {
        case 1: // DW_CFA_advance_loc
          this.advance(operand);
          break;
        case 2: // DW_CFA_offset
          this.set(operand, { kind: 'saved', offset: this.cursor.uleb() * this.dataAlignment });
          break;
        case 3: // DW_CFA_restore
          this.restore(operand);
          break;
        default:
          if (!this.move(instruction) && !this.defineCfa(instruction)) this.defineRule(instruction);
      }
    }
  }

  private get dataAlignment(): number {
    return this.entry.common.dataAlignment;
  }

  /** Instructions that change the location or the stack of states; DWARF 5, table 7.29 for all numbers. */
  private move(instruction: number): boolean {
    const { cursor, entry } = this;
    switch (instruction) {
      case 0x00: // DW_CFA_nop
        return true;
      case 0x01: // DW_CFA_set_loc
        this.location = readEncodedPointer(cursor, entry.common.pointerEncoding, {
          wordBytes: entry.section.wordBytes,
          section: entry.section.address,
        });
        return true;
      case 0x02: // DW_CFA_advance_loc1
        return this.advance(cursor.u8());
      case 0x03: // DW_CFA_advance_loc2
        return this.advance(cursor.u16());
      case 0x04: // DW_CFA_advance_loc4
        return this.advance(cursor.u32());
      case 0x0a: // DW_CFA_remember_state
        if (this.remembered.length === DEEPEST_REMEMBERED) throw new DwarfError('states too deep');
        this.remembered.push({ cfa: this.cfa, registers: [...this.registers] });
        return true;
      case 0x0b: {
        // DW_CFA_restore_state: with the CFA, as GCC and LLVM mean it
        const state = this.remembered.pop();
        if (state === undefined) throw new DwarfError('no state to restore');
        this.cfa = state.cfa;
        this.registers = state.registers;
        return true;
      }
      case 0x2e: // DW_CFA_GNU_args_size: matters only when exceptions land
        cursor.skipLeb();
        return true;
      default:
        return false;
    }
  }

  private defineCfa(instruction: number): boolean {
    const { cursor } = this;
    switch (instruction) {
      case 0x0c: // DW_CFA_def_cfa
        this.cfa = { kind: 'register', register: cursor.uleb(), offset: cursor.uleb() };
        return true;
      case 0x12: // DW_CFA_def_cfa_sf
        this.cfa = { kind: 'register', register: cursor.uleb(), offset: this.factored() };
        return true;
      case 0x0d: // DW_CFA_def_cfa_register
        this.cfa = { kind: 'register', register: cursor.uleb(), offset: this.cfaOffset() };
        return true;
      case 0x0e: // DW_CFA_def_cfa_offset
        this.cfa = { kind: 'register', register: this.cfaRegister(), offset: cursor.uleb() };
        return true;
      case 0x13: // DW_CFA_def_cfa_offset_sf
        this.cfa = { kind: 'register', register: this.cfaRegister(), offset: this.factored() };
        return true;
      case 0x0f: // DW_CFA_def_cfa_expression
        this.cfa = { kind: 'expression', code: this.block() };
        return true;
      default:
        return false;
    }
  }

  private defineRule(instruction: number): void {
    const { cursor } = this;
    const register = cursor.uleb();
    switch (instruction) {
      case 0x05: {
        // DW_CFA_offset_extended
        this.set(register, { kind: 'saved', offset: cursor.uleb() * this.dataAlignment });
        return;
      }
      case 0x06: {
        // DW_CFA_restore_extended
        this.restore(register);
        return;
      }
      case 0x07: {
        // DW_CFA_undefined
        this.set(register, UNDEFINED);
        return;
      }
      case 0x08: {
        // DW_CFA_same_value
        this.set(register, SAME);
        return;
      }
      case 0x09: {
        // DW_CFA_register
        this.set(register, { kind: 'register', register: cursor.uleb() });
        return;
      }
      case 0x10: {
        // DW_CFA_expression
        this.set(register, { kind: 'saved-expression', code: this.block() });
        return;
      }
      case 0x16: {
        // DW_CFA_val_expression
        this.set(register, { kind: 'value-expression', code: this.block() });
        return;
      }
      case 0x11: {
        // DW_CFA_offset_extended_sf
        this.set(register, { kind: 'saved', offset: this.factored() });
        return;
      }
      case 0x14: {
        // DW_CFA_val_offset
        this.set(register, { kind: 'value', offset: cursor.uleb() * this.dataAlignment });
        return;
      }
      case 0x15: {
        // DW_CFA_val_offset_sf
        this.set(register, { kind: 'value', offset: this.factored() });
        return;
      }
      case 0x2f: {
        // DW_CFA_GNU_negative_offset_extended
        this.set(register, { kind: 'saved', offset: -cursor.uleb() * this.dataAlignment });
        return;
      }
      default:
        throw new DwarfError(`unknown frame instruction 0x${instruction.toString(16)}`);
    }
  }

  private advance(delta: number): true {
    this.location += delta * this.entry.common.codeAlignment;
    return true;
  }

  private set(register: number, rule: RegisterRule): void {
    if (register < this.registerCount) this.registers[register] = rule;
  }

  private restore(register: number): void {
    if (register < this.registerCount) this.registers[register] = this.initial[register];
  }

  private factored(): number {
    return this.cursor.sleb() * this.dataAlignment;
  }

  private block(): Uint8Array {
    return this.cursor.slice(this.cursor.uleb());
  }

  private cfaRegister(): number {
    if (this.cfa.kind !== 'register') throw new DwarfError('CFA is an expression');
    return this.cfa.register;
  }

  private cfaOffset(): number {
    if (this.cfa.kind !== 'register') throw new DwarfError('CFA is an expression');
    return this.cfa.offset;
  }
}
