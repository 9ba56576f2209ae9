/** What PTRACE_SEIZE and PTRACE_SETOPTIONS are given. */
import type { TraceOptions } from '../threads.js';
import * as abi from './constants.js';

const ALWAYS =
  abi.PTRACE_O_TRACESYSGOOD |
  abi.PTRACE_O_TRACEFORK |
  abi.PTRACE_O_TRACEVFORK |
  abi.PTRACE_O_TRACECLONE |
  abi.PTRACE_O_TRACEEXEC |
  abi.PTRACE_O_TRACEVFORKDONE;

/** All options of a thread that is traced so. */
export function ptraceOptions({ exitKill }: TraceOptions): number {
  return ALWAYS | (exitKill ? abi.PTRACE_O_EXITKILL : 0);
}
