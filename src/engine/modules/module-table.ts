/** The modules of one address space, found by address. */
import type { Module } from './module.js';

export class ModuleTable {
  private modules: Module[] = [];

  get all(): readonly Module[] {
    return this.modules;
  }

  get mainProgram(): Module | undefined {
    return this.modules.find((module) => module.isMainProgram);
  }

  add(module: Module): void {
    this.modules.push(module);
  }

  remove(module: Module): void {
    this.modules = this.modules.filter((other) => other !== module);
  }

  at(address: number): Module | undefined {
    return this.modules.find((module) => module.contains(address));
  }

  copy(): ModuleTable {
    const copy = new ModuleTable();
    copy.modules = [...this.modules];
    return copy;
  }
}
