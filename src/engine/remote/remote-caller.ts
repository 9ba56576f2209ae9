/** Lets stopped threads of one memory make system calls for us, where that harms nobody. */
import { toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import type { Arch, CallDeskCode } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { TraceOptions } from '../../kernel/threads.js';
import type { Shortage } from '../memory/copy-places.js';
import type { BreakpointSite } from '../memory/site.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import type { ModuleTable } from '../modules/module-table.js';
import { CallDesk } from './call-desk.js';
import type { Standing } from '../memory/trap-writer.js';
import { remoteSyscall, type CallPlace, type StoodAt } from './remote-syscall.js';
import { syscallInstructions } from './syscall-instructions.js';
import { isDispatched, SANDBOXED, withoutFilters } from './sandbox.js';

/** <asm-generic/errno-base.h> */
const EACCES = 13;
/**
 * Below any red zone (SysV ABI x86-64 3.2.2: 128 bytes), and no further: the stacks of goroutines are small, and what
 * lies beyond is somebody else's.
 */
const BELOW_STACK = 256;

/** Makes a stopped thread of the process perform system calls; `number` is that of its own convention. */
export interface RemoteCaller {
  /** The result, -4095..-1 for a negated errno. Throws TraceeGone when the thread dies. */
  call(number: number, args: readonly number[]): number;
  /** Memory of that thread's stack that nobody uses, at least 64 bytes: below the red zone. */
  readonly scratch: Address;
}

export type RemoteAccess =
  | { readonly kind: 'granted'; readonly caller: RemoteCaller }
  | { readonly kind: 'refused'; readonly why: typeof SANDBOXED | 'no instruction' };

/** What a refusal means for whoever needs memory in the process. */
export function shortageOf({ why }: Extract<RemoteAccess, { kind: 'refused' }>): Shortage {
  return why === SANDBOXED ? SANDBOXED : 'the program gets no more memory';
}

export interface RemoteCallsParts {
  readonly kernel: Kernel;
  readonly arch: Arch;
  readonly memory: ProcessMemory;
  /** Those that the threads are seized with. */
  readonly options: TraceOptions;
  readonly modules: ModuleTable;
  readonly siteAt: (address: number) => Pick<BreakpointSite, 'address' | 'copy'> | undefined;
}

export class RemoteCalls {
  /** Where threads make their calls, if not by an instruction of the program's own. */
  desk: CallDesk | undefined;
  /** The first instruction that was found. */
  private known: Address | undefined;

  constructor(
    private readonly parts: RemoteCallsParts,
    from?: RemoteCalls,
  ) {
    const { callDesk } = parts.arch;
    if (from?.desk !== undefined && callDesk !== undefined) {
      this.useDesk(callDesk, from.desk.instruction);
    }
  }

  /** From now on threads make calls there, and go back by themselves should we be killed meanwhile. */
  useDesk(code: CallDeskCode, at: Address): CallDesk {
    return (this.desk = new CallDesk(this.parts.memory, code, at));
  }

  /** Where there is none any more. */
  dropDesk(): void {
    this.desk = undefined;
  }

  /** Of a stopped thread; undefined where it cannot make system calls, or where that would harm it. */
  caller(tid: ThreadId, standing: Standing): RemoteCaller | undefined {
    const access = this.access(tid, standing);
    return access.kind === 'granted' ? access.caller : undefined;
  }

  /** The same with the reason. */
  access(tid: ThreadId, standing: Standing): RemoteAccess {
    const { kernel, arch, options } = this.parts;
    const from = this.placeFor(tid);
    if (typeof from === 'string') return { kind: 'refused', why: from };
    if (withoutFilters(kernel, tid, options, () => true) !== true) {
      return { kind: 'refused', why: SANDBOXED };
    }
    const stoodAt = this.stoodAt(tid, standing);
    return {
      kind: 'granted',
      caller: remoteCaller(kernel, tid, { arch, from, stoodAt, options }),
    };
  }

  /** The same as the program itself: its own filters judge the calls, and may end it for one. */
  callerUnderFilters(tid: ThreadId, standing: Standing): RemoteCaller | undefined {
    const { kernel, arch } = this.parts;
    const from = this.placeFor(tid);
    if (typeof from === 'string') return undefined;
    return remoteCaller(kernel, tid, { arch, from, stoodAt: this.stoodAt(tid, standing) });
  }

  private stoodAt(tid: ThreadId, standing: Standing): StoodAt {
    return standing === 'trap'
      ? { kind: 'trap', goesOnAt: this.behindTrap(tid) }
      : { kind: standing };
  }

  /** Of a forked child, at its first stop: in its copy of the memory, where our desk is not for it. */
  callerOfCopy(tid: ThreadId): RemoteCaller | undefined {
    const { kernel, arch, options } = this.parts;
    const { first } = this;
    if (first === undefined || kernel.barriers.dispatchOf(tid) !== undefined) return undefined;
    if (withoutFilters(kernel, tid, options, () => true) !== true) return undefined;
    const setting = { arch, from: { instruction: first }, options };
    return remoteCaller(kernel, tid, { ...setting, stoodAt: { kind: 'quiet' } });
  }

  /** Where the thread, which stands at a trap, goes on in the end. Where it does not, it stays where it is. */
  private behindTrap(tid: ThreadId): Address {
    const { kernel, arch, siteAt } = this.parts;
    kernel.readRegisters(tid);
    const pc = wordAsNumber(kernel.registers, arch.registers.pc);
    const site = siteAt(pc - arch.trapPcBias);
    return site === undefined ? toAddress(pc) : (site.copy ?? site.address);
  }

  private placeFor(tid: ThreadId): CallPlace | typeof SANDBOXED | 'no instruction' {
    const { kernel, arch, memory } = this.parts;
    const dispatch = kernel.barriers.dispatchOf(tid);
    if (dispatch === undefined) {
      return (
        this.desk ?? (this.first === undefined ? 'no instruction' : { instruction: this.first })
      );
    }
    const bytes = arch.syscalls.instruction.length;
    for (const instruction of this.instructions()) {
      const at = { address: instruction, bytes };
      if (!isDispatched(dispatch, at, (address) => readByte(memory, address)))
        return { instruction };
    }
    return SANDBOXED;
  }

  /** One that carries a trap of ours would be none. */
  private *instructions(): Iterable<Address> {
    const { modules, memory, arch, siteAt } = this.parts;
    for (const at of syscallInstructions(modules.all, memory, arch.syscalls.instruction)) {
      if (siteAt(at) === undefined) yield at;
    }
  }

  private get first(): Address | undefined {
    if (this.known !== undefined && this.parts.siteAt(this.known) === undefined) return this.known;
    this.known = undefined;
    for (this.known of this.instructions()) break;
    return this.known;
  }
}

function readByte(memory: ProcessMemory, address: Address): number | undefined {
  const byte = new Uint8Array(1);
  // It changes all the time.
  memory.forget(address, 1);
  return memory.read(address, byte) === 1 ? byte[0] : undefined;
}

/** For a thread that may make calls, with a piece of its stack as scratch memory. */
export function remoteCaller(
  kernel: Kernel,
  tid: ThreadId,
  setting: {
    readonly arch: Arch;
    readonly from: CallPlace;
    readonly stoodAt: StoodAt;
    /** Those that it is seized with, where its filters are not to judge the calls. */
    readonly options?: TraceOptions;
  },
): RemoteCaller {
  const { arch, from, stoodAt, options } = setting;
  kernel.readRegisters(tid);
  const sp = wordAsNumber(kernel.registers, arch.registers.sp);
  return {
    scratch: toAddress(sp - BELOW_STACK),
    call: (number, args) => {
      const make = (): number => remoteSyscall(kernel, tid, { arch, from, stoodAt, number, args });
      if (options === undefined) return make();
      return withoutFilters(kernel, tid, options, make) ?? -EACCES;
    },
  };
}
