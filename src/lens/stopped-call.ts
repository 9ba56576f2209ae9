/** What a lens may look at while the thread stands at the entry or the return of a call. */
import type { Address, MemoryBlock } from '../base/address.js';
import type { FailureRule } from './failure-rule.js';
import type { Argument, SymbolReference, Value } from '../trace/value.js';

export interface MemoryReader {
  /** Reads as much as is readable from `address` on; returns the count, 0 when nothing is. */
  read(address: Address, into: Uint8Array): number;
  /** The same at several places, one block behind the other, up to the first that cannot be read. */
  readBlocks(blocks: readonly MemoryBlock[], into: Uint8Array): number;
}

export interface StoppedCall {
  /** The kernel's register block (user_regs_struct of x86-64, also for i386 tracees). */
  readonly registers: DataView;
  /** FXSAVE area; costs a system call, so ask only when a floating value is there. */
  floatRegisters(): DataView;
  /** Stack pointer at the entry of the call: the address of the return address. */
  readonly entryStackPointer: Address;
  readonly memory: MemoryReader;
  /** The module and symbol that contain an address, for function pointers. */
  symbolAt(address: Address): SymbolReference | undefined;
  /** What a file descriptor refers to, '' when unknown. */
  descriptorPath(descriptor: number): string;
  /** errno of the stopped thread; undefined when it cannot be found. */
  errno(): number | undefined;
}

/** What must be kept from entry to return, made and understood by the capture alone. */
export interface EnteredCall {
  /** Arguments that are read at entry: those left of the first `+`. */
  readonly args: readonly Argument[];
  /** See CallEvent.shownAs. */
  readonly shownAs?: string;
}

export interface LeftCall {
  readonly result: Value;
  readonly rawResult: number | bigint;
  readonly outArgs: readonly Argument[];
  readonly errno?: number;
}

/** How to read one function's arguments and result; compiled once per function from its prototype. */
export interface CallCapture {
  enter(at: StoppedCall): EnteredCall;
  leave(at: StoppedCall, entered: EnteredCall): LeftCall;
  /** undefined where more than the result tells whether the call failed, and how it is shown. */
  readonly failureRule?: FailureRule | undefined;
}

/** What decides how much is read. */
export interface CaptureLimits {
  /** `-s`: most bytes of a string. */
  readonly stringBytes: number;
  /** `-A`: most elements of an array, and nesting of pointers to one struct type. */
  readonly arrayElements: number;
  readonly showSecrets: boolean;
  /** `-y`: descriptors with their paths. */
  readonly descriptorPaths: boolean;
}
