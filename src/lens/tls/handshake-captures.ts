/** Captures for an audit: of functions that transfer bytes the TLS handshakes alone, of all others what they have. */
import type { Arch } from '../../arch/arch.js';
import { captureWords } from '../capture.js';
import type { CapturedFunction } from '../prototype-captures.js';
import type { CallCapture } from '../stopped-call.js';
import { HandshakeCapture } from './handshake-capture.js';
import { RecordTaps } from './record-taps.js';
import { SyscallFunctionCapture } from './syscall-function-capture.js';
import { TRANSFER_FUNCTIONS, TRANSFER_SYSCALLS } from './transfer-functions.js';

/** What finds the captures of all other functions. */
export interface OtherCaptures<Request extends CapturedFunction> {
  forFunction(request: Request): CallCapture;
  lookAhead(request: Request): void;
  forSyscall(arch: Arch, name: string): CallCapture;
}

/** Options that are of interest when they are numbers; the others are addresses, passwords and the like. */
const WORDS_ALONE: ReadonlySet<string> = new Set(['curl_easy_setopt', 'ldap_set_option']);

export class HandshakeCaptures<Request extends CapturedFunction> {
  private readonly taps = new RecordTaps();
  private readonly syscallFunctions = new Map<string, CallCapture>();

  constructor(private readonly others: OtherCaptures<Request>) {}

  forFunction(request: Request): CallCapture {
    const names = [request.symbol, ...request.aliases];
    const name = names.find((candidate) => TRANSFER_FUNCTIONS.has(candidate));
    const transfer = name === undefined ? undefined : TRANSFER_FUNCTIONS.get(name);
    if (transfer !== undefined) {
      return new HandshakeCapture(transfer, request.arch.callAbi, this.taps, 'function');
    }
    if (request.symbol === 'syscall') return this.syscallFunction(request.arch);
    return WORDS_ALONE.has(request.symbol)
      ? captureWords(request.arch.callAbi)
      : this.others.forFunction(request);
  }

  private syscallFunction(arch: Arch): CallCapture {
    const known = this.syscallFunctions.get(arch.name);
    if (known !== undefined) return known;
    const capture = new SyscallFunctionCapture(arch, this.taps);
    this.syscallFunctions.set(arch.name, capture);
    return capture;
  }

  lookAhead(request: Request): void {
    if (!TRANSFER_FUNCTIONS.has(request.symbol)) this.others.lookAhead(request);
  }

  forSyscall(arch: Arch, name: string): CallCapture {
    const transfer = TRANSFER_SYSCALLS.get(name);
    return transfer === undefined
      ? this.others.forSyscall(arch, name)
      : new HandshakeCapture(transfer, arch.syscallAbi, this.taps, 'syscall');
  }
}
