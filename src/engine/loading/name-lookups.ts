/** Watches dlsym: a function that is asked for by name is called through a pointer afterwards. */
import {
  addressFromWord,
  exactWord,
  loadedAt,
  toAddress,
  wordAsNumber,
  type Address,
} from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AddressSpace, SiteHook } from '../tracees/tracee.js';
import type { Thread } from '../tracees/tracee.js';
import type { ReturnWatch } from '../stops/return-watch.js';
import type { TracepointPlacer } from '../tracepoints/place-tracepoints.js';
import { definedSymbols } from '../modules/defined-symbols.js';
import type { Module } from '../modules/module.js';

export interface NameLookupsParts {
  readonly kernel: Kernel;
  readonly placer: TracepointPlacer;
  readonly returns: ReturnWatch;
  /** Has a thread's arrival at an address told. */
  hook(thread: Thread, address: Address, hook: SiteHook): void;
}

/** C++ and Rust names reach a few thousand characters. */
const LONGEST_NAME = 16_384;
/** Names that are asked for again and again are remembered; more are asked for once. */
const MOST_REMEMBERED = 65_536;

interface Answered {
  /** Of the table of modules: with others the answer may be another. */
  readonly changes: number;
  readonly lookups: Set<string>;
}

export class NameLookups {
  private readonly answered = new WeakMap<AddressSpace, Answered>();

  constructor(private readonly parts: NameLookupsParts) {}

  watch(thread: Thread, modules: readonly Module[]): void {
    if (!this.parts.placer.wantsNames) return;
    for (const { image, bias } of modules) {
      for (const name of ['dlsym', 'dlvsym']) {
        for (const symbol of definedSymbols(image, name)) {
          if (symbol.type !== 'func') continue;
          this.parts.hook(thread, loadedAt(symbol.address, bias), (t) => this.onLookup(t));
        }
      }
    }
  }

  /** dlsym(handle, name): who is given a pointer tells what it leads to. */
  private onLookup(thread: Thread): void {
    if (thread.process.role !== 'reported') return;
    const { space } = thread.process;
    const [handle, nameAt] = this.wordArguments(thread);
    if (nameAt === undefined) return;
    const name = space.memory.readText(toAddress(nameAt), LONGEST_NAME);
    if (name === '' || !this.parts.placer.wantsName(name)) return;
    // The same name with RTLD_NEXT depends on who asks.
    const caller = this.returnAddress(thread);
    const lookup = `${handle?.toString() ?? ''} ${caller ?? ''} ${name}`;
    const { lookups } = this.answeredIn(space);
    if (lookups.has(lookup)) return;
    this.parts.returns.watchCall(thread, (returned) => {
      const { result } = space.arch.registers;
      const address = addressFromWord(exactWord(this.parts.kernel.registers, result));
      if (lookups.size < MOST_REMEMBERED) lookups.add(lookup);
      if (address === undefined || address === 0) return;
      this.parts.placer.placeNamed(returned, name, address);
    });
  }

  private wordArguments(thread: Thread): (number | undefined)[] {
    const { arch, memory } = thread.process.space;
    const { registers } = this.parts.kernel;
    const sp = wordAsNumber(registers, arch.registers.sp);
    return [0, 1].map((index) => {
      const register = arch.argumentRegisters[index];
      return register === undefined
        ? memory.readWord(toAddress(sp + (index + 1) * arch.wordBytes))
        : wordAsNumber(registers, register);
    });
  }

  private returnAddress({ process: { space } }: Thread): number | undefined {
    const sp = wordAsNumber(this.parts.kernel.registers, space.arch.registers.sp);
    return space.memory.readWord(toAddress(sp));
  }

  private answeredIn(space: AddressSpace): Answered {
    const { changes } = space.modules;
    let known = this.answered.get(space);
    if (known?.changes !== changes) {
      known = { changes, lookups: new Set() };
      this.answered.set(space, known);
    }
    return known;
  }
}
