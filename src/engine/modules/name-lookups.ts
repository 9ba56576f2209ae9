/** Watches dlsym: a function that is asked for by name is called through a pointer afterwards. */
import { loadedAt, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { SiteHook } from '../memory/site.js';
import type { Thread } from '../processes/tracee.js';
import type { TracepointPlacer } from '../tracepoints/place-tracepoints.js';

export class NameLookups {
  /** @param hook has a thread's arrival at an address told */
  constructor(
    private readonly kernel: Kernel,
    private readonly placer: TracepointPlacer,
    private readonly hook: (thread: Thread, address: Address, hook: SiteHook) => void,
  ) {}

  /** In modules that were loaded since. */
  watch(thread: Thread): void {
    if (!this.placer.wantsNames) return;
    const { space } = thread.process;
    for (const module of space.modules.all) {
      if (space.placed.has(module)) continue;
      for (const name of ['dlsym', 'dlvsym']) {
        for (const symbol of module.image.findDynamic(name)) {
          if (!symbol.defined || symbol.type !== 'func') continue;
          this.hook(thread, loadedAt(symbol.address, module.bias), (t) => this.onLookup(t));
        }
      }
    }
  }

  /** dlsym(handle, name) */
  private onLookup(thread: Thread): void {
    const { space } = thread.process;
    const { argumentRegisters, registers, wordBytes } = space.arch;
    const [, second] = argumentRegisters;
    const sp = wordAsNumber(this.kernel.registers, registers.sp);
    const name =
      second === undefined
        ? space.memory.readWord(toAddress(sp + 2 * wordBytes))
        : wordAsNumber(this.kernel.registers, second);
    if (name !== undefined) this.placer.placeByName(thread, toAddress(name));
  }
}
