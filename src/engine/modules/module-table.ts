/** The modules of one address space, found by address. */
import type { Module } from './module.js';

export class ModuleTable {
  private modules: Module[] = [];
  /** By their start; found by halving. */
  private sorted: Module[] = [];
  private readonly byDynamic = new Map<number, Module>();
  /** Does one begin inside of another? Only where the program writes nonsense into the linker's list. */
  private overlap = false;
  private main: Module | undefined;
  private fresh = new Set<Module>();
  private gone = 0;

  /** How many have gone. */
  get removals(): number {
    return this.gone;
  }

  /** How many have come and gone. */
  get changes(): number {
    return this.modules.length + 2 * this.gone;
  }

  /** In the order in which they came. */
  get all(): readonly Module[] {
    return this.modules;
  }

  get mainProgram(): Module | undefined {
    return this.main;
  }

  add(module: Module): void {
    this.modules.push(module);
    this.fresh.add(module);
    this.byDynamic.set(module.dynamic, module);
    if (module.isMainProgram) this.main ??= module;
    const at = this.countUpTo(module.start);
    const [before, after] = [this.sorted[at - 1], this.sorted[at]];
    if ((before?.end ?? 0) > module.start || (after?.start ?? Infinity) < module.end) {
      this.overlap = true;
    }
    this.sorted.splice(at, 0, module);
  }

  remove(module: Module): void {
    drop(this.modules, module);
    this.fresh.delete(module);
    this.gone++;
    drop(this.sorted, module);
    if (this.byDynamic.get(module.dynamic) === module) this.byDynamic.delete(module.dynamic);
    if (this.main === module) this.main = this.modules.find((other) => other.isMainProgram);
  }

  /** Those that came since the last call, and are still there. */
  takeFresh(): readonly Module[] {
    const taken = [...this.fresh];
    this.fresh.clear();
    return taken;
  }

  at(address: number): Module | undefined {
    const module = this.sorted[this.countUpTo(address) - 1];
    if (module?.contains(address) === true && !this.overlap) return module;
    return this.overlap ? this.modules.find((other) => other.contains(address)) : undefined;
  }

  /** The one whose dynamic section, which names it in the linker's list, is at this address. */
  withDynamic(address: number): Module | undefined {
    return this.byDynamic.get(address);
  }

  copy(): ModuleTable {
    const copy = new ModuleTable();
    for (const module of this.modules) copy.byDynamic.set(module.dynamic, module);
    copy.modules = [...this.modules];
    copy.sorted = [...this.sorted];
    copy.fresh = new Set(this.fresh);
    copy.overlap = this.overlap;
    copy.main = this.main;
    return copy;
  }

  /** How many begin at this address or before. */
  private countUpTo(address: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle]?.start ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function drop(modules: Module[], module: Module): void {
  const at = modules.indexOf(module);
  if (at !== -1) modules.splice(at, 1);
}
