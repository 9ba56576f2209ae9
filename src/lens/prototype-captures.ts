/** Compiled captures for functions and system calls: what the engine asks when it first sees one. */
import type { Arch, ArchName } from '../arch/arch.js';
import type { CallAbi } from '../arch/call-abi.js';
import { i386CallAbi, i386SyscallAbi } from '../arch/i386/call-abi.js';
import { x86_64CallAbi, x86_64SyscallAbi } from '../arch/x86_64/call-abi.js';
import type { PrototypeLibrary } from '../prototype/prototype-library.js';
import type { Prototype } from '../prototype/prototype.js';
import { compileCapture } from './capture.js';
import type { CallCapture, CaptureLimits } from './stopped-call.js';

/** A function whose arguments are to be read. */
export interface CapturedFunction {
  readonly arch: Arch;
  readonly symbol: string;
  readonly aliases: readonly string[];
  /** SONAMEs to look in, likeliest first. */
  readonly libraries: readonly string[];
}

/** Knows prototypes that no file has: from debug information. */
export type FallbackPrototypes<Request extends CapturedFunction> = (
  request: Request,
) => Prototype | undefined;

const CALL_ABIS: Record<ArchName, CallAbi> = { x86_64: x86_64CallAbi, i386: i386CallAbi };
const SYSCALL_ABIS: Record<ArchName, CallAbi> = { x86_64: x86_64SyscallAbi, i386: i386SyscallAbi };

export class PrototypeCaptures<Request extends CapturedFunction = CapturedFunction> {
  constructor(
    private readonly library: PrototypeLibrary,
    private readonly limits: CaptureLimits,
    private readonly fallback: FallbackPrototypes<Request> = () => undefined,
  ) {}

  forFunction(request: Request): CallCapture {
    const { arch, symbol, aliases, libraries } = request;
    const prototype = this.library.lookup(libraries, symbol, aliases) ?? this.fallback(request);
    return compileCapture(prototype, CALL_ABIS[arch.name], this.limits);
  }

  /** @param name without `SYS_` */
  forSyscall(arch: Arch, name: string): CallCapture {
    const prototype = this.library.lookupSyscall(name);
    return compileCapture(prototype, SYSCALL_ABIS[arch.name], this.limits);
  }
}
