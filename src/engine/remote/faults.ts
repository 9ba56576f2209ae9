/** What a siginfo_t says of where a signal came from. */
import { SIGBUS, SIGFPE, SIGILL, SIGSEGV } from '../../base/signal-numbers.js';

/** Raised by an instruction, for its own thread. */
export const FAULTS: ReadonlySet<number> = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);

/** Offset in siginfo_t of 64-bit Linux, <asm-generic/siginfo.h>. */
const SI_CODE = 8;
/** Others send these signals, too: si_code is positive where the kernel itself raised them. */
export function isFault(signal: number, info: Uint8Array | undefined): boolean {
  return FAULTS.has(signal) && info !== undefined && signalCode(info) > 0;
}

/** si_code of a siginfo_t. */
export function signalCode(info: Uint8Array): number {
  return viewOf(info).getInt32(SI_CODE, true);
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
