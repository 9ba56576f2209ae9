/** What puts the original bytes back when we are killed. */
import type { Address } from '../base/address.js';
import type { ProcessId } from '../base/ids.js';

/** 'last': after all those that are put back first. */
export type RestoreTurn = 'first' | 'last';

/** What a trap replaced. */
export interface ProtectedByte {
  readonly address: Address;
  readonly originalByte: number;
  readonly restored: RestoreTurn;
}

/**
 * Watches over attached programs from a process of its own: when we are killed, it puts the original
 * bytes back. It acts only then, and only where an int3 still stands.
 */
export interface Guardian {
  /** To be called before the int3 is written. False when there is no more room. */
  protect(pid: ProcessId, byte: ProtectedByte): boolean;
  /** After the original byte is back. */
  unprotect(pid: ProcessId, address: Address): void;
  /** The process ended, executed another program or was let go. */
  forgetProcess(pid: ProcessId): void;
  /** Ends the guardian; nothing is restored. */
  release(): void;
}
