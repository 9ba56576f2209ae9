/** System calls about signals are seen coming, by traps where programs and C libraries make them. */
import { loadedAt, toImageAddress, type ImageAddress } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { Module } from '../modules/module.js';
import type { Detour } from '../points/site-reasons.js';
import type { Thread } from '../tracees/tracee.js';

/** Who defines one of these makes system calls about signals itself: C libraries, sanitizers. */
const SIGNAL_FUNCTIONS = ['sigprocmask', 'sigaction'];
/** Programs are searched for system calls of their own if they are small, or have no library to make them. */
const SMALL_PROGRAM_BYTES = 4 << 20;

/** Where a thread goes on that is about to make rt_sigprocmask, or rt_sigaction. */
export interface SignalDetours {
  readonly mask: Detour<Thread>;
  readonly action: Detour<Thread>;
}

interface SignalCalls {
  readonly mask: readonly ImageAddress[];
  readonly action: readonly ImageAddress[];
}

const NO_CALLS: SignalCalls = { mask: [], action: [] };

export class SignalCallWatch {
  private readonly found = new WeakMap<ElfImage, SignalCalls>();

  constructor(private readonly detours: SignalDetours) {}

  /** Puts traps before the calls that the module makes. The thread is stopped. */
  watch(thread: Thread, module: Module): void {
    const { space } = thread.process;
    const { mask, action } = this.callsIn(module, space.arch);
    for (const address of mask) {
      const site = space.placeMaskCall(loadedAt(address, module.bias), thread.tid);
      if (!isRefusal(site)) site.meaning.detour = this.detours.mask;
    }
    for (const address of action) {
      const site = space.place(loadedAt(address, module.bias), thread.tid);
      if (!isRefusal(site)) site.meaning.detour ??= this.detours.action;
    }
  }

  private callsIn(module: Module, arch: Arch): SignalCalls {
    const { image } = module;
    let calls = this.found.get(image);
    if (calls === undefined) {
      calls = mayMakeSignalCalls(module) ? findSignalCalls(image, arch) : NO_CALLS;
      this.found.set(image, calls);
    }
    return calls;
  }
}

function mayMakeSignalCalls({ image, isMainProgram }: Module): boolean {
  if (image.isStatic) return true;
  if (SIGNAL_FUNCTIONS.some((name) => image.findDynamic(name).some(({ defined }) => defined))) {
    return true;
  }
  if (!isMainProgram) return false;
  const bytes = image.executableRanges().reduce((sum, { start, end }) => sum + end - start, 0);
  return bytes <= SMALL_PROGRAM_BYTES;
}

function findSignalCalls(image: ElfImage, arch: Arch): SignalCalls {
  const { maskCalls, numbers } = arch.syscalls;
  return {
    mask: findCalls(image, arch, new Set(maskCalls.keys())),
    action: findCalls(image, arch, new Set([numbers.rtSigaction])),
  };
}

function findCalls(image: ElfImage, arch: Arch, numbers: ReadonlySet<number>): ImageAddress[] {
  return image.executableRanges().flatMap(({ start, end }) => {
    const code = image.bytesAt(start, end - start);
    if (code === undefined) return [];
    return arch.findSyscalls(code, numbers).map((offset) => toImageAddress(start + offset));
  });
}
