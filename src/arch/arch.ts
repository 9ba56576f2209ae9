/** Everything that differs between CPUs, as a value: pure functions over bytes and register blocks. */
import type { Address, ImageAddress } from '../base/address.js';
import type { CallAbi, GoConvention } from './call-abi.js';
import type { DwarfRegisters } from './dwarf-registers.js';
import type { InlineCalls } from './inline-calls.js';
import type { SurvivalCode } from './survival-layout.js';

/** Code at an address, as much of it as can be read. */
export type ReadCode = (address: Address, bytes: number) => Uint8Array;

export type ArchName = 'x86_64' | 'i386';

export interface Arch {
  readonly name: ArchName;
  readonly wordBytes: 4 | 8;
  /** e_machine and EI_CLASS of the ELF header. */
  readonly elfMachine: number;
  readonly elfClass: 32 | 64;
  /** AUDIT_ARCH_* of <linux/audit.h>: how the kernel names the convention of its system calls. */
  readonly auditArch: number;
  readonly trapInstruction: Uint8Array;
  /** How far the PC stands past the trap when the thread stops. */
  readonly trapPcBias: number;
  /** Where a function finds, at its first instruction, the address that it returns to. */
  readonly returnAddress: ReturnAddressPlace;
  readonly retryMark: RetryMark;
  /** Byte offsets of 64-bit words in the kernel's register block. */
  readonly registers: RegisterOffsets;
  readonly dwarfRegisters: DwarfRegisters;
  /** What pthread_self(3) gives, less the thread pointer: where the thread library keeps its own block. */
  readonly threadHandleBias: number;
  /** Offsets of the registers that carry the first pointer arguments of a function; none: on the stack. */
  readonly argumentRegisters: readonly number[];
  /** Of a word that is a goroutine's address wherever Go's own code runs; undefined where there is no such register. */
  readonly goroutineRegister: number | undefined;
  /** Offsets of the registers that a function leaves as it found them. */
  readonly preservedRegisters: readonly number[];
  /** Most bytes of arguments that a callee removes from the stack as it returns. */
  readonly calleePops: number;
  readonly syscalls: SyscallConvention;
  /** Where functions find their arguments and leave their results, and system calls theirs. */
  readonly callAbi: CallAbi;
  readonly syscallAbi: CallAbi;
  readonly goAbis: Readonly<Record<GoConvention, CallAbi>>;
  readonly plt: PltDecoder;
  /** Undefined where there is no such machine code yet. */
  readonly callDesk: CallDeskCode | undefined;
  /** Of a program that is to survive its tracer; undefined where there is no such machine code yet. */
  readonly survival: SurvivalCode | undefined;
  /** undefined where calls are caught by traps alone. */
  readonly inlineCalls: InlineCalls | undefined;
  /** Bytes to fetch at an address so that one instruction is surely whole. */
  readonly longestInstruction: number;
  /** The largest distance between an instruction and its displaced copy. */
  readonly displacementReach: number;
  /** Code for `to` that does what the first instruction of `code` does at `from`, then goes on behind it. */
  displace(code: Uint8Array, from: Address, to: Address): Displaced | undefined;
  /** Offsets in `code` of instructions that enter the kernel with one of these numbers, each maybe with others too. */
  findSyscalls(code: Uint8Array, numbers: ReadonlySet<number>): number[];
  /** Does an instruction of `code` put such a constant into a register, or onto the stack? Each maybe is something else. */
  loadsConstant(code: Uint8Array, isWanted: (word: number) => boolean): boolean;
  /** Code for `to` that makes rt_sigprocmask in place of the instruction at `from` that enters the kernel. */
  maskCall(code: Uint8Array, from: Address, to: Address): MaskCallCode | undefined;
  /** Where the jump goes with which `code` begins: undefined when it is none, or its operand is not relative. */
  jumpTarget(code: Uint8Array, at: Address): Address | undefined;
  /**
   * Where a function that may jump back to its entry before it begins can be caught once in each call, with arguments
   * and stack pointer as at the entry; the entry itself for all others.
   */
  behindStackCheck(read: ReadCode, entry: Address): Address;
  /**
   * Does a branch of the function lead to that instruction of it? A call does not count.
   *
   * @param code   from the function's entry on
   * @param head   distance of the instruction from there, bytes
   * @param extent 'whole': the function and nothing else. 'unknown': other code may follow
   */
  loopsTo(code: Uint8Array, head: number, extent: 'whole' | 'unknown'): boolean;
  /** Decodes `__errno_location` of a C library. */
  errnoLocation(code: Uint8Array, at: Address): ErrnoLocation | undefined;
  /** Which of the addresses are called directly from this code, whose first byte stands at `at`? */
  calledFrom(code: Uint8Array, at: ImageAddress, wanted: ReadonlySet<number>): ReadonlySet<number>;
  /** Do all the bytes read as instructions, up to a return or jump at their end? */
  readsAsCode(code: Uint8Array): boolean;
  /** Where the call instruction that ends at the end of `code` goes. */
  calleeOf(codeBeforeReturn: Uint8Array, returnAddress: Address): Callee;
  /**
   * GOT slots that code loads into a register.
   *
   * @param code executable bytes of an image, those of one function
   * @param at   image address of the first byte
   * @param got  value of DT_PLTGOT; 0 if absent
   */
  slotsLoadedInto(
    register: CalleeRegister,
    code: Uint8Array,
    at: ImageAddress,
    got: ImageAddress,
  ): ImageAddress[];
}

