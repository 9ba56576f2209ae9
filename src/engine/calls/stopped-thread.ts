/** The thread that stands still right now, as the lenses see it. One object, moved from stop to stop. */
import { toAddress, type Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { MemoryReader, StoppedCall } from '../../lens/stopped-call.js';
import { demangle } from '../../symbol/demangle.js';
import type { SymbolReference } from '../../trace/value.js';
import { readErrno } from './errno-reader.js';
import type { Thread } from '../tracees/tracee.js';

export class StoppedThread implements StoppedCall {
  entryStackPointer: Address = toAddress(0);
  private current: Thread | undefined;

  constructor(private readonly kernel: Kernel) {}

  at(thread: Thread, entryStackPointer: Address): void {
    this.current = thread;
    this.entryStackPointer = entryStackPointer;
  }

  get thread(): Thread {
    if (this.current === undefined) throw new Error('no thread is stopped');
    return this.current;
  }

  get registers(): DataView {
    return this.kernel.registers;
  }

  floatRegisters(): DataView {
    return this.kernel.readFloatRegisters(this.thread.tid);
  }

  get memory(): MemoryReader {
    return this.thread.process.space.memory;
  }

  symbolAt(address: Address): SymbolReference | undefined {
    const module = this.thread.process.space.modules.at(address);
    const symbol = module?.image.symbolAt(module.imageAddressOf(address));
    if (module === undefined || symbol === undefined) return undefined;
    const { name, offset } = symbol;
    const demangled = demangle(name);
    return { module: module.name, name, ...(demangled !== undefined && { demangled }), offset };
  }

  descriptorPath(descriptor: number): string {
    return this.kernel.descriptorPath(this.thread.process.pid, descriptor);
  }

  errno(): number | undefined {
    return readErrno(this.kernel, this.thread.process.space);
  }
}
