/** The border between the engine and what it knows of interpreters: one folder here for each language. */
import type { Address, MemoryBlock } from '../base/address.js';
import type { Language, ScriptFrame } from '../trace/event.js';

/** Memory of the process; what it says is not to be trusted. */
export interface SourceMemory {
  /** Reads as much as is readable; returns the count. */
  read(address: Address, into: Uint8Array): number;
  /** One block behind the other, as much as is readable before the first that is not; returns the count of bytes. */
  readBlocks(blocks: readonly MemoryBlock[], into: Uint8Array): number;
}

/** A loaded file in which an interpreter may be. */
export interface SourceModule {
  readonly name: string;
  readonly wordBytes: 4 | 8;
  /** Where a symbol that it defines is in memory. */
  addressOf(symbol: string): Address | undefined;
}

/** A thread that stands still. */
export interface InterpretedThread {
  readonly tid: number;
  /** Is it the one that its process began with? */
  readonly isFirst: boolean;
  readonly stackPointer: number;
  /** What pthread_self(3) gives in it. */
  readonly handle: number;
}

export interface FrameSource {
  readonly language: Language;
  /** A symbol that every file with such an interpreter defines. */
  readonly mark: string;
  /**
   * @param modules all that are loaded, in the linker's order: another may define what this one uses
   */
  open(
    module: SourceModule,
    modules: readonly SourceModule[],
    memory: SourceMemory,
  ): Interpreter | Unreadable;
}

/** It is one, and why its frames cannot be shown: for one line. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly why: string;
}

export interface Interpreter {
  readonly kind: 'interpreter';
  readonly language: Language;
  /**
   * The frames of the thread as they are now.
   *
   * @param limit most frames; 1 costs least
   */
  framesOf(thread: InterpretedThread, limit: number): ScriptStack;
  /** Is a native function of this name the loop that executes frames? Known by name, with 'by-name' frames alone. */
  isLoop(symbol: string): boolean;
}

/** Innermost first; empty where the thread executes no script. */
export interface ScriptStack {
  readonly frames: readonly PlacedFrame[];
  /** Why there are no more, where memory did not add up: what is in `frames` did. */
  readonly broken?: string;
}

export interface PlacedFrame {
  readonly frame: ScriptFrame;
  readonly loop: LoopPlace;
}

/**
 * The activation of the interpreter's loop that executes a frame: the native frame that holds this address of the stack;
 * 'by-name': each frame has one of its own; 'unknown': nothing tells.
 */
export type LoopPlace = number | 'by-name' | 'unknown';