/** errno lies at the thread pointer plus an offset: a constant, or one that the dynamic linker put in a slot. */
export type ErrnoLocation =
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'slot'; readonly slot: number };

/** 'stack': at the stack pointer, and the return takes it away. 'register': at that offset of the register block. */
export type ReturnAddressPlace =
  { readonly kind: 'stack' } | { readonly kind: 'register'; readonly offset: number };

/** Bytes that a return takes from the stack, besides arguments. */
export function bytesPopped({ returnAddress, wordBytes }: Arch): number {
  return returnAddress.kind === 'stack' ? wordBytes : 0;
}

/** By which a thread is known that executes an instruction again: it stays while a handler runs, and goes with a jump. */
export interface RetryMark {
  /** Offset of a register of 32 bits that holds nothing where our traps stand. */
  readonly register: number;
  /** Its value without what a stop leaves in it. */
  plain(value: number): number;
  /** One that no program has there. */
  marked(value: number): number;
}

export interface RegisterOffsets {
  readonly pc: number;
  readonly sp: number;
  readonly result: number;
  /** Number of the system call being made, -1 outside of one. */
  readonly syscallNumber: number;
  readonly threadPointer: number;
}

/** The system call that a thread is in: the kernel looks at the lower half of the register only. 0xffffffff: in none. */
export function syscallNumberIn(
  registers: DataView,
  { registers: { syscallNumber } }: Arch,
): number {
  return registers.getUint32(syscallNumber, true);
}

export interface InterruptedCalls {
  /**
   * Did the call do nothing when it ends with EINTR, so that it may be made again? The kernel ends some so though no
   * handler ran: those with a timeout that it does not keep, those of sockets with one, io_uring_enter.
   */
  mayBeMadeAgain(number: number): boolean;
  /** Does the kernel, or making it again, continue it as if it had not been interrupted, with the time that was left? */
  isSeamless(call: { readonly number: number; readonly args: readonly bigint[] }): boolean;
}

/**
 * The signal mask that a thread has while it waits in a system call. 'own': what it has anyway. 'at': what stands at the
 * address. 'behind': what stands where the pointer at the address says; its own, if that is null. 'awaited': its own
 * without the signals that stand there, which the call takes. 'unknown': some other.
 */
export type WaitMask =
  | { readonly kind: 'own' | 'unknown' }
  | { readonly kind: 'at' | 'awaited'; readonly address: bigint }
  | { readonly kind: 'behind'; readonly address: bigint; readonly pointerBytes: 4 | 8 };

export interface MaskedWaits {
  maskOf(call: { readonly number: number; readonly args: readonly bigint[] }): WaitMask;
}

export interface SyscallConvention {
  readonly interrupted: InterruptedCalls;
  readonly maskedWaits: MaskedWaits;
  /** The instruction that enters the kernel, to be found in mapped code. */
  readonly instruction: Uint8Array;
  /** Offsets in the register block, first argument first. */
  readonly argumentRegisters: readonly number[];
  /** Where the number goes before the instruction. */
  readonly numberRegister: number;
  /** Those that change the signal mask for good, with the bytes of a mask; with 8 the fourth argument says so, too. */
  readonly maskCalls: ReadonlyMap<number, 4 | 8>;
  readonly numbers: {
    readonly mmap: number;
    readonly munmap: number;
    readonly rtSigaction: number;
    readonly clone: number;
    readonly fork: number;
    readonly vfork: number;
    readonly clone3: number;
    readonly ptrace: number;
  };
}

