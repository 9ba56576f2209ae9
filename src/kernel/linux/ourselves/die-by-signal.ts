/** Ends this process by a signal, so that whoever waits for us sees what became of the tracee. */
import { NativeBlock } from '../native-memory.js';
import { kill, prlimit, pthreadSigmask, sigaction } from '../libc.js';

/** <asm-generic/resource.h> */
const RLIMIT_CORE = 4;
/** <asm-generic/signal-defs.h> */
const SIG_UNBLOCK = 1;
/** struct sigaction of the C library: the handler comes first, SIG_DFL is 0. */
const SIGACTION_BYTES = 152;
const SET = 256;
const LIMIT = 512;

/** Does not return, unless the signal ends nobody (SIGCHLD and the like). Leaves no core of ours beside the tracee's. */
export function dieBySignal(signal: number): void {
  const memory = new NativeBlock(4096);
  new Uint8Array(memory.view.buffer, 0, SIGACTION_BYTES).fill(0);
  sigaction(signal, memory.address, 0);
  memory.view.setBigUint64(SET, 1n << BigInt(signal - 1), true);
  pthreadSigmask(SIG_UNBLOCK, memory.address + SET, 0);
  memory.view.setBigUint64(LIMIT, 0n, true);
  memory.view.setBigUint64(LIMIT + 8, 0n, true);
  prlimit(0, RLIMIT_CORE, memory.address + LIMIT, 0);
  kill(process.pid, signal);
}
