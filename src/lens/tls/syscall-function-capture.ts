// Hot path: runs at every system call that a program makes through syscall(2) while an audit watches.
/** Captures what passes of handshakes through syscall(2), the function that makes any system call by its number. */
import type { Arch } from '../../arch/arch.js';
import { syscallName } from '../../prototype/syscalls.js';
import type { Argument } from '../../trace/value.js';
import { captureWords } from '../capture.js';
import type { CallCapture, EnteredCall, LeftCall, StoppedCall } from '../stopped-call.js';
import { HandshakeCapture } from './handshake-capture.js';
import type { RecordTaps } from './record-taps.js';
import { TRANSFER_SYSCALLS } from './transfer-functions.js';

class ByNumber implements EnteredCall {
  readonly args: readonly Argument[];

  constructor(
    readonly capture: CallCapture,
    readonly inner: EnteredCall,
    name: string,
  ) {
    const bytes = Buffer.from(name);
    this.args = [
      ...inner.args,
      { name: 'call', value: { kind: 'string', bytes, encoding: 'bytes', truncated: false } },
    ];
  }
}

/** The arguments that it shows are those of the system call, and then the name of that. */
export class SyscallFunctionCapture implements CallCapture {
  /** For everything that hands nothing over. */
  private readonly words: CallCapture;
  private readonly transfers = new Map<string, CallCapture>();

  constructor(
    private readonly arch: Arch,
    taps: RecordTaps,
  ) {
    this.words = captureWords(arch.callAbi);
    for (const [name, transfer] of TRANSFER_SYSCALLS) {
      const capture = new HandshakeCapture(transfer, arch.callAbi, taps, 'numbered');
      this.transfers.set(name, capture);
    }
  }

  enter(at: StoppedCall): EnteredCall {
    const words = this.words.enter(at);
    const name = syscallName(this.arch.name, Number(words.args[0]?.raw ?? -1)) ?? '';
    const capture = this.transfers.get(name);
    return capture === undefined ? words : new ByNumber(capture, capture.enter(at), name);
  }

  leave(at: StoppedCall, entered: EnteredCall): LeftCall {
    return entered instanceof ByNumber
      ? entered.capture.leave(at, entered.inner)
      : this.words.leave(at, entered);
  }
}