/** A relocated instruction. */
export interface Displaced {
  readonly bytes: Uint8Array;
  /** Length of the original instruction. */
  readonly originalBytes: number;
  /** Bytes at the beginning of the copy of a call that push its return address, 0 for other instructions. */
  readonly pushes: number;
  /** True when the byte after the trap can be reached without the trap (a one-byte instruction). */
  readonly reachablePastTrap: boolean;
}

/**
 * Machine code from which a thread makes a system call for its tracer, and goes back to where it was by itself should the
 * tracer be killed meanwhile. It begins with the instruction that enters the kernel.
 */
export interface CallDeskCode {
  /** With all that belongs to it. */
  readonly bytes: number;
  /** What is the same for all threads. */
  readonly instructions: Uint8Array;
  /**
   * The code with all that a thread needs to go on.
   *
   * @param mask      its blocked signals, bit n-1 for signal n
   * @param registers the kernel's register block as the thread is to have it, with the program counter where it goes on
   */
  prepared(mask: bigint, registers: DataView): Uint8Array;
}

export interface CalleeRegister {
  /** Offset in the register block. */
  readonly offset: number;
  /** A function leaves it as it found it, also where it ends by jumping to another. */
  readonly isPreserved: boolean;
}

/** Code in place of an instruction that makes rt_sigprocmask, which keeps SIGTRAP from being blocked. */
export interface MaskCallCode {
  readonly bytes: Uint8Array;
  /** Length of the original instruction. */
  readonly originalBytes: number;
  /** Offset of the code for threads that block SIGTRAP as far as the program knows. */
  readonly told: number;
  /** Offset of the instruction as it was, for arguments that the kernel will refuse. */
  readonly plain: number;
  /** How a thread stands that was stopped at that offset; undefined between instructions. */
  stateAt(offset: number): MaskCallState | undefined;
}

export interface MaskCallState {
  /** The kernel has done what was asked. */
  readonly isMade: boolean;
  /** Bytes on the stack. */
  readonly pushed: number;
  /** Where on them the pointer to the set lies, from the stack pointer on; undefined where its register holds it. */
  readonly setAt: number | undefined;
  /** The program is still to be told of SIGTRAP. */
  readonly tells: boolean;
}

export type Callee =
  | { readonly kind: 'direct'; readonly target: Address }
  /** Through a pointer at this address (`call *GOT(%rip)`). */
  | { readonly kind: 'slot'; readonly slot: Address }
  /** Through a pointer at this distance from DT_PLTGOT, if the register is the GOT's (`call *GOT(%ebx)`). */
  | { readonly kind: 'got-slot'; readonly offset: number }
  /** Through a pointer in a register; some code reads as either of two. */
  | { readonly kind: 'register'; readonly registers: readonly CalleeRegister[] }
  | { readonly kind: 'computed' }
  | { readonly kind: 'not-a-call' };

export interface PltDecoder {
  /**
   * Finds PLT stubs in executable bytes by what they do, not by where they stand.
   *
   * @param code executable bytes of an image
   * @param at   image address of the first byte
   * @param got  value of DT_PLTGOT, which i386 stubs in position-independent code add to; 0 if absent
   * @param isSlot says whether a relocation fills the pointer at that image address with a function
   */
  findStubs(
    code: Uint8Array,
    at: ImageAddress,
    got: ImageAddress,
    isSlot: (slot: number) => boolean,
  ): PltStub[];
  /** Finds calls and jumps through slots in functions: code that was compiled to do without stubs. Parameters as above. */
  findBranches(
    code: Uint8Array,
    at: ImageAddress,
    got: ImageAddress,
    isSlot: (slot: number) => boolean,
  ): SlotBranch[];
}

export interface SlotBranch {
  /**
   * 'jump': the last thing that a function does, whose return address is on top of the stack again. 'load': into a
   * register that code behind calls or jumps by.
   */
  readonly kind: 'call' | 'jump' | 'load';
  readonly address: ImageAddress;
  /** The GOT slot whose pointer it follows. */
  readonly slot: ImageAddress;
}

export interface PltStub {
  /** First instruction of the stub as callers reach it (its endbr64, if it has one). */
  readonly address: ImageAddress;
  /** The GOT slot it jumps through. */
  readonly slot: ImageAddress;
}
